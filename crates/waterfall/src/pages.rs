//! Embedded files of `ui/`, and the security headers of every response on the page's port.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, ETag, EntityTag},
    middleware::DefaultHeaders,
    web,
};

use crate::etag;

/// Name and content of every file of `ui/` that a browser may request.
static FILES: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/ui_files.rs"));

/// Attributes of spans come from untrusted clients: nothing in them may run as a script or load from another origin.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    connect-src 'self'; img-src 'self' data:; font-src 'self'; base-uri 'none'; \
    form-action 'none'; frame-ancestors 'none'";

pub(crate) fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/", web::get().to(|request: HttpRequest| async move { file(&request, "index.html") }))
        .route(
            "/trace/{id}",
            web::get().to(|request: HttpRequest| async move { file(&request, "trace.html") }),
        )
        .route(
            "/favicon.ico",
            web::get().to(|request: HttpRequest| async move { file(&request, "assets/favicon.svg") }),
        )
        .route("/assets/{path:.*}", web::get().to(asset));
}

/// Headers of every response on the page's port, including the API's.
pub(crate) fn security_headers() -> DefaultHeaders {
    DefaultHeaders::new()
        .add((header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY))
        .add((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .add((header::REFERRER_POLICY, "no-referrer"))
        .add((header::X_FRAME_OPTIONS, "DENY"))
        .add(("Cross-Origin-Opener-Policy", "same-origin"))
        .add(("Cross-Origin-Resource-Policy", "same-origin"))
}

async fn asset(request: HttpRequest, path: web::Path<String>) -> HttpResponse {
    file(&request, &format!("assets/{path}"))
}

/// Looks the name up in the table of embedded files, so path traversal is impossible.
fn file(request: &HttpRequest, name: &str) -> HttpResponse {
    let Some((_, content)) = FILES.iter().find(|(file, _)| *file == name) else {
        return HttpResponse::NotFound().content_type("text/plain; charset=utf-8").body("page not found\n");
    };
    let tag = EntityTag::new_strong(format!("{:016x}", fingerprint(content)));
    if etag::matches(request, &tag) {
        return HttpResponse::NotModified().insert_header(ETag(tag)).finish();
    }
    HttpResponse::Ok()
        .content_type(content_type(name))
        .insert_header(ETag(tag))
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .body(*content)
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("json" | "map") => "application/json",
        Some("png") => "image/png",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    }
}

/// FNV-1a hash for entity tags. It need not resist collisions: the files are our own.
fn fingerprint(content: &[u8]) -> u64 {
    content
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}
