//! Exports finished spans to an OTLP backend or to the console.
//!
//! - `span_export`: what runs, for one destination or several (`fan_out`)
//! - `queue`: the bounded queue of finished spans; `worker`: empties it, on a `sender_thread`; `log_limiter`: bounds
//!   its warnings
//! - `sink`: the trait of a destination; `build_sink`: builds one; `backend`: OTLP; `console`: standard output
//! - `request_limits`: what a destination takes in one request; `partial_success`: what a backend rejected of a batch that it accepted
//! - `transport`: the HTTP client; `connector`: its connections, through a proxy or direct; `tls`: its certificates; `grpc`, `json`: encodings other than protobuf over HTTP
//! - `answer`: what failures mean, in words for the log; `clock`: the clock of a destination
//! - `sdk_bridge`: spans of OpenTelemetry's API; `error`: errors of building an exporter

pub(crate) mod answer;
pub(crate) mod backend;
pub(crate) mod build_sink;
pub(crate) mod clock;
mod connector;
mod console;
mod error;
mod fan_out;
mod grpc;
mod json;
pub(crate) mod log_limiter;
mod partial_success;
pub(crate) mod queue;
pub(crate) mod request_limits;
pub(crate) mod sdk_bridge;
pub(crate) mod sender_thread;
pub(crate) mod sink;
pub(crate) mod span_export;
mod tls;
pub(crate) mod transport;
pub(crate) mod worker;

pub(crate) use console::hex;
pub use error::{ExportError, TlsError};
