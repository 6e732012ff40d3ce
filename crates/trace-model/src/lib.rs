//! Data model of traces: ids, spans, log records, OTLP decoding and encoding, the span tree.
//!
//! Pure: no I/O, no clock, no threads.
//!
//! | module | content |
//! |---|---|
//! | [`id`], [`time`] | [`TraceId`], [`SpanId`], [`Nanos`]: exact, never plain integers |
//! | [`wire`] | the protobuf wire format: a reader that accepts any bytes, and a writer |
//! | [`span`], [`log`], [`origin`], [`value`] | [`Span`], [`LogRecord`] and their fields, borrowed from received bytes |
//! | [`canonical`] | one encoding of an attribute, to compare attributes of different senders |
//! | [`otlp`] | export requests of spans and logs from protobuf and JSON; OTLP JSON output |
//! | [`jaeger`] | Jaeger's legacy JSON, reading and writing |
//! | [`trace_file`] | trace files in OTLP, Jaeger and Zipkin JSON, and those of Go's and Python's exporters |
//! | [`json_text`] | text of JSON, made valid |
//! | [`tree`] | layout of the span tree: rows in preorder, orphans, cycles, duplicates |
//! | [`span_text`] | what a line about a span says: its note, the error message of a failed one |
//! | [`peer`] | what a call was made to, as the caller's span names it |
//! | [`analysis`] | judgements about a trace: root cause, critical path, self time, missing parents, clocks |
//!
//! The canonical representation of a span or log record is its protobuf message, byte for byte as received. JSON
//! is translated to protobuf on input. Fields are decoded on demand, so receiving is cheap and no field is lost.
//!
//! Invariants of every decoder: it accepts any bytes without panicking, it never allocates in proportion to a
//! length that the sender merely claims, and it returns the valid records together with the errors of the invalid
//! ones.

pub mod analysis;
pub mod canonical;
pub mod id;
pub mod jaeger;
pub mod json_text;
pub mod log;
mod micros;
pub mod origin;
pub mod otlp;
pub mod peer;
pub mod span;
pub mod span_text;
pub mod time;
pub mod trace_file;
pub mod tree;
pub mod value;
pub mod wire;

pub use id::{IdError, SpanId, TraceId};
pub use log::LogRecord;
pub use origin::{Origin, Resource, Scope};
pub use span::{Event, Link, Span, SpanKind, Status, StatusCode};
pub use time::Nanos;
pub use value::{Attribute, Value};
