//! The service with tracing-actix-web, tracing-opentelemetry and opentelemetry-otlp, as the documentation of
//! tracing-actix-web sets them up (its example `opentelemetry`), without its formatted log lines. 0.32 is the newest version of
//! OpenTelemetry that tracing-actix-web supports.

use std::error::Error;

use actix_web::{App, HttpServer, web};
use opentelemetry::trace::TracerProvider;
use opentelemetry::{KeyValue, global};
use opentelemetry_otlp::SpanExporter;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::Instrument;
use tracing_actix_web::TracingLogger;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::{EnvFilter, Registry};

async fn feed(name: web::Path<String>) -> String {
    let span = tracing::info_span!("build-feed", app.name = %name, app.result_length = 20_i64);
    async { workload::greeting(&name) }.instrument(span).await
}

fn init() -> Result<SdkTracerProvider, Box<dyn Error>> {
    global::set_text_map_propagator(TraceContextPropagator::new());
    let exporter = SpanExporter::builder().with_http().build()?;
    let resource = Resource::builder().with_attribute(KeyValue::new("service.name", "feed"));
    let provider =
        SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource.build()).build();
    global::set_tracer_provider(provider.clone());
    let filter = EnvFilter::try_from_default_env().unwrap_or(EnvFilter::new("info"));
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("feed"));
    tracing::subscriber::set_global_default(Registry::default().with(filter).with(layer))?;
    Ok(provider)
}

fn main() -> Result<(), Box<dyn Error>> {
    let provider = init()?;
    workload::run(|listener| {
        let server = HttpServer::new(|| {
            App::new().wrap(TracingLogger::default()).route(workload::ROUTE, web::get().to(feed))
        });
        Ok(server.workers(1).listen(listener)?.run())
    })?;
    provider.shutdown()?;
    Ok(())
}
