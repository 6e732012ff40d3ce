//! Jaeger's legacy JSON, as its trace page and Grafana's data source read it: `{"data": [trace, ..]}`.
//!
//! Schema: `internal/uimodel` of jaegertracing/jaeger. OpenTelemetry fields that Jaeger lacks become tags, with
//! the names that Jaeger's own translation from OTLP uses (`tags`). When read, these tags become fields again, and
//! writing the result yields the same bytes. Unlike OTLP JSON, the format is lossy:
//!
//! - A trace id whose first half is zero is written with 16 digits, as Jaeger does. Ids of 1 to 32 digits are
//!   read.
//! - Times are truncated to microseconds. A span that ends before it starts gets duration zero and a warning.
//! - Arrays and maps become JSON in a string, an empty value becomes an empty string.
//! - Only the low eight bits of the flags are kept.
//! - Schema URLs, attributes of scopes and links, `tracestate` of links, and all dropped counts are lost.
//! - Log records are not written. Jaeger's `logs` are span events, and are read as such.
//! - Spans that differ only in lost fields become one span when they are read back.
//! - For Jaeger's page, references that close a cycle can be left out ([`Trace::without_cycles`]).
//! - A tag `error` with value `true`, without `otel.status_code`, is read as an error status, as Jaeger does.

mod cycles;
mod read;
mod reference;
mod tags;
mod uimodel;
mod write;

pub(crate) use read::read_document;
pub use tags::{ERROR, SPAN_KIND, STATUS_CODE, is_field as is_field_tag};
pub use write::{Trace, shows};
