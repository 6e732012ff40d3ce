//! OTLP as JSON: decodes an encoded request and serialises it with the generated types. It serves debugging, not speed.

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;

use super::sink::Failure;

/// Turns a protobuf request into a JSON one.
pub(super) fn request(protobuf: &[u8]) -> Result<Vec<u8>, Failure> {
    let refused =
        |error: &dyn std::error::Error| Failure::Permanent(format!("cannot encode as JSON: {error}"));
    let request = ExportTraceServiceRequest::decode(protobuf).map_err(|error| refused(&error))?;
    serde_json::to_vec(&request).map_err(|error| refused(&error))
}
