//! Translates export requests from OTLP JSON to protobuf, so that both encodings share one decoder.
//!
//! The translation streams: it writes protobuf while it parses, without a JSON tree. It accepts what proto3's JSON
//! mapping allows (<https://protobuf.dev/programming-guides/json/>): `null` for a missing field, 64-bit integers
//! as string or number, doubles as number, "NaN" or "Infinity", ids in hex of either case. Unknown fields are
//! skipped. Anything else, such as a number where a string belongs, is an error for the whole request.

mod descriptor;
mod message;
mod output;
mod scalar;
mod schema;

use thiserror::Error;

use self::descriptor::Message;
pub(crate) use self::output::Output;
use crate::json_text;

/// The text is not an export request in JSON.
#[derive(Debug, Error)]
#[error("the body is not {expected} in JSON")]
pub struct JsonError {
    expected: &'static str,
    #[source]
    source: serde_json::Error,
}

/// An export request that was translated from JSON.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Translated {
    pub protobuf: Vec<u8>,
    /// Times that protobuf does not hold: those before 1970 became zero (unset), those after 2554 the latest.
    pub clamped_times: u64,
}

/// Says that times were clamped. `None` when none were.
pub fn clamped_times_message(times: u64) -> Option<String> {
    let of_times = match times {
        0 => return None,
        1 => "1 time was".to_owned(),
        times => format!("{times} times were"),
    };
    Some(format!(
        "{of_times} out of range: before 1970 they became unset, after 2554 the latest that OTLP has"
    ))
}

/// Translates an `ExportTraceServiceRequest` from JSON to protobuf. An id that is not hex becomes an invalid id,
/// so its span is rejected later.
///
/// # Errors
/// [`JsonError`] for invalid JSON or JSON of another schema.
pub fn traces_to_protobuf(json: &[u8]) -> Result<Translated, JsonError> {
    translate(json, &schema::TRACES)
}

/// Translates an `ExportLogsServiceRequest` from JSON to protobuf. An id that is not hex counts as missing.
///
/// # Errors
/// [`JsonError`] for invalid JSON or JSON of another schema.
pub fn logs_to_protobuf(json: &[u8]) -> Result<Translated, JsonError> {
    translate(json, &schema::LOGS)
}

fn translate(json: &[u8], message: &'static Message) -> Result<Translated, JsonError> {
    let mut out = Output::default();
    read(&json_text::decode(json), message, &mut out)
        .map_err(|source| JsonError { expected: message.name, source })?;
    Ok(Translated { protobuf: out.writer.into_bytes(), clamped_times: out.clamp.count })
}

/// Appends the spans of a document of a trace file, which may be in the envelope of Jaeger or Tempo.
pub(crate) fn read_traces_document(json: &str, out: &mut Output) -> Result<(), serde_json::Error> {
    read(json, &schema::TRACES_FILE, out)
}

/// Appends the log records of a document of a trace file.
pub(crate) fn read_logs_document(json: &str, out: &mut Output) -> Result<(), serde_json::Error> {
    read(json, &schema::LOGS, out)
}

/// Appends one message. Concatenated protobuf requests are one request, because their fields are repeated.
fn read(json: &str, message: &'static Message, out: &mut Output) -> Result<(), serde_json::Error> {
    let mut reader = serde_json::Deserializer::from_str(json);
    // Its limit is below that of the protobuf decoder; `message` has its own.
    reader.disable_recursion_limit();
    message::read(&mut reader, message, out)?;
    reader.end()
}
