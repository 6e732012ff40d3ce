//! OTLP JSON in: an export request in JSON becomes one in protobuf, and so takes the one way in.
//!
//! Written while it is read, so that memory grows with the request and not with a tree of it. As generous as proto3's
//! JSON mapping is (<https://protobuf.dev/programming-guides/json/>): `null` is a field that is not there, 64-bit
//! integers come as text or number, doubles as number or "NaN", ids in hex of any case, unknown fields are passed
//! over. What the mapping does not allow (a number for a name) is an error for the whole request.

mod message;
mod scalar;
mod schema;

use thiserror::Error;

use self::message::Message;
use crate::wire::Writer;

/// The text is not the JSON of an export request.
#[derive(Debug, Error)]
#[error("the body is not {wanted} in JSON")]
pub struct JsonError {
    wanted: &'static str,
    #[source]
    source: serde_json::Error,
}

/// Translates an `ExportTraceServiceRequest` from JSON to protobuf. Ids that are no hex become empty, and so are rejected
/// with their span.
///
/// # Errors
/// [`JsonError`] where the text is no JSON, or JSON of another shape.
pub fn traces_to_protobuf(json: &[u8]) -> Result<Vec<u8>, JsonError> {
    translate(json, &schema::TRACES)
}

/// Translates an `ExportLogsServiceRequest` from JSON to protobuf. A record whose trace id is no hex has none.
///
/// # Errors
/// [`JsonError`] where the text is no JSON, or JSON of another shape.
pub fn logs_to_protobuf(json: &[u8]) -> Result<Vec<u8>, JsonError> {
    translate(json, &schema::LOGS)
}

/// Translates a file of traces to one `ExportTraceServiceRequest`. There may be several JSON values in it, one a line or
/// however they are set apart, as the Collector's file exporter and Jaeger's streams write them.
///
/// # Errors
/// [`JsonError`] where the text is no JSON, or JSON of another shape.
pub fn traces_file_to_protobuf(json: &[u8]) -> Result<Vec<u8>, JsonError> {
    translate_all(json, &schema::TRACES_FILE)
}

/// Translates a file of log records to one `ExportLogsServiceRequest`, likewise.
///
/// # Errors
/// [`JsonError`] where the text is no JSON, or JSON of another shape.
pub fn logs_file_to_protobuf(json: &[u8]) -> Result<Vec<u8>, JsonError> {
    translate_all(json, &schema::LOGS)
}

fn translate(json: &[u8], message: &'static Message) -> Result<Vec<u8>, JsonError> {
    let failed = |source| JsonError { wanted: message.name, source };
    let mut out = Writer::new();
    let mut reader = reader(json);
    message::read(&mut reader, message, &mut out).map_err(failed)?;
    reader.end().map_err(failed)?;
    Ok(out.into_bytes())
}

/// Requests one after another are one request: fields that repeat.
fn translate_all(json: &[u8], message: &'static Message) -> Result<Vec<u8>, JsonError> {
    let failed = |source| JsonError { wanted: message.name, source };
    let mut out = Writer::new();
    let mut reader = reader(json);
    loop {
        message::read(&mut reader, message, &mut out).map_err(failed)?;
        if reader.end().is_ok() {
            return Ok(out.into_bytes());
        }
    }
}

/// Its own limit of depth is below that of the protobuf decoder; [`message`] has one that is not.
fn reader(json: &[u8]) -> serde_json::Deserializer<serde_json::de::SliceRead<'_>> {
    let mut reader = serde_json::Deserializer::from_slice(json);
    reader.disable_recursion_limit();
    reader
}
