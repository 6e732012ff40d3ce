//! The subscriber: JSON lines, reports of errors, and traces over OTLP.

use std::error::Error;

use notes::ErrorReports;
use opentelemetry::global;
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::SpanExporter;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing_subscriber::prelude::*;
use tracing_subscriber::{EnvFilter, fmt, registry};

pub fn start() -> Result<SdkTracerProvider, Box<dyn Error>> {
    global::set_text_map_propagator(TraceContextPropagator::new());
    let exporter = SpanExporter::builder().with_http().build()?;
    let resource = Resource::builder().with_service_name("notes").build();
    let provider = SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build();
    global::set_tracer_provider(provider.clone());
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    registry()
        .with(filter)
        .with(fmt::layer().json().with_writer(std::io::stderr))
        .with(ErrorReports)
        .with(tracing_opentelemetry::layer().with_tracer(provider.tracer("notes")))
        .init();
    Ok(provider)
}
