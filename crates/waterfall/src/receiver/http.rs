//! OTLP over HTTP: `POST /v1/{traces,metrics,logs}` (<https://opentelemetry.io/docs/specs/otlp/#otlphttp>).

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web,
};
use futures_util::StreamExt;

use super::{
    body::{Body, BodyError},
    early_response,
    error::ReceiveError,
    ingest::{BODY_TIMEOUT, RETRY_SECONDS, Receiver},
    response::{self, Code},
    signal::{Encoding, Signal},
    wrong_port,
};
use crate::{accept::prefers_html, announce::Endpoints};

/// Bodies above this size are decoded on a blocking thread, so that other requests on this thread need not wait.
const MAX_INLINE_DECODE: usize = 256 * 1024;

pub(crate) fn routes(config: &mut web::ServiceConfig) {
    for (path, signal) in
        [("/v1/traces", Signal::Traces), ("/v1/metrics", Signal::Metrics), ("/v1/logs", Signal::Logs)]
    {
        config.service(
            web::resource(path)
                .route(
                    web::post()
                        .to(move |receiver, request, payload| export(signal, receiver, request, payload)),
                )
                .route(web::method(actix_web::http::Method::OPTIONS).to(preflight))
                .default_service(web::to(method_not_allowed)),
        );
    }
    config.default_service(web::to(not_found));
}

async fn export(
    signal: Signal,
    receiver: web::Data<Receiver>,
    request: HttpRequest,
    mut payload: web::Payload,
) -> HttpResponse {
    let response = respond(signal, &receiver, &request, &mut payload).await;
    if response.status().is_success() { response } else { early_response::closing(response, payload) }
}

async fn respond(
    signal: Signal,
    receiver: &web::Data<Receiver>,
    request: &HttpRequest,
    payload: &mut web::Payload,
) -> HttpResponse {
    let authorization = request.headers().get(header::AUTHORIZATION).map(header::HeaderValue::as_bytes);
    if let Err(error) = receiver.authorize(authorization).await {
        return failure(receiver, &error, encoding(request).unwrap_or(Encoding::Json));
    }
    let Some(encoding) = encoding(request) else {
        let message = "the content type must be application/x-protobuf or application/json";
        return refusal(StatusCode::UNSUPPORTED_MEDIA_TYPE, Code::InvalidArgument, message, Encoding::Json);
    };
    let Some(gzip) = is_gzip(request) else {
        let message = "the content encoding must be gzip or identity";
        return refusal(StatusCode::UNSUPPORTED_MEDIA_TYPE, Code::InvalidArgument, message, encoding);
    };
    let outcome = match read_body(receiver, request, payload).await {
        Ok(body) if receiver.blocks() || body.bytes().len() > MAX_INLINE_DECODE => {
            let receiver = receiver.clone();
            web::block(move || receive(&receiver, signal, encoding, body, gzip))
                .await
                .unwrap_or_else(|_| Err(BodyError::Busy.into()))
        }
        Ok(body) => receive(receiver, signal, encoding, body, gzip),
        Err(error) => Err(error.into()),
    };
    match outcome {
        Ok(body) => success(body, encoding),
        Err(error) => failure(receiver, &error, encoding),
    }
}

fn receive(
    receiver: &Receiver,
    signal: Signal,
    encoding: Encoding,
    mut body: Body,
    gzip: bool,
) -> Result<Vec<u8>, ReceiveError> {
    if gzip {
        body = body.gunzip()?;
    }
    Ok(receiver.receive(signal, encoding, body)?.encode(signal, encoding))
}

/// Reads the body of a request, within the size limit and the budget.
pub(crate) async fn read_body(
    receiver: &Receiver,
    request: &HttpRequest,
    payload: &mut web::Payload,
) -> Result<Body, BodyError> {
    let announced = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.parse().ok());
    let mut body = Body::new(&receiver.budget, receiver.body_limit, announced)?;
    let read = async {
        while let Some(chunk) = payload.next().await {
            body.push(&chunk.map_err(|_| BodyError::Incomplete)?)?;
        }
        Ok(body)
    };
    tokio::time::timeout(BODY_TIMEOUT, read).await.unwrap_or(Err(BodyError::Timeout))
}

/// The encoding of a content type. Its parameters are ignored.
pub(crate) fn encoding(request: &HttpRequest) -> Option<Encoding> {
    let value = request.headers().get(header::CONTENT_TYPE)?.to_str().ok()?;
    let essence = value.split(';').next()?.trim().to_ascii_lowercase();
    match essence.as_str() {
        "application/x-protobuf" | "application/protobuf" => Some(Encoding::Protobuf),
        "application/json" => Some(Encoding::Json),
        _ => None,
    }
}

/// Whether the body is compressed. `None` for an unsupported content encoding.
fn is_gzip(request: &HttpRequest) -> Option<bool> {
    let Some(value) = request.headers().get(header::CONTENT_ENCODING) else { return Some(false) };
    match value.to_str().ok()?.trim().to_ascii_lowercase().as_str() {
        "" | "identity" => Some(false),
        "gzip" => Some(true),
        _ => None,
    }
}

const fn content_type(encoding: Encoding) -> &'static str {
    match encoding {
        Encoding::Protobuf => "application/x-protobuf",
        Encoding::Json => "application/json",
    }
}

fn success(body: Vec<u8>, encoding: Encoding) -> HttpResponse {
    HttpResponse::Ok().content_type(content_type(encoding)).body(body)
}

fn failure(receiver: &Receiver, error: &ReceiveError, encoding: Encoding) -> HttpResponse {
    let code = error.code();
    let message = process::error_chain(error);
    receiver.log_refusal(code, &message);
    let mut response = refusal(code.status(), code, &message, encoding);
    let headers = response.headers_mut();
    match code {
        Code::Unavailable => {
            headers.insert(header::RETRY_AFTER, header::HeaderValue::from(RETRY_SECONDS));
        }
        Code::Unauthenticated => {
            headers.insert(header::WWW_AUTHENTICATE, header::HeaderValue::from_static("Bearer"));
        }
        _ => {}
    }
    response
}

fn refusal(status: StatusCode, code: Code, message: &str, encoding: Encoding) -> HttpResponse {
    HttpResponse::build(status)
        .content_type(content_type(encoding))
        .body(response::status(code, message, encoding))
}

/// The middleware adds what a preflight asks for.
async fn preflight() -> HttpResponse {
    HttpResponse::NoContent().finish()
}

async fn method_not_allowed(request: HttpRequest, endpoints: web::Data<Endpoints>) -> HttpResponse {
    let status = StatusCode::METHOD_NOT_ALLOWED;
    let mut response = for_browser(status, &request, &endpoints).unwrap_or_else(|| {
        let encoding = encoding(&request).unwrap_or(Encoding::Json);
        refusal(status, Code::Unimplemented, "only POST is allowed", encoding)
    });
    response.headers_mut().insert(header::ALLOW, header::HeaderValue::from_static("POST, OPTIONS"));
    response
}

async fn not_found(request: HttpRequest, endpoints: web::Data<Endpoints>) -> HttpResponse {
    let status = StatusCode::NOT_FOUND;
    for_browser(status, &request, &endpoints).unwrap_or_else(|| {
        let encoding = encoding(&request).unwrap_or(Encoding::Json);
        let message = "OTLP is received at /v1/traces, /v1/metrics and /v1/logs";
        refusal(status, Code::NotFound, message, encoding)
    })
}

/// The response to a person who opens this port in a browser.
fn for_browser(status: StatusCode, request: &HttpRequest, endpoints: &Endpoints) -> Option<HttpResponse> {
    if !prefers_html(request.headers()) {
        return None;
    }
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let text = wrong_port::page_instead_of_otlp_http(endpoints, host);
    let mut response = HttpResponse::build(status);
    response.insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"));
    Some(response.content_type("text/plain; charset=utf-8").body(text))
}
