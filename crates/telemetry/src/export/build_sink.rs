//! From what the environment says to a sink.

use ::http::header::{HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use opentelemetry_sdk::Resource;
use thiserror::Error;

use super::encode::Encoder;
use super::sink::{Backend, Sink};
use super::tls::TlsError;
use super::transport::Transport;
use super::{Cause, console};
use crate::env::{Exporter, Otlp, Protocol};

/// Why an exporter could not be made.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The certificates are not usable.
    #[error("TLS cannot be set up")]
    Tls(#[from] TlsError),
    /// The operating system gave no runtime or no thread.
    #[error("the exporter's thread could not be started")]
    Thread(#[source] Cause),
    /// The endpoint is no URL.
    #[error("the OTLP endpoint is no URL")]
    Endpoint(#[source] Cause),
    /// OpenTelemetry's own exporter refused.
    #[error("OpenTelemetry's exporter could not be made")]
    Otlp(#[source] Cause),
    /// `OTEL_EXPORTER_OTLP_PROTOCOL=grpc` without the crate's feature `grpc`.
    #[error("OTEL_EXPORTER_OTLP_PROTOCOL=grpc needs telemetry's feature `grpc`; use http/protobuf")]
    NoGrpc,
}

impl ExportError {
    pub(crate) fn runtime(error: std::io::Error) -> Self {
        Self::Thread(error.into())
    }
}

/// The destination of spans; `None` when they go nowhere.
pub(crate) fn span_sink(
    exporter: &Exporter,
    resource: &Resource,
) -> Result<Option<Box<dyn Sink>>, ExportError> {
    Ok(match exporter {
        Exporter::None => None,
        Exporter::Console => Some(Box::new(console::Console)),
        Exporter::Otlp(otlp) => Some(Box::new(backend(otlp, resource)?)),
    })
}

fn backend(otlp: &Otlp, resource: &Resource) -> Result<Backend, ExportError> {
    Ok(Backend {
        transport: Transport::new(otlp)?,
        endpoint: otlp
            .endpoint
            .parse()
            .map_err(|error: ::http::uri::InvalidUri| ExportError::Endpoint(error.into()))?,
        headers: headers(otlp),
        gzip: otlp.gzip,
        json: otlp.protocol == Protocol::HttpJson,
        encoder: Encoder::new(resource.iter()),
    })
}

/// The configured headers; the environment's reader has left out what is none.
fn headers(otlp: &Otlp) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let agent = concat!("telemetry-rust/", env!("CARGO_PKG_VERSION"));
    headers.insert(USER_AGENT, HeaderValue::from_static(agent));
    for (name, value) in &otlp.headers {
        if let (Ok(name), Ok(mut value)) = (name.parse::<HeaderName>(), value.parse::<HeaderValue>()) {
            // Keys to backends travel in headers: they must not be printed.
            value.set_sensitive(true);
            headers.insert(name, value);
        }
    }
    headers
}
