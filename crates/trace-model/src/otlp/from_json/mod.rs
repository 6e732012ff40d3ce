//! Translates export requests from OTLP JSON to protobuf, so that both encodings share one decoder.
//!
//! The translation streams: it writes protobuf while it parses, without a JSON tree. It accepts what proto3's JSON
//! mapping allows (<https://protobuf.dev/programming-guides/json/>): `null` for a missing field, 64-bit integers
//! as string or number, doubles as number, "NaN" or "Infinity", ids in hex of either case. Unknown fields are
//! skipped. Anything else, such as a number where a string belongs, is an error for the whole request.

mod descriptor;
mod message;
mod scalar;
mod schema;

use thiserror::Error;

use self::descriptor::Message;
use crate::wire::Writer;

/// The text is not an export request in JSON.
#[derive(Debug, Error)]
#[error("the body is not {expected} in JSON")]
pub struct JsonError {
    expected: &'static str,
    #[source]
    source: serde_json::Error,
}

/// Translates an `ExportTraceServiceRequest` from JSON to protobuf. An id that is not hex becomes an invalid id,
/// so its span is rejected later.
///
/// # Errors
/// [`JsonError`] for invalid JSON or JSON of another schema.
pub fn traces_to_protobuf(json: &[u8]) -> Result<Vec<u8>, JsonError> {
    translate(json, &schema::TRACES)
}

/// Translates an `ExportLogsServiceRequest` from JSON to protobuf. An id that is not hex counts as missing.
///
/// # Errors
/// [`JsonError`] for invalid JSON or JSON of another schema.
pub fn logs_to_protobuf(json: &[u8]) -> Result<Vec<u8>, JsonError> {
    translate(json, &schema::LOGS)
}

/// Translates a trace file to one `ExportTraceServiceRequest`. The file may contain several JSON values, one per
/// line or otherwise separated, as the Collector's file exporter and Jaeger's streams write them.
///
/// # Errors
/// [`JsonError`] for invalid JSON or JSON of another schema.
pub fn traces_file_to_protobuf(json: &[u8]) -> Result<Vec<u8>, JsonError> {
    translate_all(json, &schema::TRACES_FILE)
}

/// Like [`traces_file_to_protobuf`], for an `ExportLogsServiceRequest`.
///
/// # Errors
/// [`JsonError`] for invalid JSON or JSON of another schema.
pub fn logs_file_to_protobuf(json: &[u8]) -> Result<Vec<u8>, JsonError> {
    translate_all(json, &schema::LOGS)
}

fn translate(json: &[u8], message: &'static Message) -> Result<Vec<u8>, JsonError> {
    let failed = |source| JsonError { expected: message.name, source };
    let mut out = Writer::new();
    let mut reader = reader(json);
    message::read(&mut reader, message, &mut out).map_err(failed)?;
    reader.end().map_err(failed)?;
    Ok(out.into_bytes())
}

/// Translates several values. Concatenated protobuf requests are one request, because their fields are repeated.
fn translate_all(json: &[u8], message: &'static Message) -> Result<Vec<u8>, JsonError> {
    let failed = |source| JsonError { expected: message.name, source };
    let mut out = Writer::new();
    let mut reader = reader(json);
    loop {
        message::read(&mut reader, message, &mut out).map_err(failed)?;
        if reader.end().is_ok() {
            return Ok(out.into_bytes());
        }
    }
}

/// A reader without recursion limit. Its limit is below that of the protobuf decoder; [`message`] has its own.
fn reader(json: &[u8]) -> serde_json::Deserializer<serde_json::de::SliceRead<'_>> {
    let mut reader = serde_json::Deserializer::from_slice(json);
    reader.disable_recursion_limit();
    reader
}
