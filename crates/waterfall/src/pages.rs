//! Embedded files of `ui/`, and the security headers of every response on the page's port.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        StatusCode,
        header::{self, ETag, EntityTag, HeaderValue},
    },
    middleware::DefaultHeaders,
    web,
};

use trace_model::TraceId;

use crate::{error_response::error, etag};

/// Name and content of every file of `ui/` that a browser may request.
static FILES: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/ui_files.rs"));

/// Attributes of spans come from untrusted clients: nothing in them may run as a script or load from another origin.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    connect-src 'self'; img-src 'self' data:; font-src 'self'; base-uri 'none'; \
    form-action 'none'; frame-ancestors 'none'";

pub(crate) fn routes(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/").get(|request: HttpRequest| async move { file(&request, "index.html") }))
        .service(
            web::resource("/doctor").get(|request: HttpRequest| async move { file(&request, "doctor.html") }),
        )
        .service(web::resource("/trace/{id}").get(trace_page))
        .service(
            web::resource("/favicon.ico")
                .get(|request: HttpRequest| async move { file(&request, "assets/favicon.svg") }),
        )
        .service(web::resource("/assets/{path:.*}").get(asset));
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

/// The page itself says what is wrong with an id that no trace can have.
///
/// A browser requests the trace as soon as it reads the `Link` header, before it has any script.
async fn trace_page(request: HttpRequest, id: web::Path<String>) -> HttpResponse {
    let mut page = file(&request, "trace.html");
    let Ok(id) = TraceId::parse_padded(&id) else {
        *page.status_mut() = StatusCode::NOT_FOUND;
        return page;
    };
    let corrected = request.query_string().split('&').any(|parameter| parameter == "clocks=corrected");
    let clocks = if corrected { "?clocks=corrected" } else { "" };
    let link = format!("</api/ui/traces/{id}{clocks}>; rel=preload; as=fetch; crossorigin");
    if let Ok(link) = HeaderValue::from_str(&link) {
        page.headers_mut().insert(header::LINK, link);
    }
    page
}

async fn asset(request: HttpRequest, path: web::Path<String>) -> HttpResponse {
    file(&request, &format!("assets/{path}"))
}

/// Looks the name up in the table of embedded files, so path traversal is impossible.
fn file(request: &HttpRequest, name: &str) -> HttpResponse {
    let Some((_, content)) = FILES.iter().find(|(file, _)| *file == name) else {
        return error(StatusCode::NOT_FOUND, &format!("unknown path {}", request.path()));
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
