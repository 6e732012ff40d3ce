//! Builds the providers of metrics and logs from the settings, and shuts them down.
//!
//! Their exporters are OpenTelemetry's, over our transport. They are not on the path of a request.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use opentelemetry::logs::LoggerProvider;
use opentelemetry::metrics::MeterProvider;
use opentelemetry_otlp::{Compression, LogExporter, MetricExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::logs::{BatchConfigBuilder, BatchLogProcessor, SdkLoggerProvider};
use opentelemetry_sdk::metrics::exporter::PushMetricExporter;
use opentelemetry_sdk::metrics::{PeriodicReader, SdkMeterProvider};

use super::logged_exporter::LoggedExporter;
use super::logs::EventLogger;
use super::{database, health, http};
use crate::env::{Batching, Exporter, Otlp, Protocol, Settings, Signal};
use crate::export::ExportError;
use crate::export::build_sink::service_name;
use crate::export::pending::Pending;
use crate::export::span_export::SpanExport;
use crate::export::transport::Transport;
use crate::otlp::LogLimits;
use crate::semconv;

/// The providers of metrics and logs.
#[derive(Debug, Default)]
pub(crate) struct Signals {
    metrics: Option<SdkMeterProvider>,
    logs: Option<SdkLoggerProvider>,
    log_limits: LogLimits,
    logs_stopped: Arc<AtomicBool>,
}

impl Signals {
    /// Starts the providers that the settings ask for. The metrics observe `spans`, their export.
    pub(crate) fn start(
        settings: &Settings,
        resource: &Resource,
        spans: Option<&SpanExport>,
    ) -> Result<Self, ExportError> {
        if settings.disabled {
            return Ok(Self::default());
        }
        // Logs first: once the metrics have started, requests are measured, so nothing may fail after them.
        let logs = logs(settings, resource)?;
        Ok(Self {
            metrics: metrics(settings, resource, spans)?,
            logs,
            log_limits: settings.log_limits,
            logs_stopped: Arc::default(),
        })
    }

    /// The logger for events, if logs are exported.
    pub(crate) fn logger(&self) -> Option<EventLogger> {
        let provider = self.logs.as_ref()?;
        let logger = provider.logger_with_scope(semconv::scope());
        Some(EventLogger::new(logger, self.log_limits, Arc::clone(&self.logs_stopped)))
    }

    /// Makes the metrics provider that of OpenTelemetry's API.
    pub(crate) fn install_globally(&self) {
        if let Some(provider) = &self.metrics {
            opentelemetry::global::set_meter_provider(provider.clone());
        }
    }

    /// Begins the shutdown of logs, which exports the remaining records.
    pub(crate) fn stop_logs(&mut self) -> Pending {
        let logs = self.logs.take();
        self.logs_stopped.store(true, Ordering::Relaxed);
        Pending::begin(move || logs.is_none_or(|logs| logs.shutdown().is_ok()))
    }

    /// Begins the shutdown of metrics, which exports their last values. Stop spans first: metrics count exported spans.
    pub(crate) fn stop_metrics(&mut self) -> Pending {
        let metrics = self.metrics.take();
        Pending::begin(move || metrics.is_none_or(|metrics| metrics.shutdown().is_ok()))
    }

    /// Begins the export of all log records so far, and of the current metrics.
    pub(crate) fn flush(&self) -> [Pending; 2] {
        let (logs, metrics) = (self.logs.clone(), self.metrics.clone());
        [
            Pending::begin(move || logs.is_none_or(|logs| logs.force_flush().is_ok())),
            Pending::begin(move || metrics.is_none_or(|metrics| metrics.force_flush().is_ok())),
        ]
    }
}

fn metrics(
    settings: &Settings,
    resource: &Resource,
    spans: Option<&SpanExport>,
) -> Result<Option<SdkMeterProvider>, ExportError> {
    let interval = settings.metric_interval;
    let provider = SdkMeterProvider::builder().with_resource(resource.clone());
    let provider = match &settings.metrics {
        Exporter::None if settings.honeycomb.is_none() => return Ok(None),
        Exporter::None => provider,
        Exporter::Console => provider.with_reader(
            PeriodicReader::builder(opentelemetry_stdout::MetricExporter::default())
                .with_interval(interval)
                .build(),
        ),
        Exporter::Otlp(otlp) => provider.with_reader(
            PeriodicReader::builder(metric_exporter(otlp, settings)?).with_interval(interval).build(),
        ),
    };
    let provider = match honeycomb(settings, resource, Signal::Metrics) {
        None => provider,
        Some(otlp) => provider.with_reader(
            PeriodicReader::builder(metric_exporter(&otlp, settings)?).with_interval(interval).build(),
        ),
    };
    let provider = provider.build();
    let meter = provider.meter_with_scope(semconv::scope());
    http::install(&meter);
    database::install(&meter);
    health::observe_process(&meter);
    if let Some(spans) = spans {
        health::observe_spans(&meter, spans);
    }
    Ok(Some(provider))
}

fn metric_exporter(otlp: &Otlp, settings: &Settings) -> Result<impl PushMetricExporter + use<>, ExportError> {
    let transport = Transport::new(otlp)?.within(settings.metric_timeout);
    let last_failure = transport.last_failure();
    let builder = over(transport, MetricExporter::builder().with_http(), otlp);
    let exporter = builder.build().map_err(|error| ExportError::Otlp(error.into()))?;
    Ok(LoggedExporter::new(exporter, "metrics could not be exported", last_failure))
}

fn logs(settings: &Settings, resource: &Resource) -> Result<Option<SdkLoggerProvider>, ExportError> {
    let batching = settings.log_batching;
    let to = |otlp: &Otlp| {
        let exporter = log_exporter(otlp, batching)?;
        Ok::<_, ExportError>(BatchLogProcessor::builder(exporter).with_batch_config(config(batching)).build())
    };
    let provider = SdkLoggerProvider::builder().with_resource(resource.clone());
    let provider = match &settings.logs {
        Exporter::None if settings.honeycomb.is_none() => return Ok(None),
        Exporter::None => provider,
        Exporter::Console => {
            let exporter = opentelemetry_stdout::LogExporter::default();
            provider.with_log_processor(
                BatchLogProcessor::builder(exporter).with_batch_config(config(batching)).build(),
            )
        }
        Exporter::Otlp(otlp) => provider.with_log_processor(to(otlp)?),
    };
    Ok(Some(match honeycomb(settings, resource, Signal::Logs) {
        None => provider.build(),
        Some(otlp) => provider.with_log_processor(to(&otlp)?).build(),
    }))
}

/// The exporter of a signal to Honeycomb, if there is one.
fn honeycomb(settings: &Settings, resource: &Resource, signal: Signal) -> Option<Otlp> {
    settings.honeycomb.as_ref().map(|honeycomb| honeycomb.exporter(signal, &service_name(resource)))
}

fn config(batching: Batching) -> opentelemetry_sdk::logs::BatchConfig {
    BatchConfigBuilder::default()
        .with_scheduled_delay(batching.delay)
        .with_max_queue_size(batching.queue)
        .with_max_export_batch_size(batching.batch.min(batching.queue))
        .build()
}

fn log_exporter(otlp: &Otlp, batching: Batching) -> Result<LoggedExporter<LogExporter>, ExportError> {
    let transport = Transport::new(otlp)?.within(batching.export_timeout);
    let last_failure = transport.last_failure();
    let builder = over(transport, LogExporter::builder().with_http(), otlp);
    let exporter = builder.build().map_err(|error| ExportError::Otlp(error.into()))?;
    Ok(LoggedExporter::new(exporter, "log records could not be exported and are dropped", last_failure))
}

/// Configures an exporter's transport, protocol, endpoint, headers and compression.
fn over<B: WithExportConfig + WithHttpConfig>(transport: Transport, builder: B, otlp: &Otlp) -> B {
    let builder = builder
        .with_http_client(transport)
        .with_protocol(protocol(otlp))
        .with_endpoint(&otlp.endpoint)
        .with_headers(otlp.headers.iter().cloned().collect());
    if otlp.gzip { builder.with_compression(Compression::Gzip) } else { builder }
}

/// The protocol of the exporter. gRPC carries the same bytes as HTTP, which the transport turns into a call.
fn protocol(otlp: &Otlp) -> opentelemetry_otlp::Protocol {
    match otlp.protocol {
        Protocol::HttpJson => opentelemetry_otlp::Protocol::HttpJson,
        Protocol::HttpProtobuf | Protocol::Grpc => opentelemetry_otlp::Protocol::HttpBinary,
    }
}
