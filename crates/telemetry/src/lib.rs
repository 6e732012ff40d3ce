#![doc = include_str!("../README.md")]
//!
//! # Map
//!
//! Modules, lowest layer first; each imports only from those listed before it:
//!
//! | module | contents |
//! |---|---|
//! | `semconv`, `redact` | values of the HTTP conventions; redaction of secrets |
//! | `filter`, `sampler`, `ids` | what is traced and printed; head sampling; random ids |
//! | `otlp` | the data of a span, its limits and its encoding |
//! | `env` | all environment variables that are read ([`VARIABLES`]) |
//! | `stderr_log`, `log_rate` | log lines that never block the process; the limit of repeated ones |
//! | `error_chain`, `log_lines` | an error with its sources as one line; events as log lines |
//! | `log_records` | records of the `log` crate as events |
//! | `resource` | the attributes that identify this process |
//! | `propagation` | trace contexts and baggage in headers: W3C, B3, X-Ray |
//! | `export` | the queue of finished spans, the exporter thread, OTLP over HTTP and gRPC |
//! | `signals` | metrics and logs |
//! | `rollbar` | errors as items of Rollbar (the feature `rollbar`) |
//! | `xray` | AWS X-Ray: its OTLP endpoint, its daemon, its sampling rules (the feature `xray`) |
//! | [`destinations`] | one span or error to a destination, and what came of it in words; markers |
//! | `span` | the `tracing` subscriber and layer: open spans, ids and sampling of new ones, the current span |
//! | `exceptions` | errors as `exception` events |
//! | `span_ext` | OpenTelemetry's side of a `tracing` span ([`OpenTelemetrySpanExt`]) |
//! | `start` | [`init`], [`layer`], [`builder`] and [`Telemetry::shutdown`] |
//! | [`carrier`] | a trace context that is stored with a row or message |
//! | [`database`], [`messaging`] | spans of database statements and of messages |
//! | [`server`], [`client`] | middlewares for actix-web and reqwest: server and client spans |
//! | [`testing`] | spans that are read back in tests of the application |
//!
//! [`moving`] explains how an existing service moves to this crate.

#![warn(missing_docs)]

#[doc = include_str!("../MOVING.md")]
pub mod moving {}

pub mod carrier;
pub mod client;
pub mod database;
pub mod destinations;
pub mod messaging;
pub mod server;
pub mod testing;

mod env;
mod error_chain;
mod exceptions;
mod export;
mod filter;
mod ids;
mod log_lines;
mod log_rate;
mod log_records;
mod otlp;
mod propagation;
mod redact;
mod resource;
#[cfg(feature = "rollbar")]
mod rollbar;
mod sampler;
mod semconv;
mod signals;
mod span;
mod span_ext;
mod start;
mod stderr_log;
#[cfg(feature = "xray")]
mod xray;

pub use env::{VARIABLES, Variable, misspelt_variables};
pub use exceptions::{Exception, record_error};
pub use export::{ExportError, TlsError};
pub use log_lines::LogFormat;
pub use resource::Service;
#[cfg(feature = "rollbar")]
pub use rollbar::ROLLBAR_TARGET;
pub use span::trace_id_of_current;
#[cfg(feature = "rollbar")]
pub use span::{reports_to_rollbar, rollbar_problem};
pub use span_ext::{OpenTelemetrySpanExt, SetParentError};
pub use start::{
    Builder, FlushError, InitError, LogFilterError, ShutdownError, Telemetry, builder, init, init_from,
    layer, layer_from,
};
pub use stderr_log::StderrLog;
