//! Sign-in form for browsers, and sign-out.
//!
//! Clients that have not signed in get no asset of the waterfall, so the form is a standalone page.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web,
};
use serde::Deserialize;

use super::{bearer_gate::BearerGate, session, site::is_cross_site};
use crate::{
    error_response::{error, with_retry_after},
    standalone_page::{document, escape, local_path, respond},
};

pub(super) const PATH: &str = "/sign-in";
pub(super) const SIGN_OUT_PATH: &str = "/sign-out";
/// Bytes of a form; it holds a token and a path.
const FORM_LIMIT: usize = 16 * 1024;

const FORM: &str = include_str!("sign-in.html");
const REDIRECT_PAGE: &str = include_str!("bounce.html");

pub(crate) fn routes(config: &mut web::ServiceConfig) {
    config.service(
        web::resource(PATH)
            .app_data(web::FormConfig::default().limit(FORM_LIMIT))
            .route(web::get().to(form))
            .route(web::post().to(sign_in)),
    );
    config.service(web::resource(SIGN_OUT_PATH).post(sign_out));
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
        return respond(StatusCode::UNAUTHORIZED, REDIRECT_PAGE.replace("{to}", &escape(to)));
    }
    page(StatusCode::UNAUTHORIZED, to, "")
}

fn page(status: StatusCode, to: &str, problem: &str) -> HttpResponse {
    // The path comes last, because the value comes from an untrusted client and may contain a placeholder.
    let form = FORM.replace("{problem}", &escape(problem)).replace("{to}", &escape(to));
    respond(status, document("Sign in", form.trim_end()))
}

fn redirect(to: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((header::LOCATION, to))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .finish()
}
