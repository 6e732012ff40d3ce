//! Requests of pages of other origins (<https://fetch.spec.whatwg.org/#http-cors-protocol>).
//!
//! An allowed origin is echoed: `navigator.sendBeacon` and `fetch` with `credentials: "include"`, which exporters for
//! browsers use, fail with `*`. No cookie authorizes anything here.

use actix_web::{
    Error,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::{
        Method,
        header::{self, HeaderValue},
    },
    middleware::Next,
    web,
};

use crate::access::Origins;

/// How long a browser may remember a preflight response: two hours, which is the most that Chromium does.
const MAX_AGE: HeaderValue = HeaderValue::from_static("7200");

/// Middleware that adds what a browser wants to know to every response.
pub(crate) async fn add_headers<B: MessageBody>(
    origins: web::Data<Origins>,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let origin = request.headers().get(header::ORIGIN).cloned();
    let origin = origin.filter(|origin| origin.to_str().is_ok_and(|origin| origins.allow(origin)));
    let is_preflight = request.method() == Method::OPTIONS;
    let wanted = request.headers().get(header::ACCESS_CONTROL_REQUEST_HEADERS).cloned();
    let mut response = next.call(request).await?;
    let headers = response.headers_mut();
    headers.append(header::VARY, HeaderValue::from_static("origin"));
    let Some(origin) = origin else { return Ok(response) };
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
    if is_preflight {
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("POST"));
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, MAX_AGE);
        // With credentials, `*` is the name of a header.
        if let Some(wanted) = wanted {
            headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, wanted);
        }
    } else {
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("retry-after"));
    }
    Ok(response)
}
