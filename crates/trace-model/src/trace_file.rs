//! Trace files in OTLP JSON or Jaeger JSON. The format is detected by the top-level keys; the result is export
//! requests.

use serde::{Deserialize, de::IgnoredAny};
use thiserror::Error;

use crate::{
    jaeger::{self, JaegerError},
    otlp::{self, JsonError},
};

/// Content of a file as protobuf requests. Empty for a signal that the file does not contain.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Requests {
    /// An `ExportTraceServiceRequest`.
    pub traces: Vec<u8>,
    /// An `ExportLogsServiceRequest`.
    pub logs: Vec<u8>,
}

/// Why a file was not read.
#[derive(Debug, Error)]
pub enum FileError {
    #[error("the file is not JSON")]
    Json(#[source] serde_json::Error),
    #[error(
        "unknown file format: expected a top-level key of OTLP JSON (resourceSpans, resourceLogs, result, trace or \
         batches) or of Jaeger JSON (data)"
    )]
    Unknown,
    #[error("the file looks like OTLP JSON, but is invalid")]
    Otlp(#[from] JsonError),
    #[error("the file looks like Jaeger JSON, but is invalid")]
    Jaeger(#[from] JaegerError),
}

/// Top-level keys of the first JSON value.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TopLevelKeys {
    resource_spans: Option<IgnoredAny>,
    resource_logs: Option<IgnoredAny>,
    result: Option<IgnoredAny>,
    trace: Option<IgnoredAny>,
    batches: Option<IgnoredAny>,
    data: Option<IgnoredAny>,
    spans: Option<IgnoredAny>,
}

impl TopLevelKeys {
    const fn is_otlp(&self) -> bool {
        self.resource_spans.is_some()
            || self.resource_logs.is_some()
            || self.result.is_some()
            || self.trace.is_some()
            || self.batches.is_some()
    }

    const fn is_jaeger(&self) -> bool {
        self.data.is_some() || self.spans.is_some()
    }
}

/// Translates OTLP JSON (one value or several) and Jaeger JSON to export requests. Skips a byte order mark.
///
/// # Errors
/// [`FileError`] for invalid JSON and unknown formats.
pub fn to_requests(json: &[u8]) -> Result<Requests, FileError> {
    let json = json.strip_prefix(b"\xef\xbb\xbf").unwrap_or(json);
    let mut values = serde_json::Deserializer::from_slice(json).into_iter::<TopLevelKeys>();
    let keys = values.next().ok_or(FileError::Unknown)?.map_err(FileError::Json)?;
    if keys.is_otlp() {
        let traces = otlp::traces_file_to_protobuf(json)?;
        return Ok(Requests { traces, logs: otlp::logs_file_to_protobuf(json)? });
    }
    if keys.is_jaeger() {
        return Ok(Requests { traces: jaeger::to_protobuf(json)?, logs: Vec::new() });
    }
    Err(FileError::Unknown)
}
