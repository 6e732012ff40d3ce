//! Reads `partial_success` of a response: how many spans were rejected, and why, in the backend's own words. A response that
//! cannot be read rejected nothing.

use ::http::Response;
use ::http::header::CONTENT_TYPE;
use bytes::Bytes;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use prost::Message;
use serde_json::Value;

use super::sink::Accepted;

/// That of metrics or log records, whose messages have the same fields as that of traces.
pub(super) fn of_any_signal(response: &Response<Bytes>) -> Accepted {
    let kind = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if kind.starts_with("application/json") {
        from_json(response.body())
    } else {
        from_protobuf(response.body())
    }
}

pub(super) fn from_protobuf(body: &[u8]) -> Accepted {
    let response = ExportTraceServiceResponse::decode(body).unwrap_or_default();
    let partial = response.partial_success.unwrap_or_default();
    accepted(u64::try_from(partial.rejected_spans).ok(), &partial.error_message)
}

/// The number is a JSON number or its text.
pub(super) fn from_json(body: &[u8]) -> Accepted {
    let response: Value = serde_json::from_slice(body).unwrap_or_default();
    let partial = &response["partialSuccess"];
    let rejected = ["rejectedSpans", "rejectedDataPoints", "rejectedLogRecords"];
    let rejected = rejected.into_iter().find_map(|name| {
        let count = &partial[name];
        count.as_u64().or_else(|| count.as_str()?.parse().ok())
    });
    accepted(rejected, partial["errorMessage"].as_str().unwrap_or_default())
}

fn accepted(rejected: Option<u64>, message: &str) -> Accepted {
    Accepted {
        rejected: rejected.and_then(|rejected| usize::try_from(rejected).ok()).unwrap_or(0),
        message: message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(rejected: usize, message: &str) -> Accepted {
        Accepted { rejected, message: message.to_owned() }
    }

    #[test]
    fn protobuf_is_read() {
        assert_eq!(from_protobuf(&[]), of(0, ""));
        assert_eq!(from_protobuf(&[0x0a, 0x03, 0x08, 0xac, 0x02]), of(300, ""));
        assert_eq!(from_protobuf(&[0x0a, 0x05, 0x12, 0x03, b'b', b'a', b'd']), of(0, "bad"));
        assert_eq!(from_protobuf(&[0x0a, 0xff, 0xff]), of(0, ""));
        assert_eq!(from_protobuf(b"<html>"), of(0, ""));
    }

    #[test]
    fn json_is_read() {
        assert_eq!(from_json(b"{}"), of(0, ""));
        assert_eq!(
            from_json(br#"{"partialSuccess":{"rejectedSpans":"3","errorMessage":" bad\n"}}"#),
            of(3, " bad\n")
        );
        assert_eq!(from_json(br#"{"partialSuccess":{"rejectedSpans":4}}"#), of(4, ""));
        assert_eq!(from_json(b"<html>"), of(0, ""));
    }
}
