//! The pages: the files of `ui/`, embedded, with the headers that keep them to themselves.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, ETag, EntityTag, Header, IfNoneMatch},
    middleware::DefaultHeaders,
    web,
};

/// Every file of `ui/` that a browser may ask for: name and content.
static FILES: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/ui_files.rs"));

/// What a span says is text; nothing that looks like a script or points elsewhere may run.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    connect-src 'self'; img-src 'self' data:; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

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

/// For every answer of the page's port, the API's too.
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

/// The name must be one of those embedded: there is no path to walk.
fn file(request: &HttpRequest, name: &str) -> HttpResponse {
    let Some((_, content)) = FILES.iter().find(|(file, _)| *file == name) else {
        return HttpResponse::NotFound().content_type("text/plain; charset=utf-8").body("no such page\n");
    };
    let tag = EntityTag::new_strong(format!("{:016x}", fingerprint(content)));
    if is_known(request, &tag) {
        return HttpResponse::NotModified().insert_header(ETag(tag)).finish();
    }
    HttpResponse::Ok()
        .content_type(content_type(name))
        .insert_header(ETag(tag))
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .body(*content)
}

/// Whether the client has this version already.
pub(crate) fn is_known(request: &HttpRequest, tag: &EntityTag) -> bool {
    match IfNoneMatch::parse(request) {
        Ok(IfNoneMatch::Any) => request.headers().contains_key(header::IF_NONE_MATCH),
        Ok(IfNoneMatch::Items(tags)) => tags.iter().any(|known| known.weak_eq(tag)),
        Err(_) => false,
    }
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

/// FNV-1a: tells versions of a file apart; nobody gains by a collision.
fn fingerprint(content: &[u8]) -> u64 {
    content
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}
