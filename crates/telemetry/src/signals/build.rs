//! From what the environment says to the providers of metrics and logs.
//!
//! Their exporters are OpenTelemetry's own, over our transport: neither is on the path of a request.

use std::sync::Arc;
use std::time::Duration;

use opentelemetry::InstrumentationScope;
use opentelemetry::logs::LoggerProvider;
use opentelemetry::metrics::MeterProvider;
use opentelemetry_otlp::{LogExporter, MetricExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::logs::{BatchConfigBuilder, BatchLogProcessor, SdkLogger, SdkLoggerProvider};
use opentelemetry_sdk::metrics::{PeriodicReader, SdkMeterProvider};

use super::{health, http};
use crate::env::{Exporter, Otlp, Protocol, Settings};
use crate::export::ExportError;
use crate::export::queue::Queue;
use crate::export::transport::Transport;

/// The signals beside traces, while they run.
#[derive(Debug, Default)]
pub(crate) struct Signals {
    metrics: Option<SdkMeterProvider>,
    logs: Option<SdkLoggerProvider>,
}

impl Signals {
    /// Starts what the environment asks for; `queue` is that of the spans.
    pub(crate) fn start(
        settings: &Settings,
        resource: &Resource,
        queue: Option<&Arc<Queue>>,
    ) -> Result<Self, ExportError> {
        if settings.disabled {
            return Ok(Self::default());
        }
        Ok(Self { metrics: metrics(settings, resource, queue)?, logs: logs(settings, resource)? })
    }

    /// Where events go, if they are exported.
    pub(crate) fn logger(&self) -> Option<SdkLogger> {
        let scope =
            InstrumentationScope::builder("telemetry").with_version(env!("CARGO_PKG_VERSION")).build();
        self.logs.as_ref().map(|provider| provider.logger_with_scope(scope))
    }

    /// Exports what is left; a backend that is gone has been told of by the spans already.
    pub(crate) fn stop(&mut self, limit: Duration) {
        if let Some(metrics) = self.metrics.take() {
            let _ = metrics.shutdown_with_timeout(limit);
        }
        if let Some(logs) = self.logs.take() {
            let _ = logs.shutdown_with_timeout(limit);
        }
    }
}

fn metrics(
    settings: &Settings,
    resource: &Resource,
    queue: Option<&Arc<Queue>>,
) -> Result<Option<SdkMeterProvider>, ExportError> {
    let Some(otlp) = over_http(&settings.metrics)? else { return Ok(None) };
    let mut builder = MetricExporter::builder()
        .with_http()
        .with_http_client(Transport::new(otlp)?)
        .with_protocol(protocol(otlp))
        .with_endpoint(&otlp.endpoint)
        .with_headers(otlp.headers.iter().cloned().collect())
        .with_timeout(otlp.timeout.min(settings.metric_timeout));
    if otlp.gzip {
        builder = builder.with_compression(opentelemetry_otlp::Compression::Gzip);
    }
    let exporter = builder.build().map_err(ExportError::Otlp)?;
    let reader = PeriodicReader::builder(exporter).with_interval(settings.metric_interval).build();
    let provider = SdkMeterProvider::builder().with_reader(reader).with_resource(resource.clone()).build();
    let meter = provider.meter("telemetry");
    http::install(&meter);
    health::observe_process(&meter);
    if let Some(queue) = queue {
        health::observe_spans(&meter, queue);
    }
    opentelemetry::global::set_meter_provider(provider.clone());
    Ok(Some(provider))
}

fn logs(settings: &Settings, resource: &Resource) -> Result<Option<SdkLoggerProvider>, ExportError> {
    let Some(otlp) = over_http(&settings.logs)? else { return Ok(None) };
    let mut builder = LogExporter::builder()
        .with_http()
        .with_http_client(Transport::new(otlp)?)
        .with_protocol(protocol(otlp))
        .with_endpoint(&otlp.endpoint)
        .with_headers(otlp.headers.iter().cloned().collect())
        .with_timeout(otlp.timeout.min(settings.log_batching.export_timeout));
    if otlp.gzip {
        builder = builder.with_compression(opentelemetry_otlp::Compression::Gzip);
    }
    let exporter = builder.build().map_err(ExportError::Otlp)?;
    let batching = settings.log_batching;
    let config = BatchConfigBuilder::default()
        .with_scheduled_delay(batching.delay)
        .with_max_queue_size(batching.queue)
        .with_max_export_batch_size(batching.batch.min(batching.queue))
        .build();
    let processor = BatchLogProcessor::builder(exporter).with_batch_config(config).build();
    Ok(Some(
        SdkLoggerProvider::builder().with_log_processor(processor).with_resource(resource.clone()).build(),
    ))
}

/// Where a signal goes, if it goes over HTTP. `console` means the lines on standard error for logs, and nothing for metrics.
fn over_http(exporter: &Exporter) -> Result<Option<&Otlp>, ExportError> {
    match exporter {
        Exporter::Otlp(otlp) if otlp.protocol == Protocol::Grpc => Err(ExportError::GrpcSignal),
        Exporter::Otlp(otlp) => Ok(Some(otlp)),
        Exporter::Console | Exporter::None => Ok(None),
    }
}

fn protocol(otlp: &Otlp) -> opentelemetry_otlp::Protocol {
    match otlp.protocol {
        Protocol::HttpJson => opentelemetry_otlp::Protocol::HttpJson,
        Protocol::HttpProtobuf | Protocol::Grpc => opentelemetry_otlp::Protocol::HttpBinary,
    }
}
