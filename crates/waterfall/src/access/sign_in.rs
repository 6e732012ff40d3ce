//! Sign-in form for browsers, and sign-out.
//!
//! The page needs no other file: clients that have not signed in get no asset of the waterfall.

use std::sync::LazyLock;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::{bearer_gate::BearerGate, session, site::is_cross_site};
use crate::error_response::{error, with_retry_after};

pub(super) const PATH: &str = "/sign-in";
pub(super) const SIGN_OUT_PATH: &str = "/sign-out";
/// Bytes of a form; it holds a token and a path.
const FORM_LIMIT: usize = 16 * 1024;

const PAGE: &str = include_str!("sign-in.html");
const REDIRECT_PAGE: &str = include_str!("bounce.html");
const STYLE: &str = include_str!("sign-in.css");

/// Allows no scripts and no requests. The style is allowed by its digest, and the form by its own origin.
static CONTENT_SECURITY_POLICY: LazyLock<String> = LazyLock::new(|| {
    let digest = BASE64_STANDARD.encode(Sha256::digest(STYLE));
    format!(
        "default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; \
         form-action 'self'; frame-ancestors 'none'"
    )
});

pub(crate) fn routes(config: &mut web::ServiceConfig) {
    config.service(
        web::resource(PATH)
            .app_data(web::FormConfig::default().limit(FORM_LIMIT))
            .route(web::get().to(form))
            .route(web::post().to(sign_in)),
    );
    config.route(SIGN_OUT_PATH, web::post().to(sign_out));
}

#[derive(Deserialize)]
struct FormQuery {
    /// Path to return to.
    #[serde(default)]
    to: String,
}

#[derive(Deserialize)]
struct SignInForm {
    token: String,
    #[serde(default)]
    to: String,
}

async fn form(
    request: HttpRequest,
    gate: web::Data<BearerGate>,
    query: web::Query<FormQuery>,
) -> HttpResponse {
    let to = local_path(&query.to);
    match gate.token() {
        Some(token) if !session::is_signed_in(&request, token) => page(StatusCode::OK, to, ""),
        _ => redirect(to),
    }
}

async fn sign_in(
    request: HttpRequest,
    gate: web::Data<BearerGate>,
    form: web::Form<SignInForm>,
) -> HttpResponse {
    let to = local_path(&form.to);
    let Some(token) = gate.token() else { return redirect(to) };
    // Another site must not be able to sign a browser in.
    if is_cross_site(request.headers()) {
        return page(StatusCode::FORBIDDEN, to, "The request came from another site. Enter the token here.");
    }
    if !token.matches(form.token.trim().as_bytes()) {
        if !gate.delay_rejection().await {
            return too_many_invalid_tokens();
        }
        return page(StatusCode::UNAUTHORIZED, to, "Wrong token.");
    }
    let mut response = redirect(to);
    session::begin(&mut response, &request, token);
    response
}

async fn sign_out(request: HttpRequest, gate: web::Data<BearerGate>) -> HttpResponse {
    if is_cross_site(request.headers()) {
        return HttpResponse::Forbidden().finish();
    }
    let mut response = HttpResponse::NoContent().finish();
    if let Some(token) = gate.token() {
        session::end(&mut response, &request, token);
    }
    response
}

/// The response to an invalid token when too many rejections are delayed already.
pub(super) fn too_many_invalid_tokens() -> HttpResponse {
    let message = "too many requests with an invalid token; try again";
    with_retry_after(error(StatusCode::TOO_MANY_REQUESTS, message))
}

/// The response to a browser's request for a page: the form, which leads back to the page.
///
/// A link on another site is followed without the cookie, because it is `SameSite=Strict`. The browser then gets a page
/// that requests the same path again, from this origin.
pub(super) fn instead_of_page(request: &HttpRequest) -> HttpResponse {
    let to = local_path(request.uri().path_and_query().map_or("/", |path| path.as_str()));
    if is_cross_site(request.headers()) {
        return html(StatusCode::UNAUTHORIZED, REDIRECT_PAGE.replace("{to}", &escape(to)));
    }
    page(StatusCode::UNAUTHORIZED, to, "")
}

fn page(status: StatusCode, to: &str, problem: &str) -> HttpResponse {
    let text = PAGE
        .replace("{style}", STYLE)
        .replace("{problem}", &escape(problem))
        // Last, because the value comes from an untrusted client and may contain a placeholder.
        .replace("{to}", &escape(to));
    html(status, text)
}

fn html(status: StatusCode, text: String) -> HttpResponse {
    HttpResponse::build(status)
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY.as_str()))
        // The form's own request must carry its `Origin`.
        .insert_header((header::REFERRER_POLICY, "same-origin"))
        .body(text)
}

fn redirect(to: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((header::LOCATION, to))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .finish()
}

/// The path if it stays on this origin, otherwise `/`. Browsers read `//host` and `/\host` as another origin.
fn local_path(to: &str) -> &str {
    let mut bytes = to.bytes();
    let is_path = bytes.next() == Some(b'/') && !matches!(bytes.next(), Some(b'/' | b'\\'));
    if is_path && to.bytes().all(|byte| byte.is_ascii_graphic()) { to } else { "/" }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redirects_stay_on_this_origin() {
        for good in ["/", "/trace/1?view=flame&from=1", "/?find=%20"] {
            assert_eq!(local_path(good), good);
        }
        for bad in ["", "//evil", "/\\evil", "https://evil", "evil", "/a\r\nb", "/\t/evil", "/ü"] {
            assert_eq!(local_path(bad), "/", "{bad}");
        }
    }

    #[test]
    fn the_page_contains_its_style_exactly_and_the_style_no_placeholder() {
        assert!(PAGE.contains("<style>{style}</style>") && PAGE.contains("value=\"{to}\""));
        assert!(!STYLE.contains('<') && !STYLE.contains("{to}"));
    }
}
