//! One unary call: its frame in, its message and trailers out.

use std::{convert::Infallible, fmt::Write, sync::Arc};

use base64::{Engine, prelude::BASE64_STANDARD_NO_PAD};
use bytes::{BufMut, Bytes, BytesMut};
use http_body_util::{BodyExt, Full, combinators::UnsyncBoxBody};
use hyper::{
    HeaderMap, Method, Request, Response, StatusCode,
    body::Incoming,
    header::{AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue},
};
use trace_model::otlp::{GRPC_PREFIX_LEN, grpc_message};

use crate::receiver::{
    BODY_TIMEOUT, Encoding, RETRY_SECONDS, ReceiveError, Receiver, Signal,
    body::{Body, BodyError},
    response::{self, Code},
};

const GRPC_STATUS: HeaderName = HeaderName::from_static("grpc-status");
const GRPC_MESSAGE: HeaderName = HeaderName::from_static("grpc-message");
const GRPC_DETAILS: HeaderName = HeaderName::from_static("grpc-status-details-bin");
const GRPC_ENCODING: HeaderName = HeaderName::from_static("grpc-encoding");
const GRPC_ACCEPT_ENCODING: HeaderName = HeaderName::from_static("grpc-accept-encoding");

type Answer = Response<UnsyncBoxBody<Bytes, Infallible>>;

/// A call that failed.
struct Refusal {
    code: Code,
    message: String,
}

impl From<ReceiveError> for Refusal {
    fn from(error: ReceiveError) -> Self {
        Self { code: error.code(), message: process::error_chain(&error) }
    }
}

pub(super) async fn answer(
    receiver: Arc<Receiver>,
    request: Request<Incoming>,
) -> Result<Answer, Infallible> {
    if request.method() != Method::POST {
        return Ok(no_call(StatusCode::METHOD_NOT_ALLOWED));
    }
    if !is_grpc(request.headers()) {
        return Ok(no_call(StatusCode::UNSUPPORTED_MEDIA_TYPE));
    }
    Ok(match call(&receiver, request).await {
        Ok(message) => success(&message),
        Err(refusal) => {
            receiver.log_refusal(refusal.code, &refusal.message);
            failure(&refusal)
        }
    })
}

async fn call(receiver: &Arc<Receiver>, request: Request<Incoming>) -> Result<Vec<u8>, Refusal> {
    let signal = match request.uri().path() {
        "/opentelemetry.proto.collector.trace.v1.TraceService/Export" => Signal::Traces,
        "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export" => Signal::Metrics,
        "/opentelemetry.proto.collector.logs.v1.LogsService/Export" => Signal::Logs,
        other => return Err(Refusal { code: Code::Unimplemented, message: format!("there is no {other}") }),
    };
    let gzip = match request.headers().get(GRPC_ENCODING).map(HeaderValue::as_bytes) {
        None | Some(b"identity") => false,
        Some(b"gzip") => true,
        Some(_) => {
            let message = "messages are taken as gzip or identity".to_owned();
            return Err(Refusal { code: Code::Unimplemented, message });
        }
    };
    receiver.admit(request.headers().get(AUTHORIZATION).map(HeaderValue::as_bytes)).await?;
    let gathering = gather(receiver, request.into_body());
    let body = tokio::time::timeout(BODY_TIMEOUT, gathering)
        .await
        .unwrap_or(Err(BodyError::Timeout))
        .map_err(ReceiveError::from)?;
    let receiver = receiver.clone();
    let decoding = tokio::task::spawn_blocking(move || receive(&receiver, signal, body, gzip));
    decoding.await.unwrap_or_else(|_| Err(ReceiveError::from(BodyError::Busy).into()))
}

async fn gather(receiver: &Receiver, mut incoming: Incoming) -> Result<Body, BodyError> {
    let mut body = Body::new(&receiver.budget, receiver.body_limit.saturating_add(GRPC_PREFIX_LEN), None)?;
    while let Some(frame) = incoming.frame().await {
        if let Ok(data) = frame.map_err(|_| BodyError::Broken)?.into_data() {
            body.push(&data)?;
        }
    }
    Ok(body)
}

fn receive(receiver: &Receiver, signal: Signal, mut body: Body, gzip: bool) -> Result<Vec<u8>, Refusal> {
    let (compressed, message) = grpc_message(body.bytes()).map_err(|error| malformed(&error.to_string()))?;
    match (compressed, gzip) {
        (true, true) => body = body.gunzip_part(message).map_err(ReceiveError::from)?,
        (true, false) => return Err(malformed("a compressed message without an encoding")),
        (false, _) => body.skip(GRPC_PREFIX_LEN),
    }
    Ok(receiver.receive(signal, Encoding::Protobuf, body)?.encode(signal, Encoding::Protobuf))
}

fn malformed(message: &str) -> Refusal {
    Refusal { code: Code::InvalidArgument, message: message.to_owned() }
}

/// gRPC with messages in protobuf, which is what it means without saying so.
fn is_grpc(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()) else { return false };
    let essence = value.split(';').next().unwrap_or_default().trim();
    ["application/grpc", "application/grpc+proto"].iter().any(|known| essence.eq_ignore_ascii_case(known))
}

/// What is no call of gRPC gets no status of gRPC.
fn no_call(status: StatusCode) -> Answer {
    let mut response = Response::new(empty());
    *response.status_mut() = status;
    response
}

fn success(message: &[u8]) -> Answer {
    let mut frame = BytesMut::with_capacity(GRPC_PREFIX_LEN + message.len());
    frame.put_u8(0);
    frame.put_u32(u32::try_from(message.len()).unwrap_or_default());
    frame.put_slice(message);
    let mut trailers = HeaderMap::new();
    trailers.insert(GRPC_STATUS, HeaderValue::from(Code::Ok as u16));
    let body = Full::new(frame.freeze()).with_trailers(async { Some(Ok(trailers)) });
    with_headers(Response::new(body.boxed_unsync()))
}

/// A status alone goes in the headers.
fn failure(refusal: &Refusal) -> Answer {
    let mut response = with_headers(Response::new(empty()));
    let headers = response.headers_mut();
    headers.insert(GRPC_STATUS, HeaderValue::from(refusal.code as u16));
    if let Ok(message) = HeaderValue::from_str(&percent_encoded(&refusal.message)) {
        headers.insert(GRPC_MESSAGE, message);
    }
    if refusal.code == Code::Unavailable {
        let details = response::status_with_retry(refusal.code, &refusal.message, RETRY_SECONDS);
        if let Ok(details) = HeaderValue::from_str(&BASE64_STANDARD_NO_PAD.encode(&details)) {
            headers.insert(GRPC_DETAILS, details);
        }
    }
    response
}

fn with_headers(mut response: Answer) -> Answer {
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    headers.insert(GRPC_ACCEPT_ENCODING, HeaderValue::from_static("gzip, identity"));
    response
}

fn empty() -> UnsyncBoxBody<Bytes, Infallible> {
    Full::default().boxed_unsync()
}

/// As `grpc-message` wants it: printable ASCII, all else in percent.
fn percent_encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if (0x20..0x7f).contains(&byte) && byte != b'%' {
            out.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_a_message_says_about_a_fault_fits_a_header(text in any::<String>()) {
            let encoded = percent_encoded(&text);
            prop_assert!(HeaderValue::from_str(&encoded).is_ok(), "{}", encoded);
        }
    }
}
