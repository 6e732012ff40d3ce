//! Start and stop: what `main` calls first and last.

use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;
use thiserror::Error;
use tracing::Metadata;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::{EnvFilter, FilterFn};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::{Layer, Registry};

use crate::export::transport::Transport;
use crate::logs::Line;

/// How long a backend may hold up the exit.
const SHUTDOWN_DEADLINE: Duration = Duration::from_secs(5);

/// Who this process is, unless `OTEL_SERVICE_NAME` or `OTEL_RESOURCE_ATTRIBUTES` say otherwise.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Service<'a> {
    /// `service.name`
    pub name: &'a str,
    /// `service.version`, best `env!("CARGO_PKG_VERSION")`
    pub version: &'a str,
}

/// Why telemetry could not start.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum InitError {
    /// The exporter could not be made, for example because its endpoint is no URL.
    #[error("the OTLP exporter could not be made")]
    Exporter(#[source] opentelemetry_otlp::ExporterBuildError),
    /// The exporter's own runtime could not be made.
    #[error("the exporter's runtime could not be made")]
    Runtime(#[source] std::io::Error),
    /// Another subscriber was set before: telemetry comes first in `main`, and once.
    #[error("another tracing subscriber is set already")]
    AlreadySet(#[source] tracing::subscriber::SetGlobalDefaultError),
}

/// Why not everything may have arrived at the end.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ShutdownError {
    /// The last export failed or took too long.
    #[error("the last spans could not be exported")]
    Export(#[source] opentelemetry_sdk::error::OTelSdkError),
}

/// Telemetry that runs; `main` holds it and shuts it down after its server has stopped.
#[derive(Debug)]
#[must_use = "dropping it stops telemetry"]
pub struct Telemetry {
    provider: Option<SdkTracerProvider>,
}

impl Telemetry {
    /// Exports what is left, and stops. Blocks, on any thread of any runtime, for at most a few seconds.
    ///
    /// # Errors
    ///
    /// When the last export failed or did not end in time.
    pub fn shutdown(mut self) -> Result<(), ShutdownError> {
        self.stop()
    }

    fn stop(&mut self) -> Result<(), ShutdownError> {
        let Some(provider) = self.provider.take() else { return Ok(()) };
        provider.shutdown_with_timeout(SHUTDOWN_DEADLINE).map_err(ShutdownError::Export)
    }
}

impl Drop for Telemetry {
    fn drop(&mut self) {
        if let Err(error) = self.stop() {
            tracing::warn!(error = &error as &dyn std::error::Error, "telemetry did not stop well");
        }
    }
}

/// Starts tracing as the `OTEL_*` variables and `RUST_LOG` say.
///
/// # Errors
///
/// When the exporter cannot be made from what the environment says, or a subscriber is set already.
pub fn init(service: Service<'_>) -> Result<Telemetry, InitError> {
    let transport = Transport::new(Duration::from_secs(10)).map_err(InitError::Runtime)?;
    let exporter = opentelemetry_otlp::SpanExporter::builder()
        .with_http()
        .with_http_client(transport)
        .with_protocol(opentelemetry_otlp::Protocol::HttpBinary)
        .build()
        .map_err(InitError::Exporter)?;
    let resource = Resource::builder()
        .with_service_name(service.name.to_owned())
        .with_attributes([
            KeyValue::new("service.version", service.version.to_owned()),
            KeyValue::new("service.instance.id", uuid::Uuid::new_v4().to_string()),
        ])
        .build();
    let provider = SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build();
    let spans = tracing_opentelemetry::layer()
        .with_tracer(provider.tracer("telemetry"))
        .with_location(false)
        .with_threads(false)
        .with_target(false)
        .with_tracked_inactivity(false)
        .with_error_events_to_status(false)
        .with_filter(FilterFn::new(is_traced).with_max_level_hint(LevelFilter::INFO));
    let printed = EnvFilter::builder().with_default_directive(LevelFilter::INFO.into()).from_env_lossy();
    let lines =
        tracing_subscriber::fmt::layer().event_format(Line).with_writer(std::io::stderr).with_filter(printed);
    let subscriber = Registry::default().with(spans).with(lines);
    tracing::subscriber::set_global_default(subscriber).map_err(InitError::AlreadySet)?;
    Ok(Telemetry { provider: Some(provider) })
}

/// What becomes part of a trace, whatever `RUST_LOG` says: a filter on what is printed must never cut propagation. The
/// transports' own events stay out, the exporter's among them.
fn is_traced(metadata: &Metadata<'_>) -> bool {
    const TRANSPORTS: [&str; 7] = ["hyper", "h2", "reqwest", "rustls", "tonic", "tower", "opentelemetry"];
    *metadata.level() <= tracing::Level::INFO
        && !TRANSPORTS.iter().any(|name| metadata.target().starts_with(name))
}
