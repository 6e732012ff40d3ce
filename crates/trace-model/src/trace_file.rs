//! A file of traces, in whichever JSON it is: told apart by what stands at its top, translated to export requests.

use serde::{Deserialize, de::IgnoredAny};
use thiserror::Error;

use crate::{
    jaeger::{self, JaegerError},
    otlp::{self, JsonError},
};

/// What a file holds, in protobuf. Empty where it has nothing of the kind.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Requests {
    /// An `ExportTraceServiceRequest`.
    pub traces: Vec<u8>,
    /// An `ExportLogsServiceRequest`.
    pub logs: Vec<u8>,
}

/// Why a file cannot be read.
#[derive(Debug, Error)]
pub enum FileError {
    #[error("the file is not JSON")]
    Json(#[source] serde_json::Error),
    #[error(
        "the file holds no traces that are known here: OTLP JSON has resourceSpans (or result, trace, batches) or \
         resourceLogs at its top, Jaeger's JSON has data"
    )]
    Unknown,
    #[error("it looks like OTLP JSON, but cannot be read")]
    Otlp(#[from] JsonError),
    #[error("it looks like Jaeger's JSON, but cannot be read")]
    Jaeger(#[from] JaegerError),
}

/// What stands at the top of the first JSON value.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Top {
    resource_spans: Option<IgnoredAny>,
    resource_logs: Option<IgnoredAny>,
    result: Option<IgnoredAny>,
    trace: Option<IgnoredAny>,
    batches: Option<IgnoredAny>,
    data: Option<IgnoredAny>,
    spans: Option<IgnoredAny>,
}

impl Top {
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

/// Reads OTLP JSON, one value or many, and Jaeger's JSON.
///
/// # Errors
/// [`FileError`] says what was expected.
pub fn to_requests(json: &[u8]) -> Result<Requests, FileError> {
    let json = json.strip_prefix(b"\xef\xbb\xbf").unwrap_or(json);
    let mut values = serde_json::Deserializer::from_slice(json).into_iter::<Top>();
    let top = values.next().ok_or(FileError::Unknown)?.map_err(FileError::Json)?;
    if top.is_otlp() {
        let traces = otlp::traces_file_to_protobuf(json)?;
        return Ok(Requests { traces, logs: otlp::logs_file_to_protobuf(json)? });
    }
    if top.is_jaeger() {
        return Ok(Requests { traces: jaeger::to_protobuf(json)?, logs: Vec::new() });
    }
    Err(FileError::Unknown)
}
