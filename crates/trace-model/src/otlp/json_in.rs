//! OTLP JSON in: an `ExportTraceServiceRequest` in JSON becomes one in protobuf, and so takes the one way in.
//!
//! Written while it is read, so that memory grows with the request and not with a tree of it. As generous as proto3's
//! JSON mapping is (<https://protobuf.dev/programming-guides/json/>): `null` is a field that is not there, 64-bit
//! integers come as text or number, doubles as number or "NaN", ids in hex of any case, unknown fields are passed
//! over. What the mapping does not allow (a number for a name) is an error for the whole request.

mod message;
mod scalar;

use thiserror::Error;

use crate::wire::Writer;

/// The text is not the JSON of an `ExportTraceServiceRequest`.
#[derive(Debug, Error)]
#[error("the body is not an ExportTraceServiceRequest in JSON")]
pub struct JsonError(#[from] serde_json::Error);

/// Translates a request from JSON to protobuf. Ids that are no hex become empty, and so are rejected with their span.
///
/// # Errors
/// [`JsonError`] where the text is no JSON, or JSON of another shape.
pub fn to_protobuf(json: &[u8]) -> Result<Vec<u8>, JsonError> {
    let mut out = Writer::new();
    let mut reader = serde_json::Deserializer::from_slice(json);
    message::read(&mut reader, &message::REQUEST, &mut out)?;
    reader.end()?;
    Ok(out.into_bytes())
}
