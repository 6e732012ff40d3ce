//! From finished spans to an OTLP backend.
//!
//! - `queue`: where finished spans wait; `batch`: as what
//! - `worker`: the thread that empties it, with retries and warnings
//! - `build`: from the environment to a sink; `foreign`: spans of OpenTelemetry's own API
//! - `sink`: where a batch goes; `encode` makes its bytes (`json` its text), `transport` and `tls` carry them (`grpc` over gRPC),
//!   `response` reads the answer

mod backend;
pub(crate) mod build_sink;
mod console;
mod error;
mod grpc;
mod json;
pub(crate) mod log_limiter;
pub(crate) mod queue;
pub(crate) mod sdk_bridge;
pub(crate) mod sink;
mod tls;
pub(crate) mod transport;
pub(crate) mod worker;

pub use error::{ExportError, TlsError};
