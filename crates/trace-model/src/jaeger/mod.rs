//! Jaeger's legacy JSON, as its trace page and Grafana's data source read it: `{"data": [trace, ..]}`.
//!
//! Shape: `internal/uimodel` of jaegertracing/jaeger. What OpenTelemetry has and Jaeger has not becomes tags, named as
//! Jaeger's own translation from OTLP names them (`tags`); read back, they become fields again, and writing what was read
//! gives the same bytes. OTLP JSON says all that a span says; this does not:
//!
//! - a trace id whose first half is zero has 16 digits, as Jaeger writes it; read are 1 to 32
//! - times are cut to microseconds; a span that ends before it starts lasts nothing and carries a warning
//! - arrays and maps become their JSON as text, an empty value becomes an empty text
//! - of flags the low eight bits are left
//! - lost are schema URLs, the attributes of scopes and links, the `tracestate` of links, all counts of what was dropped
//! - log records are left out: Jaeger's `logs` are the events of a span, and are read as such
//! - spans that differ in no more than that are one span when they are read back
//! - for Jaeger's page, references that run in a circle can be left out ([`Trace::without_cycles`])
//! - a tag `error` that is `true`, without `otel.status_code`, is a status, as Jaeger reads it

mod cycles;
mod read;
mod reference;
mod tags;
mod uimodel;
mod write;

pub use read::{JaegerError, to_protobuf};
pub use write::Trace;
