//! Session cookie of a signed-in browser.
//!
//! The cookie holds a value signed with the token, not the token itself (see [`Token::session`]). It is `HttpOnly`, and
//! `SameSite=Strict` keeps it out of requests from other sites. Unlike a header, it also works for event streams.

use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, http::header};

use super::token::Token;

const LIFETIME: Duration = Duration::from_hours(30 * 24);

/// Whether a request carries a valid session cookie.
pub(super) fn is_signed_in(request: &HttpRequest, token: &Token) -> bool {
    let name = token.cookie_name();
    let cookies = request.headers().get_all(header::COOKIE).filter_map(|value| value.to_str().ok());
    cookies
        .flat_map(|line| line.split(';'))
        .filter_map(|cookie| cookie.trim().split_once('='))
        .any(|(key, session)| key == name && token.is_valid_session(session, now()))
}

/// Adds the cookie of a new session.
pub(super) fn begin(response: &mut HttpResponse, request: &HttpRequest, token: &Token) {
    let session = token.session(now().saturating_add(LIFETIME.as_secs()));
    set_cookie(response, request, token, &session, LIFETIME);
}

/// Removes the cookie from this browser. The session value stays valid elsewhere; a new token ends all sessions.
pub(super) fn end(response: &mut HttpResponse, request: &HttpRequest, token: &Token) {
    set_cookie(response, request, token, "", Duration::ZERO);
}

fn set_cookie(
    response: &mut HttpResponse,
    request: &HttpRequest,
    token: &Token,
    session: &str,
    lifetime: Duration,
) {
    // The browser's `Origin` shows whether it uses HTTPS; a proxy that terminates TLS need not forward the scheme.
    let origin = request.headers().get(header::ORIGIN).map_or(&b""[..], header::HeaderValue::as_bytes);
    let secure = if origin.starts_with(b"https://") { "; Secure" } else { "" };
    let (name, seconds) = (token.cookie_name(), lifetime.as_secs());
    let cookie = format!("{name}={session}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}");
    if let Ok(cookie) = header::HeaderValue::from_str(&cookie) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
}

fn now() -> u64 {
    std::time::UNIX_EPOCH.elapsed().unwrap_or_default().as_secs()
}
