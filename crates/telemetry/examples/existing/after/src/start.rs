//! The subscriber: JSON lines, reports of errors, and traces over OTLP.

use std::error::Error;

use notes::ErrorReports;
use telemetry::{Service, Telemetry};
use tracing_subscriber::prelude::*;
use tracing_subscriber::{EnvFilter, fmt, registry};

pub fn start() -> Result<Telemetry, Box<dyn Error>> {
    // Step 1: the layer replaces the exporter, the provider, the propagator and the layer of tracing-opentelemetry.
    let (layer, telemetry) = telemetry::layer(Service { name: "notes", version: "1.0.0" })?;
    // Step 1: the filter belongs to the lines alone.
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    registry()
        .with(fmt::layer().json().with_writer(std::io::stderr).with_filter(filter))
        .with(ErrorReports)
        .with(layer)
        .init();
    Ok(telemetry)
}
