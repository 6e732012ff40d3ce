//! Signing in with a browser: a form, and a cookie that stands for the token for a month.
//!
//! The cookie holds a note signed with the token, not the token (see [`Token::note`]); no script can read it and no
//! other site's request carries it, so that a stream of events works like everything else. The page stands alone: no
//! asset of the waterfall is given to whoever has not signed in.

use std::{sync::LazyLock, time::Duration};

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::{BearerGate, Token, guard, is_of_another_site};

pub(super) const PATH: &str = "/sign-in";
pub(super) const OUT_PATH: &str = "/sign-out";
const GOOD_FOR: Duration = Duration::from_hours(30 * 24);
/// A token and a path.
const FORM_LIMIT: usize = 16 * 1024;

const PAGE: &str = include_str!("sign-in.html");
const BOUNCE: &str = include_str!("bounce.html");
const STYLE: &str = include_str!("sign-in.css");

/// Nothing loads, nothing runs; the one style is known by its digest, the one form goes back here.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let digest = BASE64_STANDARD.encode(Sha256::digest(STYLE));
    format!(
        "default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
});

pub(crate) fn routes(config: &mut web::ServiceConfig) {
    config.service(
        web::resource(PATH)
            .app_data(web::FormConfig::default().limit(FORM_LIMIT))
            .route(web::get().to(form))
            .route(web::post().to(sign_in)),
    );
    config.route(OUT_PATH, web::post().to(sign_out));
}

#[derive(Deserialize)]
struct Destination {
    #[serde(default)]
    to: String,
}

#[derive(Deserialize)]
struct Form {
    token: String,
    #[serde(default)]
    to: String,
}

async fn form(
    request: HttpRequest,
    gate: web::Data<BearerGate>,
    query: web::Query<Destination>,
) -> HttpResponse {
    let to = here(&query.to);
    match gate.token() {
        Some(token) if !is_signed_in(&request, token) => page(StatusCode::OK, to, ""),
        _ => see(to),
    }
}

async fn sign_in(request: HttpRequest, gate: web::Data<BearerGate>, form: web::Form<Form>) -> HttpResponse {
    let to = here(&form.to);
    let Some(token) = gate.token() else { return see(to) };
    // Nobody is signed in by another site.
    if is_of_another_site(request.headers()) {
        return page(StatusCode::FORBIDDEN, to, "The request came from another site. Enter the token here.");
    }
    if !token.is(form.token.trim().as_bytes()) {
        if !gate.delay_rejection().await {
            return guard::too_many();
        }
        return page(StatusCode::UNAUTHORIZED, to, "Wrong token.");
    }
    let mut response = see(to);
    set_cookie(
        &mut response,
        &request,
        token,
        &token.note(now().saturating_add(GOOD_FOR.as_secs())),
        GOOD_FOR,
    );
    response
}

/// This browser forgets that it was signed in. Others stay so: a new token ends all.
async fn sign_out(request: HttpRequest, gate: web::Data<BearerGate>) -> HttpResponse {
    if is_of_another_site(request.headers()) {
        return HttpResponse::Forbidden().finish();
    }
    let mut response = HttpResponse::NoContent().finish();
    if let Some(token) = gate.token() {
        set_cookie(&mut response, &request, token, "", Duration::ZERO);
    }
    response
}

fn set_cookie(
    response: &mut HttpResponse,
    request: &HttpRequest,
    token: &Token,
    note: &str,
    good_for: Duration,
) {
    // The browser says how it came here; whoever ends its TLS in between need not.
    let origin = request.headers().get(header::ORIGIN).map_or(&b""[..], header::HeaderValue::as_bytes);
    let secure = if origin.starts_with(b"https://") { "; Secure" } else { "" };
    let (name, seconds) = (token.cookie_name(), good_for.as_secs());
    let cookie = format!("{name}={note}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}");
    if let Ok(cookie) = header::HeaderValue::from_str(&cookie) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
}

/// Whether a request carries the cookie of somebody who signed in.
pub(super) fn is_signed_in(request: &HttpRequest, token: &Token) -> bool {
    let name = token.cookie_name();
    let cookies = request.headers().get_all(header::COOKIE).filter_map(|value| value.to_str().ok());
    cookies
        .flat_map(|line| line.split(';'))
        .filter_map(|cookie| cookie.trim().split_once('='))
        .any(|(key, note)| key == name && token.is_good(note, now()))
}

/// What a browser gets in place of a page: the form, which leads back to it.
///
/// A click on another site comes without the cookie, whoever signed in: then the browser is sent here once more, from
/// here.
pub(super) fn instead_of_page(request: &HttpRequest) -> HttpResponse {
    let to = request.uri().path_and_query().map_or("/", |path| path.as_str());
    if is_of_another_site(request.headers()) {
        return html(StatusCode::UNAUTHORIZED, BOUNCE.replace("{to}", &escaped(here(to))));
    }
    page(StatusCode::UNAUTHORIZED, here(to), "")
}

fn page(status: StatusCode, to: &str, problem: &str) -> HttpResponse {
    let text = PAGE
        .replace("{style}", STYLE)
        .replace("{problem}", &escaped(problem))
        // Last, so that nothing is looked for in what a stranger wrote.
        .replace("{to}", &escaped(to));
    html(status, text)
}

fn html(status: StatusCode, text: String) -> HttpResponse {
    HttpResponse::build(status)
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::CONTENT_SECURITY_POLICY, POLICY.as_str()))
        // The form's own request has to say where it comes from.
        .insert_header((header::REFERRER_POLICY, "same-origin"))
        .body(text)
}

fn see(to: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((header::LOCATION, to))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .finish()
}

/// The path, if it is one of this place; a browser takes `//host` and `/\host` for another.
fn here(to: &str) -> &str {
    let mut bytes = to.bytes();
    let is_path = bytes.next() == Some(b'/') && !matches!(bytes.next(), Some(b'/' | b'\\'));
    if is_path && to.bytes().all(|byte| byte.is_ascii_graphic()) { to } else { "/" }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn now() -> u64 {
    std::time::UNIX_EPOCH.elapsed().unwrap_or_default().as_secs()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_path_of_this_place_is_gone_to() {
        for good in ["/", "/trace/1?view=flame&from=1", "/?find=%20"] {
            assert_eq!(here(good), good);
        }
        for bad in ["", "//evil", "/\\evil", "https://evil", "evil", "/a\r\nb", "/\t/evil", "/ü"] {
            assert_eq!(here(bad), "/", "{bad}");
        }
    }

    #[test]
    fn the_page_holds_no_placeholder_and_its_policy_fits_its_style() {
        assert!(PAGE.contains("<style>{style}</style>") && PAGE.contains("value=\"{to}\""));
        assert!(!STYLE.contains('<') && !STYLE.contains("{to}"));
    }
}
