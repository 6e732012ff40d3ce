//! From what the environment says to a sink.

use ::http::header::{HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use opentelemetry_otlp::{SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SpanExporter as _;
use thiserror::Error;

use super::encode::Encoder;
use super::sink::{Protobuf, Sdk, Sink};
use super::tls::TlsError;
use super::transport::Transport;
use super::{console, runtime};
use crate::env::{Exporter, Otlp, Protocol};

/// Why an exporter could not be made.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The certificates are not usable.
    #[error("TLS cannot be set up")]
    Tls(#[from] TlsError),
    /// The operating system gave no runtime.
    #[error("the exporter's runtime could not be made")]
    Runtime(#[source] std::io::Error),
    /// The operating system gave no thread.
    #[error("the exporter's thread could not be started")]
    Thread(#[source] std::io::Error),
    /// The endpoint is no URL.
    #[error("the OTLP endpoint is no URL")]
    Endpoint(#[source] ::http::uri::InvalidUri),
    /// OpenTelemetry's own exporter refused.
    #[error("OpenTelemetry's exporter could not be made")]
    Otlp(#[source] opentelemetry_otlp::ExporterBuildError),
    /// Metrics and logs go over HTTP.
    #[error(
        "metrics and logs have no gRPC here: set OTEL_EXPORTER_OTLP_METRICS_PROTOCOL and _LOGS_PROTOCOL to http/protobuf"
    )]
    GrpcSignal,
    /// `OTEL_EXPORTER_OTLP_PROTOCOL=grpc` without the crate's feature `grpc`.
    #[error("OTEL_EXPORTER_OTLP_PROTOCOL=grpc needs telemetry's feature `grpc`; use http/protobuf")]
    NoGrpc,
}

/// The destination of spans; `None` when they go nowhere.
pub(crate) fn spans(exporter: &Exporter, resource: &Resource) -> Result<Option<Box<dyn Sink>>, ExportError> {
    Ok(match exporter {
        Exporter::None => None,
        Exporter::Console => Some(Box::new(console::Console)),
        Exporter::Otlp(otlp) => Some(match otlp.protocol {
            Protocol::HttpProtobuf => Box::new(protobuf(otlp, resource)?),
            Protocol::HttpJson => Box::new(json(otlp, resource)?),
            Protocol::Grpc => grpc(otlp, resource)?,
        }),
    })
}

fn protobuf(otlp: &Otlp, resource: &Resource) -> Result<Protobuf, ExportError> {
    Ok(Protobuf {
        transport: Transport::new(otlp)?,
        endpoint: otlp.endpoint.parse().map_err(ExportError::Endpoint)?,
        headers: headers(otlp),
        gzip: otlp.gzip,
        encoder: Encoder::new(resource.iter()),
    })
}

/// The configured headers; one that no request can hold is left out.
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

fn json(otlp: &Otlp, resource: &Resource) -> Result<Sdk<SpanExporter>, ExportError> {
    let mut builder = SpanExporter::builder()
        .with_http()
        .with_http_client(Transport::new(otlp)?)
        .with_protocol(opentelemetry_otlp::Protocol::HttpJson)
        .with_endpoint(&otlp.endpoint)
        .with_headers(otlp.headers.iter().cloned().collect())
        .with_timeout(otlp.timeout);
    if otlp.gzip {
        builder = builder.with_compression(opentelemetry_otlp::Compression::Gzip);
    }
    let mut exporter = builder.build().map_err(ExportError::Otlp)?;
    exporter.set_resource(resource);
    Ok(Sdk { exporter, runtime: runtime().map_err(ExportError::Runtime)? })
}

/// Headers and certificates of gRPC are read from the environment by OpenTelemetry's exporter itself.
#[cfg(feature = "grpc")]
fn grpc(otlp: &Otlp, resource: &Resource) -> Result<Box<dyn Sink>, ExportError> {
    use opentelemetry_otlp::WithTonicConfig;

    let runtime = runtime().map_err(ExportError::Runtime)?;
    // Its channel wants the runtime that will drive it.
    let guard = runtime.enter();
    let mut builder =
        SpanExporter::builder().with_tonic().with_endpoint(&otlp.endpoint).with_timeout(otlp.timeout);
    if otlp.gzip {
        builder = builder.with_compression(opentelemetry_otlp::Compression::Gzip);
    }
    let mut exporter = builder.build().map_err(ExportError::Otlp)?;
    drop(guard);
    exporter.set_resource(resource);
    Ok(Box::new(Sdk { exporter, runtime }))
}

#[cfg(not(feature = "grpc"))]
fn grpc(_: &Otlp, _: &Resource) -> Result<Box<dyn Sink>, ExportError> {
    Err(ExportError::NoGrpc)
}
