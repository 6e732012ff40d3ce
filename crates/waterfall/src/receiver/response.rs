//! Response messages: the three `Export*ServiceResponse`s, which have the same fields, and `google.rpc.Status`.

use actix_web::http::StatusCode;
use serde::Serialize;
use trace_model::wire::Writer;

use super::signal::{Encoding, Signal};

/// The values of `google.rpc.Code` that the receivers use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Code {
    Ok = 0,
    InvalidArgument = 3,
    DeadlineExceeded = 4,
    NotFound = 5,
    ResourceExhausted = 8,
    Unimplemented = 12,
    Unavailable = 14,
    Unauthenticated = 16,
}

impl Code {
    /// The HTTP status. OTLP senders retry after 429, 502, 503 and 504 only, and drop the batch after any other
    /// error. So a body that arrives too slowly is a 504, as `google.rpc.Code` maps its deadline, and not a 408: a
    /// sender on a slow line should retry.
    pub(crate) const fn status(self) -> StatusCode {
        match self {
            Self::ResourceExhausted => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::DeadlineExceeded => StatusCode::GATEWAY_TIMEOUT,
            Self::Unauthenticated => StatusCode::UNAUTHORIZED,
            _ => StatusCode::BAD_REQUEST,
        }
    }
}

/// The records of a request that were rejected. By default all were stored. A message without a rejected record is a warning.
#[derive(Debug, Default)]
pub(crate) struct PartialSuccess {
    pub(crate) rejected: u64,
    pub(crate) message: String,
}

impl PartialSuccess {
    /// The response message: empty when all records were stored.
    pub(crate) fn encode(&self, signal: Signal, encoding: Encoding) -> Vec<u8> {
        let is_complete = self.rejected == 0 && self.message.is_empty();
        match encoding {
            Encoding::Json if is_complete => b"{}".to_vec(),
            Encoding::Json => {
                let rejected = match signal {
                    Signal::Traces => "rejectedSpans",
                    Signal::Metrics => "rejectedDataPoints",
                    Signal::Logs => "rejectedLogRecords",
                };
                let fields =
                    serde_json::json!({rejected: self.rejected.to_string(), "errorMessage": self.message});
                serde_json::json!({ "partialSuccess": fields }).to_string().into_bytes()
            }
            Encoding::Protobuf if is_complete => Vec::new(),
            Encoding::Protobuf => {
                let mut out = Writer::new();
                let partial = out.begin(1);
                out.varint(1, self.rejected);
                out.bytes(2, self.message.as_bytes());
                out.end(partial);
                out.into_bytes()
            }
        }
    }
}

#[derive(Serialize)]
struct StatusJson<'a> {
    code: u8,
    message: &'a str,
}

/// An encoded `google.rpc.Status`.
pub(crate) fn status(code: Code, message: &str, encoding: Encoding) -> Vec<u8> {
    match encoding {
        Encoding::Json => serde_json::to_vec(&StatusJson { code: code as u8, message }).unwrap_or_default(),
        Encoding::Protobuf => status_writer(code, message).into_bytes(),
    }
}

/// A `google.rpc.Status` that tells when to retry: its details hold a `google.rpc.RetryInfo`.
pub(crate) fn status_with_retry(code: Code, message: &str, seconds: u64) -> Vec<u8> {
    let mut out = status_writer(code, message);
    let any = out.begin(3);
    out.bytes(1, b"type.googleapis.com/google.rpc.RetryInfo");
    let retry_info = out.begin(2);
    let delay = out.begin(1);
    out.varint(1, seconds);
    out.end(delay);
    out.end(retry_info);
    out.end(any);
    out.into_bytes()
}

fn status_writer(code: Code, message: &str) -> Writer {
    let mut out = Writer::new();
    out.varint(1, u64::from(code as u8));
    out.bytes(2, message.as_bytes());
    out
}
