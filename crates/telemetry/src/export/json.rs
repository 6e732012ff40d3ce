//! OTLP as JSON: decodes an encoded request and serialises it with the generated types. It serves debugging, not speed.

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;
use serde_json::Value;

use super::sink::Failure;

/// Turns a protobuf request into a JSON one.
pub(super) fn request(protobuf: &[u8]) -> Result<Vec<u8>, Failure> {
    let refused =
        |error: &dyn std::error::Error| Failure::Permanent(format!("cannot encode as JSON: {error}"));
    let request = ExportTraceServiceRequest::decode(protobuf).map_err(|error| refused(&error))?;
    serde_json::to_vec(&request).map_err(|error| refused(&error))
}

/// `partialSuccess.rejectedSpans`, a number or its text. A response that cannot be read rejected nothing.
pub(super) fn rejected(body: &[u8]) -> usize {
    let response: Value = serde_json::from_slice(body).unwrap_or_default();
    let count = &response["partialSuccess"]["rejectedSpans"];
    let count = count.as_u64().or_else(|| count.as_str()?.parse().ok());
    count.and_then(|count| usize::try_from(count).ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rejected_spans_are_read_from_the_response() {
        assert_eq!(rejected(b"{}"), 0);
        assert_eq!(rejected(br#"{"partialSuccess":{"rejectedSpans":"3","errorMessage":"bad"}}"#), 3);
        assert_eq!(rejected(br#"{"partialSuccess":{"rejectedSpans":4}}"#), 4);
        assert_eq!(rejected(b"<html>"), 0);
    }
}
