#![doc = include_str!("../README.md")]
//!
//! # Map
//!
//! - `start`: [`init`], the value that `main` holds, and its shutdown
//! - [`server`]: the middleware that makes a span of each request
//! - [`client`]: the same for requests that go out
//! - [`database`], [`messaging`]: spans of the calls that are not HTTP
//! - [`carrier`]: a trace context that waits in a table
//! - `propagation`: what is read from and written to headers
//! - `env`: every variable that is read
//! - `span`: from `tracing`'s spans to finished OpenTelemetry spans
//! - `otlp`: attributes as they are sent; `export`: from finished spans to an OTLP backend
//! - [`moving`]: an existing service's way here
//! - `signals`: metrics and logs
//! - `lines`, `filter`: what is printed, and why that never cuts a trace

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
