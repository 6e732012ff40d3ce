//! Trace files, as programs and backends write them, become export requests.
//!
//! A file holds JSON values, one after the other or on a line each; lists at the top may be nested twice. Each object is a
//! document, whose keys tell its format:
//!
//! | module | format |
//! |---|---|
//! | `documents`, `lists` | splits a file into documents, and a list into its values |
//! | `format` | detects the format of each |
//! | [`otlp`](crate::otlp) | OTLP, also from Jaeger's and Tempo's APIs |
//! | `jaeger` | Jaeger's traces |
//! | `zipkin` | spans of Zipkin's API, version 2 |
//! | `go_stdout` | spans of Go's `stdouttrace` |
//! | `python_console` | spans of Python's `ConsoleSpanExporter` |
//! | `span_writer`, `attributes`, `timestamp` | what the last three share |

mod attributes;
mod documents;
mod format;
mod go_stdout;
mod lists;
mod python_console;
mod span_writer;
mod timestamp;
mod zipkin;

use thiserror::Error;

use self::{documents::Document, format::Format, span_writer::SpanWriter};
use crate::{jaeger, json_text, otlp::Output, otlp::read_logs_document, otlp::read_traces_document};

/// Content of a file as protobuf requests. Empty for a signal that the file does not contain.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Requests {
    /// An `ExportTraceServiceRequest`.
    pub traces: Vec<u8>,
    /// An `ExportLogsServiceRequest`.
    pub logs: Vec<u8>,
    /// Times before 1970, which became zero (unset), and after 2554, which became the latest.
    pub clamped_times: u64,
}

/// Why a file was not read.
#[derive(Debug, Error)]
pub enum FileError {
    #[error("the file is empty")]
    Empty,
    #[error("the file is not JSON")]
    Json(#[source] serde_json::Error),
    #[error("{0}")]
    Unsupported(&'static str),
    #[error(
        "unknown file format: expected OTLP JSON (a top-level key resourceSpans, resourceLogs, result, trace or batches), \
         Jaeger JSON (data or spans), or spans of Zipkin (traceId and id), of Go's stdouttrace (SpanContext) or of \
         Python's ConsoleSpanExporter (context)"
    )]
    Unknown,
    #[error("the file looks like {format}, but is invalid{}", if *.line > 1 {
        format!(" in the document that begins on line {line}")
    } else {
        String::new()
    })]
    Invalid {
        /// Its name.
        format: &'static str,
        /// Where the document begins.
        line: usize,
        #[source]
        source: serde_json::Error,
    },
}

/// Translates a file to export requests. Its text is repaired as in [`json_text`].
///
/// # Errors
/// [`FileError`] for invalid JSON and unknown formats.
pub fn to_requests(json: &[u8]) -> Result<Requests, FileError> {
    let text = json_text::decode(json);
    if text.trim().is_empty() {
        return Err(FileError::Empty);
    }
    let mut file = File::default();
    let mut is_empty = true;
    documents::each(&text, |document| {
        is_empty = false;
        file.add(&document)
    })?;
    if is_empty { Err(FileError::Unknown) } else { Ok(file.into_requests()) }
}

/// The content of the documents so far.
#[derive(Default)]
struct File {
    traces: Output,
    logs: Output,
    spans: SpanWriter,
}

impl File {
    fn add(&mut self, document: &Document<'_>) -> Result<(), FileError> {
        let text = document.text;
        let format = Format::of(text).map_err(FileError::Json)?.ok_or(FileError::Unknown)?;
        let read = match format {
            Format::Otlp => read_traces_document(text, &mut self.traces)
                .and_then(|()| read_logs_document(text, &mut self.logs)),
            Format::Jaeger => jaeger::read_document(text, &mut self.traces),
            Format::Zipkin => zipkin::read(text, &mut self.spans),
            Format::GoStdout => go_stdout::read(text, &mut self.spans),
            Format::PythonConsole => python_console::read(text, &mut self.spans),
            Format::Unsupported(why) => return Err(FileError::Unsupported(why)),
        };
        let line = || document.line();
        read.map_err(|source| FileError::Invalid { format: format.name(), line: line(), source })
    }

    fn into_requests(self) -> Requests {
        let Self { traces, logs, spans } = self;
        let (spans, clamp) = spans.finish();
        // Concatenated requests are one request.
        let mut request = traces.writer.into_bytes();
        request.extend(spans);
        Requests {
            traces: request,
            logs: logs.writer.into_bytes(),
            clamped_times: traces.clamp.count + logs.clamp.count + clamp.count,
        }
    }
}
