//! [`Telemetry`]: what `main` holds while telemetry runs.

use std::fmt;
use std::time::{Duration, Instant};

use opentelemetry_sdk::trace::SdkTracerProvider;
use thiserror::Error;

use crate::env::Propagation;
use crate::export::custom::Consumers;
use crate::export::span_export::SpanExport;
use crate::filter::PrintFilter;
use crate::log_lines::LogLines;
use crate::propagation;
#[cfg(feature = "rollbar")]
use crate::rollbar::Rollbar;
use crate::signals::providers::Signals;
#[cfg(feature = "xray")]
use crate::xray::RemoteSampler;

/// How long shutdown may take. The spans get a part of it, because the last metrics, which count them, are exported
/// after them.
const SHUTDOWN_DEADLINE: Duration = Duration::from_secs(5);
const SPANS_DEADLINE: Duration = Duration::from_millis(4500);
/// How long the last errors may take to be reported.
#[cfg(feature = "rollbar")]
const ROLLBAR_DEADLINE: Duration = Duration::from_secs(2);

/// Why not all spans were exported. `Debug` is its text: `main` prints it so.
#[derive(Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ShutdownError {
    /// The export took longer than the deadline.
    #[error("the last spans were not exported in time")]
    Late,
    /// Some spans were dropped, and the backend has accepted none since. A loss in an outage that ended before the
    /// shutdown is a warning in the log, and counted in `otel.sdk.processor.span.processed`.
    #[error("{dropped} spans were dropped since the backend last accepted spans")]
    Dropped {
        /// Their number.
        dropped: u64,
    },
    /// A span processor or exporter of the application. The log says which, and why it failed.
    #[error("a span processor or exporter of the application did not shut down, or not in time")]
    Processor,
}

impl fmt::Debug for ShutdownError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// Why the filter of log lines was not replaced.
#[derive(Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum LogFilterError {
    /// These directives are invalid.
    #[error("invalid directives {0}: expected a level or target=level")]
    Invalid(String),
    /// No log lines are printed, as with [`layer`](crate::layer()).
    #[error("telemetry prints no log lines")]
    NoLines,
}

/// Running telemetry. `main` keeps it, and shuts it down after the server has stopped.
#[derive(Debug)]
#[must_use = "dropping it stops telemetry"]
pub struct Telemetry {
    pub(super) spans: Option<SpanExport>,
    /// Span processors and exporters of the application.
    pub(super) consumers: Consumers,
    pub(super) signals: Signals,
    /// `None` when errors are not reported.
    #[cfg(feature = "rollbar")]
    pub(super) rollbar: Option<Rollbar>,
    /// The thread that fetches sampling rules; `None` when none are fetched.
    #[cfg(feature = "xray")]
    pub(super) remote_sampler: Option<RemoteSampler>,
    /// The provider for spans of OpenTelemetry's API; `None` when spans are not exported.
    pub(super) tracer_provider: Option<SdkTracerProvider>,
    pub(super) propagation: Propagation,
    /// The filter of log lines, if there are any.
    pub(super) printed: Option<PrintFilter>,
    pub(super) lines: LogLines,
}

impl Telemetry {
    /// Exports what is left, and stops. Blocks the thread for at most five seconds, inside or outside of a runtime.
    ///
    /// # Errors
    ///
    /// When spans were not exported: the last ones, or those of an outage that has not ended.
    pub fn shutdown(mut self) -> Result<(), ShutdownError> {
        self.stop()
    }

    /// Makes the tracer provider, the meter provider and the propagator those of OpenTelemetry's API
    /// (`opentelemetry::global`), for libraries that use it. Their spans then join the same traces.
    ///
    /// [`init`](crate::init()) has done so. [`layer`](crate::layer()) leaves it to you.
    pub fn install_globally(&self) {
        propagation::install_globally(&self.propagation);
        self.signals.install_globally();
        if let Some(provider) = &self.tracer_provider {
            opentelemetry::global::set_tracer_provider(provider.clone());
        }
    }

    /// Replaces the filter of log lines: levels and `target=level` pairs, as in `RUST_LOG`. It changes nothing that is
    /// traced.
    ///
    /// # Errors
    ///
    /// When a directive is invalid, or no log lines are printed. The filter stays as it was.
    pub fn set_log_filter(&self, directives: &str) -> Result<(), LogFilterError> {
        let printed = self.printed.as_ref().ok_or(LogFilterError::NoLines)?;
        printed.replace(directives).map_err(|invalid| LogFilterError::Invalid(invalid.join(",")))
    }

    fn stop(&mut self) -> Result<(), ShutdownError> {
        let deadline = Instant::now() + SHUTDOWN_DEADLINE;
        #[cfg(feature = "xray")]
        drop(self.remote_sampler.take());
        let logs = self.signals.stop_logs();
        let spans = match self.spans.take().map(|export| export.stop(SPANS_DEADLINE)) {
            None | Some(Some(0)) => Ok(()),
            Some(Some(dropped)) => Err(ShutdownError::Dropped { dropped }),
            Some(None) => Err(ShutdownError::Late),
        };
        // They have the last spans now.
        let processors = std::mem::take(&mut self.consumers).shutdown(deadline);
        #[cfg(feature = "rollbar")]
        if let Some(rollbar) = self.rollbar.take() {
            rollbar.stop(ROLLBAR_DEADLINE.min(deadline.saturating_duration_since(Instant::now())));
        }
        // Their exporters have logged what they could not deliver.
        let _ = (self.signals.stop_metrics().wait(deadline), logs.wait(deadline));
        self.lines.print_suppressed();
        spans.and(if processors { Ok(()) } else { Err(ShutdownError::Processor) })
    }
}

impl Drop for Telemetry {
    fn drop(&mut self) {
        if let Err(error) = self.stop() {
            tracing::warn!(target: "telemetry", "{error}");
        }
    }
}
