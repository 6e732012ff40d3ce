//! A wrapper of OpenTelemetry's exporters that logs failures with their reason, at most once a minute.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::logs::{LogBatch, LogExporter};
use opentelemetry_sdk::metrics::Temporality;
use opentelemetry_sdk::metrics::data::ResourceMetrics;
use opentelemetry_sdk::metrics::exporter::PushMetricExporter;

use crate::export::log_limiter::LogLimiter;
use crate::export::transport::LastFailure;

/// An exporter of metrics or log records.
#[derive(Debug)]
pub(super) struct LoggedExporter<E> {
    exporter: E,
    warning: &'static str,
    last_failure: LastFailure,
    warnings: Mutex<LogLimiter>,
}

impl<E> LoggedExporter<E> {
    /// Wraps an exporter. `warning` is the text to log, `last_failure` that of the exporter's transport.
    pub(super) fn new(exporter: E, warning: &'static str, last_failure: LastFailure) -> Self {
        Self { exporter, warning, last_failure, warnings: Mutex::default() }
    }

    fn log_failure(&self, outcome: OTelSdkResult) -> OTelSdkResult {
        if outcome.is_err() {
            let mut warnings = self.warnings.lock().unwrap_or_else(PoisonError::into_inner);
            warnings.warn(self.warning, &self.last_failure.get());
        }
        outcome
    }
}

impl<E: PushMetricExporter> PushMetricExporter for LoggedExporter<E> {
    async fn export(&self, metrics: &ResourceMetrics) -> OTelSdkResult {
        self.log_failure(self.exporter.export(metrics).await)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn temporality(&self) -> Temporality {
        self.exporter.temporality()
    }
}

impl<E: LogExporter> LogExporter for LoggedExporter<E> {
    async fn export(&self, batch: LogBatch<'_>) -> OTelSdkResult {
        self.log_failure(self.exporter.export(batch).await)
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}
