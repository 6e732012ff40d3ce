#![doc = include_str!("../README.md")]
//!
//! # Map
//!
//! A module imports only modules below it in this list.
//!
//! | module | contents |
//! |---|---|
//! | [`server`], [`client`] | middlewares for actix-web and reqwest: server and client spans |
//! | [`database`], [`messaging`] | spans of database statements and of messages |
//! | [`carrier`] | a trace context that is stored with a row or message |
//! | `start` | [`init`] and [`Telemetry::shutdown`] |
//! | `exceptions` | errors as `exception` events |
//! | `span` | the `tracing` subscriber: open spans, ids and sampling of new ones, the current span |
//! | `signals` | metrics and logs |
//! | `export` | the queue of finished spans, the exporter thread, OTLP over HTTP and gRPC |
//! | `propagation` | trace contexts and baggage in headers: W3C, B3, X-Ray |
//! | `resource` | the attributes that identify this process |
//! | `stderr_log`, `error_chain` | events on standard error; an error with its sources as one line |
//! | `env` | all environment variables that are read ([`VARIABLES`]) |
//! | `otlp` | the data of a span, its limits and its encoding |
//! | `filter`, `sampler`, `ids` | what is traced and printed; head sampling; random ids |
//! | `semconv`, `redact` | values of the HTTP conventions; redaction of secrets |
//!
//! [`moving`] explains how an existing service moves to this crate.

#![warn(missing_docs)]

#[doc = include_str!("../MOVING.md")]
pub mod moving {}

pub mod carrier;
pub mod client;
pub mod database;
pub mod messaging;
pub mod server;

mod env;
mod error_chain;
mod exceptions;
mod export;
mod filter;
mod ids;
mod otlp;
mod propagation;
mod redact;
mod resource;
mod sampler;
mod semconv;
mod signals;
mod span;
mod start;
mod stderr_log;

pub use env::{VARIABLES, Variable};
pub use exceptions::{Exception, record_error};
pub use export::{ExportError, TlsError};
pub use resource::Service;
pub use span::trace_id_of_current;
pub use start::{InitError, ShutdownError, Telemetry, init, init_from};
