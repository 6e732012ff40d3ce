//! What a trace is: ids, spans, reading and writing OTLP, the tree. Pure: no I/O, no clock, no threads.
//!
//! | module | what lives there |
//! |---|---|
//! | [`id`], [`time`] | [`TraceId`], [`SpanId`], [`Nanos`]: exact, never plain integers |
//! | [`wire`] | the protobuf wire format: a total reader and a small writer |
//! | [`span`], [`log`], [`origin`], [`value`] | [`Span`], [`LogRecord`] and their parts, borrowed from the bytes they arrived in |
//! | [`otlp`] | export requests of spans and of logs from protobuf and from JSON; OTLP JSON out |
//! | [`jaeger`] | Jaeger's legacy JSON in and out |
//! | [`trace_file`] | files of traces in whichever JSON |
//! | [`tree`] | who is below whom: rows in preorder, orphans, cycles, duplicates |
//!
//! One representation runs through it: the protobuf bytes of a span or a log record, as they came. JSON is turned into them on
//! the way in, and everything that is shown is decoded from them on demand, so that receiving stays cheap and
//! nothing that a span said is lost. Every decoder is total: it answers for any bytes, allocates nothing in
//! proportion to a number that the sender merely claims, and reports what is bad beside what is good.

pub mod id;
pub mod jaeger;
pub mod log;
pub mod origin;
pub mod otlp;
pub mod span;
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
