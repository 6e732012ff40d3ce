//! Tracing for actix-web and reqwest: one call to start, exact spans, nothing lost.
//!
//! What lives where:
//!
//! - `start`: [`init`], the value that `main` holds, and its shutdown
//! - [`server`]: the middleware that makes a span of each request
//! - [`client`]: the same for requests that go out
//! - [`database`], [`messaging`]: spans of the calls that are not HTTP
//! - [`carrier`]: a trace context that waits in a table
//! - `propagation`: what is read from and written to headers
//! - `export`: from finished spans to an OTLP backend
//! - `bridge`: between `tracing`'s spans and OpenTelemetry's contexts

#![warn(missing_docs)]

pub mod carrier;
pub mod client;
pub mod database;
pub mod messaging;
pub mod server;

mod bridge;
mod errors;
mod export;
mod http;
mod logs;
mod propagation;
mod redact;
mod start;

pub use bridge::trace_id_of_current;
pub use errors::record_error;
pub use start::{InitError, Service, ShutdownError, Telemetry, init};
