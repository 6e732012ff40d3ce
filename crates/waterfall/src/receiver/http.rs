//! OTLP over HTTP: `POST /v1/{traces,metrics,logs}`, as <https://opentelemetry.io/docs/specs/otlp/#otlphttp> has it.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web,
};
use futures_util::StreamExt;

use super::{
    BODY_TIMEOUT, Encoding, RETRY_SECONDS, ReceiveError, Receiver, Signal,
    body::{Body, BodyError},
    early_response,
    response::{self, Code},
};

/// Above this a body is decoded on a thread of its own, so that others on this one need not wait.
const LARGE: usize = 256 * 1024;

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
                .default_service(web::to(wrong_method)),
        );
    }
    config.default_service(web::to(no_such_path));
}

async fn export(
    signal: Signal,
    receiver: web::Data<Receiver>,
    request: HttpRequest,
    mut payload: web::Payload,
) -> HttpResponse {
    let response = answer(signal, &receiver, &request, &mut payload).await;
    if response.status().is_success() { response } else { early_response::closing(response, payload) }
}

async fn answer(
    signal: Signal,
    receiver: &web::Data<Receiver>,
    request: &HttpRequest,
    payload: &mut web::Payload,
) -> HttpResponse {
    let authorization = request.headers().get(header::AUTHORIZATION).map(header::HeaderValue::as_bytes);
    if let Err(error) = receiver.admit(authorization).await {
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
    let outcome = match gather(receiver, request, payload).await {
        Ok(body) if receiver.waits() || body.bytes().len() > LARGE => {
            let receiver = receiver.clone();
            web::block(move || receive(&receiver, signal, encoding, body, gzip))
                .await
                .unwrap_or_else(|_| Err(BodyError::Busy.into()))
        }
        Ok(body) => receive(receiver, signal, encoding, body, gzip),
        Err(error) => Err(error.into()),
    };
    match outcome {
        Ok(answer) => success(answer, encoding),
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

/// The body of a request, within the bounds of all that is received.
pub(crate) async fn gather(
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
    let all = async {
        while let Some(part) = payload.next().await {
            body.push(&part.map_err(|_| BodyError::Broken)?)?;
        }
        Ok(body)
    };
    tokio::time::timeout(BODY_TIMEOUT, all).await.unwrap_or(Err(BodyError::Timeout))
}

/// The encoding that the content type names; its parameters say nothing that matters here.
pub(crate) fn encoding(request: &HttpRequest) -> Option<Encoding> {
    let value = request.headers().get(header::CONTENT_TYPE)?.to_str().ok()?;
    let essence = value.split(';').next()?.trim().to_ascii_lowercase();
    match essence.as_str() {
        "application/x-protobuf" | "application/protobuf" => Some(Encoding::Protobuf),
        "application/json" => Some(Encoding::Json),
        _ => None,
    }
}

/// Whether the body is compressed; None for an encoding that is not known.
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

/// Any page may send its spans: there is nothing to be read here, and no cookie to ride on.
const ALLOW_ORIGIN: (header::HeaderName, &str) = (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*");

fn success(body: Vec<u8>, encoding: Encoding) -> HttpResponse {
    HttpResponse::Ok().insert_header(ALLOW_ORIGIN).content_type(content_type(encoding)).body(body)
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
        .insert_header(ALLOW_ORIGIN)
        .content_type(content_type(encoding))
        .body(response::status(code, message, encoding))
}

async fn preflight() -> HttpResponse {
    HttpResponse::NoContent()
        .insert_header(ALLOW_ORIGIN)
        .insert_header((header::ACCESS_CONTROL_ALLOW_METHODS, "POST"))
        .insert_header((
            header::ACCESS_CONTROL_ALLOW_HEADERS,
            "*, authorization, content-type, content-encoding",
        ))
        .insert_header((header::ACCESS_CONTROL_MAX_AGE, "7200"))
        .finish()
}

async fn wrong_method(request: HttpRequest) -> HttpResponse {
    let encoding = encoding(&request).unwrap_or(Encoding::Json);
    let mut response =
        refusal(StatusCode::METHOD_NOT_ALLOWED, Code::Unimplemented, "only POST is answered here", encoding);
    response.headers_mut().insert(header::ALLOW, header::HeaderValue::from_static("POST, OPTIONS"));
    response
}

async fn no_such_path(request: HttpRequest) -> HttpResponse {
    let encoding = encoding(&request).unwrap_or(Encoding::Json);
    let message = "OTLP is received at /v1/traces, /v1/metrics and /v1/logs";
    refusal(StatusCode::NOT_FOUND, Code::NotFound, message, encoding)
}
