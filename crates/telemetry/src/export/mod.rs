//! Exports finished spans to an OTLP backend or to the console.
//!
//! - `queue`: the bounded queue of finished spans; `worker`: empties it, on a `sender_thread`; `log_limiter`: bounds
//!   its warnings
//! - `sink`: the trait of a destination; `build_sink`: builds one; `backend`: OTLP; `console`: standard output
//! - `transport`: the HTTP client; `tls`: its certificates; `grpc`, `json`: encodings other than protobuf over HTTP
//! - `sdk_bridge`: spans of OpenTelemetry's API; `error`: errors of building an exporter

mod backend;
pub(crate) mod build_sink;
mod console;
mod error;
mod grpc;
mod json;
pub(crate) mod log_limiter;
pub(crate) mod queue;
pub(crate) mod sdk_bridge;
pub(crate) mod sender_thread;
pub(crate) mod sink;
mod tls;
pub(crate) mod transport;
pub(crate) mod worker;

pub(crate) use console::hex;
pub use error::{ExportError, TlsError};
