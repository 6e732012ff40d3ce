//! From finished spans to an OTLP backend.
//!
//! - `queue`: where finished spans wait; `batch`: as what
//! - `worker`: the thread that empties it, with retries and warnings
//! - `build`: from the environment to a sink; `foreign`: spans of OpenTelemetry's own API
//! - `sink`: where a batch goes; `encode` makes its bytes (`json` its text), `transport` and `tls` carry them (`grpc` over gRPC),
//!   `response` reads the answer

mod batch;
pub(crate) mod build_sink;
mod console;
mod encode;
#[cfg(test)]
mod encode_tests;
mod grpc;
mod json;
pub(crate) mod log_limiter;
pub(crate) mod queue;
mod response;
pub(crate) mod sdk_bridge;
pub(crate) mod sink;
mod tls;
pub(crate) mod transport;
pub(crate) mod worker;

pub use build_sink::ExportError;
pub use tls::TlsError;

/// What lies beneath an error, without naming the library it comes from.
type Cause = Box<dyn std::error::Error + Send + Sync>;
