//! One unary gRPC call: reads the request frame, and writes the response frame and trailers.

use std::{convert::Infallible, sync::Arc};

use base64::{Engine, prelude::BASE64_STANDARD_NO_PAD};
use bytes::{BufMut, Bytes, BytesMut};
use http_body_util::{BodyExt, Full, combinators::UnsyncBoxBody};
use hyper::{
    HeaderMap, Method, Request, Response, StatusCode,
    body::Incoming,
    header::{AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue},
};
use percent_encoding::{AsciiSet, CONTROLS, PercentEncode, utf8_percent_encode};
use trace_model::otlp::{GRPC_PREFIX_LEN, grpc_message};

use crate::receiver::{
    body::{Body, BodyError},
    error::ReceiveError,
    ingest::{BODY_TIMEOUT, RETRY_SECONDS, Receiver},
    response::{self, Code},
    signal::{Encoding, Signal},
};

const GRPC_STATUS: HeaderName = HeaderName::from_static("grpc-status");
const GRPC_MESSAGE: HeaderName = HeaderName::from_static("grpc-message");
const GRPC_DETAILS: HeaderName = HeaderName::from_static("grpc-status-details-bin");
const GRPC_ENCODING: HeaderName = HeaderName::from_static("grpc-encoding");
const GRPC_ACCEPT_ENCODING: HeaderName = HeaderName::from_static("grpc-accept-encoding");

type GrpcResponse = Response<UnsyncBoxBody<Bytes, Infallible>>;

/// Status of a failed call.
struct CallError {
    code: Code,
    message: String,
}

impl From<ReceiveError> for CallError {
    fn from(error: ReceiveError) -> Self {
        Self { code: error.code(), message: process::error_chain(&error) }
    }
}

pub(super) async fn respond(
    receiver: Arc<Receiver>,
    request: Request<Incoming>,
) -> Result<GrpcResponse, Infallible> {
    if request.method() != Method::POST {
        return Ok(not_grpc(StatusCode::METHOD_NOT_ALLOWED));
    }
    if !is_grpc(request.headers()) {
        return Ok(not_grpc(StatusCode::UNSUPPORTED_MEDIA_TYPE));
    }
    Ok(match call(&receiver, request).await {
        Ok(message) => success(&message),
        Err(error) => {
            receiver.log_refusal(error.code, &error.message);
            failure(&error)
        }
    })
}

async fn call(receiver: &Arc<Receiver>, request: Request<Incoming>) -> Result<Vec<u8>, CallError> {
    let signal = match request.uri().path() {
        "/opentelemetry.proto.collector.trace.v1.TraceService/Export" => Signal::Traces,
        "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export" => Signal::Metrics,
        "/opentelemetry.proto.collector.logs.v1.LogsService/Export" => Signal::Logs,
        other => {
            return Err(CallError {
                code: Code::Unimplemented,
                message: format!(
                    "unknown method {other}; OTLP has Export of TraceService, MetricsService and LogsService"
                ),
            });
        }
    };
    let gzip = match request.headers().get(GRPC_ENCODING).map(HeaderValue::as_bytes) {
        None | Some(b"identity") => false,
        Some(b"gzip") => true,
        Some(_) => {
            let message = "unsupported grpc-encoding; use gzip or identity".to_owned();
            return Err(CallError { code: Code::Unimplemented, message });
        }
    };
    receiver.authorize(request.headers().get(AUTHORIZATION).map(HeaderValue::as_bytes)).await?;
    let body = read_body(receiver, request.into_body());
    let body = tokio::time::timeout(BODY_TIMEOUT, body)
        .await
        .unwrap_or(Err(BodyError::Timeout))
        .map_err(ReceiveError::from)?;
    let receiver = receiver.clone();
    let ingested = tokio::task::spawn_blocking(move || receive(&receiver, signal, body, gzip));
    ingested.await.unwrap_or_else(|_| Err(ReceiveError::from(BodyError::Busy).into()))
}

async fn read_body(receiver: &Receiver, mut incoming: Incoming) -> Result<Body, BodyError> {
    let mut body = Body::new(&receiver.budget, receiver.body_limit.saturating_add(GRPC_PREFIX_LEN), None)?;
    while let Some(frame) = incoming.frame().await {
        if let Ok(data) = frame.map_err(|_| BodyError::Incomplete)?.into_data() {
            body.push(&data)?;
        }
    }
    Ok(body)
}

fn receive(receiver: &Receiver, signal: Signal, mut body: Body, gzip: bool) -> Result<Vec<u8>, CallError> {
    let (compressed, message) = grpc_message(body.bytes()).map_err(|error| malformed(&error.to_string()))?;
    match (compressed, gzip) {
        (true, true) => body = body.gunzip_part(message).map_err(ReceiveError::from)?,
        (true, false) => {
            return Err(malformed("the message is compressed, but there is no grpc-encoding header"));
        }
        (false, _) => body.skip(GRPC_PREFIX_LEN),
    }
    Ok(receiver.receive(signal, Encoding::Protobuf, body)?.encode(signal, Encoding::Protobuf))
}

fn malformed(message: &str) -> CallError {
    CallError { code: Code::InvalidArgument, message: message.to_owned() }
}

/// Whether the content type is gRPC with protobuf messages, which is the default message format.
fn is_grpc(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()) else { return false };
    let essence = value.split(';').next().unwrap_or_default().trim();
    ["application/grpc", "application/grpc+proto"].iter().any(|known| essence.eq_ignore_ascii_case(known))
}

/// A request that is not gRPC gets an HTTP status instead of a gRPC status.
fn not_grpc(status: StatusCode) -> GrpcResponse {
    let mut response = Response::new(empty());
    *response.status_mut() = status;
    response
}

fn success(message: &[u8]) -> GrpcResponse {
    let mut frame = BytesMut::with_capacity(GRPC_PREFIX_LEN + message.len());
    frame.put_u8(0);
    frame.put_u32(u32::try_from(message.len()).unwrap_or_default());
    frame.put_slice(message);
    let mut trailers = HeaderMap::new();
    trailers.insert(GRPC_STATUS, HeaderValue::from(Code::Ok as u16));
    let body = Full::new(frame.freeze()).with_trailers(async { Some(Ok(trailers)) });
    with_headers(Response::new(body.boxed_unsync()))
}

/// A response without a message: the status is in the headers.
fn failure(error: &CallError) -> GrpcResponse {
    let mut response = with_headers(Response::new(empty()));
    let headers = response.headers_mut();
    headers.insert(GRPC_STATUS, HeaderValue::from(error.code as u16));
    if let Ok(message) = HeaderValue::from_str(&encode_message(&error.message).to_string()) {
        headers.insert(GRPC_MESSAGE, message);
    }
    if error.code == Code::Unavailable {
        let details = response::status_with_retry(error.code, &error.message, RETRY_SECONDS);
        if let Ok(details) = HeaderValue::from_str(&BASE64_STANDARD_NO_PAD.encode(&details)) {
            headers.insert(GRPC_DETAILS, details);
        }
    }
    response
}

fn with_headers(mut response: GrpcResponse) -> GrpcResponse {
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    headers.insert(GRPC_ACCEPT_ENCODING, HeaderValue::from_static("gzip, identity"));
    response
}

fn empty() -> UnsyncBoxBody<Bytes, Infallible> {
    Full::default().boxed_unsync()
}

/// Percent-encodes a `grpc-message`: everything but printable ASCII, and the percent sign.
fn encode_message(text: &str) -> PercentEncode<'_> {
    const ENCODED: &AsciiSet = &CONTROLS.add(b'%');
    utf8_percent_encode(text, ENCODED)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_error_message_becomes_a_valid_header_value(text in any::<String>()) {
            let encoded = encode_message(&text).to_string();
            let decoded = percent_encoding::percent_decode_str(&encoded).decode_utf8();
            prop_assert_eq!(decoded.unwrap(), text.as_str());
            prop_assert!(HeaderValue::from_str(&encoded).is_ok(), "{}", encoded);
        }
    }
}
