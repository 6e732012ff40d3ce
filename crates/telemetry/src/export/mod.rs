//! From finished spans to an OTLP backend.
//!
//! - `queue`: where finished spans wait
//! - `worker`: the thread that empties it, with retries and warnings
//! - `build`: from the environment to a sink; `foreign`: spans of OpenTelemetry's own API
//! - `sink`: where a batch goes; `encode` and `wire` make its bytes, `transport` and `tls` carry them, `response` reads the answer

pub(crate) mod build;
mod console;
mod encode;
#[cfg(test)]
mod encode_tests;
pub(crate) mod foreign;
pub(crate) mod queue;
mod response;
pub(crate) mod sink;
mod tls;
pub(crate) mod transport;
mod warnings;
mod wire;
pub(crate) mod worker;

pub use build::ExportError;
pub use tls::TlsError;

/// A runtime for one exporter's thread.
fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}
