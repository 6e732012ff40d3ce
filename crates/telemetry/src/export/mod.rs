//! Exports finished spans to an OTLP backend or to the console.
//!
//! - `span_export`: what runs, for one destination or several (`fan_out`)
//! - `queue`: the bounded queue of finished spans; `worker`: empties it, on a `sender_thread`; `log_limiter`: bounds
//!   its warnings
//! - `sink`: the trait of a destination; `build_sink`: builds one; `backend`: OTLP; `console`: standard output
//! - `request_limits`: what a destination takes in one request; `split`: batches that it refused as too large; `split_request`: the same for metrics and log records; `partial_success`: what a backend rejected of a batch that it accepted
//! - `transport`: the HTTP client; `body`: the body of its requests; `connector`: its connections, through a proxy or direct; `first_bytes`: what the port speaks; `tls`: its certificates; `grpc`, `json`, `gzip`: encodings other than protobuf over HTTP
//! - `answer`: what failures mean, in words for the log; `advice`: what to do about them; `head`: `Retry-After`, and pages in place of answers; `retry_info`: the same over gRPC; `clock`: the clock of a destination
//! - `custom`: processors and exporters of the application as destinations; `block_on`: runs an exporter; `pending`: a flush or
//!   shutdown with a deadline
//! - `sdk_bridge`: spans of OpenTelemetry's API; `error`: errors of building an exporter

mod advice;
pub(crate) mod answer;
pub(crate) mod backend;
mod block_on;
mod body;
pub(crate) mod build_sink;
pub(crate) mod clock;
mod connector;
mod console;
pub(crate) mod custom;
mod error;
mod fan_out;
mod first_bytes;
mod grpc;
mod gzip;
pub(crate) mod head;
mod json;
pub(crate) mod log_limiter;
mod partial_success;
pub(crate) mod pending;
pub(crate) mod queue;
pub(crate) mod request_limits;
mod retry_info;
pub(crate) mod sdk_bridge;
pub(crate) mod sender_thread;
pub(crate) mod sink;
pub(crate) mod span_export;
mod split;
mod split_request;
mod tls;
pub(crate) mod transport;
pub(crate) mod worker;

pub(crate) use console::hex;
pub use error::{ExportError, TlsError};
