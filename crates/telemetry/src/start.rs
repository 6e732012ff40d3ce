//! Starts telemetry from the environment, and shuts it down.

use std::sync::Arc;
use std::time::{Duration, Instant};

use opentelemetry_sdk::Resource;
use thiserror::Error;

use crate::env::Settings;
use crate::export::queue::Queue;
use crate::export::worker::{Schedule, Worker};
use crate::export::{ExportError, build_sink, sdk_bridge};
use crate::filter::Filter;
use crate::propagation;
use crate::resource::{Service, resource};
use crate::signals::providers::Signals;
use crate::span::{Mode, SpanSubscriber};

/// How long shutdown may take. The spans get a part of it, because the last metrics, which count them, are exported
/// after them.
const SHUTDOWN_DEADLINE: Duration = Duration::from_secs(5);
const SPANS_DEADLINE: Duration = Duration::from_millis(4500);

/// Why telemetry could not start.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum InitError {
    /// An exporter could not be built from the environment.
    #[error("cannot start the export of telemetry")]
    Export(#[from] ExportError),
    /// Another subscriber was set before. `main` must call [`init`] first, and once.
    #[error("another tracing subscriber is already set; call telemetry::init first, and once")]
    AlreadySet,
}

/// Why not all spans were exported.
#[derive(Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ShutdownError {
    /// The export took longer than the deadline.
    #[error("the last spans were not exported in time")]
    Late,
    /// Some spans were dropped.
    #[error("{dropped} spans were dropped since the start")]
    Dropped {
        /// Their number.
        dropped: u64,
    },
}

/// Running telemetry. `main` keeps it, and shuts it down after the server has stopped.
#[derive(Debug)]
#[must_use = "dropping it stops telemetry"]
pub struct Telemetry {
    spans: Option<(Worker, Arc<Queue>)>,
    signals: Signals,
}

impl Telemetry {
    /// Exports what is left, and stops. Blocks the thread for at most five seconds, inside or outside of a runtime.
    ///
    /// # Errors
    ///
    /// When spans were not exported, now or earlier.
    pub fn shutdown(mut self) -> Result<(), ShutdownError> {
        self.stop()
    }

    fn stop(&mut self) -> Result<(), ShutdownError> {
        let deadline = Instant::now() + SHUTDOWN_DEADLINE;
        let logs = self.signals.stop_logs();
        let spans = self.spans.take().map_or(Ok(()), |(worker, queue)| {
            match (worker.stop(SPANS_DEADLINE), queue.counts().dropped()) {
                (false, _) => Err(ShutdownError::Late),
                (true, 0) => Ok(()),
                (true, dropped) => Err(ShutdownError::Dropped { dropped }),
            }
        });
        self.signals.stop_metrics().wait(deadline);
        logs.wait(deadline);
        spans
    }
}

impl Drop for Telemetry {
    fn drop(&mut self) {
        if let Err(error) = self.stop() {
            tracing::warn!(target: "telemetry", "{error}");
        }
    }
}

/// Starts telemetry. The `OTEL_*` variables configure it, all listed in [`VARIABLES`](crate::VARIABLES), and so does
/// `RUST_LOG`.
///
/// # Errors
///
/// When an exporter cannot be built from the environment, or another subscriber is set already.
pub fn init(service: Service<'_>) -> Result<Telemetry, InitError> {
    init_from(service, &|name| std::env::var(name).ok())
}

/// [`init`], with variables from `variable` in place of the environment, which tests share.
///
/// # Errors
///
/// As [`init`].
pub fn init_from(
    service: Service<'_>,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<Telemetry, InitError> {
    let (settings, warnings) = Settings::read(variable);
    let resource = resource(service, &settings);
    propagation::install(&settings.propagation);
    let spans = start_worker(&settings, &resource)?;
    let signals = Signals::start(&settings, &resource, spans.as_ref().map(|(_, queue)| queue))?;
    let mode = match &spans {
        Some((_, queue)) => Mode::Record(Arc::clone(queue)),
        None if settings.disabled => Mode::PassThrough,
        None => Mode::Propagate,
    };
    if let Mode::Record(queue) = &mode {
        let provider = sdk_bridge::provider(Arc::clone(queue), settings.sampler, settings.limits, resource);
        opentelemetry::global::set_tracer_provider(provider);
    }
    let (filter, unknown) =
        Filter::new(!settings.disabled, variable("RUST_LOG").as_deref(), settings.log_level);
    let subscriber = SpanSubscriber::new(settings.sampler, settings.limits, mode, filter, signals.logger());
    tracing::subscriber::set_global_default(subscriber).map_err(|_| InitError::AlreadySet)?;
    for warning in warnings.into_iter().chain(unknown) {
        tracing::warn!(target: "telemetry", "{warning}");
    }
    Ok(Telemetry { spans, signals })
}

/// Starts the exporter thread and its queue; `None` when spans are not exported.
fn start_worker(
    settings: &Settings,
    resource: &Resource,
) -> Result<Option<(Worker, Arc<Queue>)>, ExportError> {
    if settings.disabled {
        return Ok(None);
    }
    let Some(sink) = build_sink::span_sink(&settings.traces, resource)? else { return Ok(None) };
    let batching = settings.span_batching;
    let queue = Arc::new(Queue::new(batching.queue, batching.batch));
    let schedule = Schedule { delay: batching.delay, export_timeout: batching.export_timeout };
    let worker = Worker::start(Arc::clone(&queue), sink, schedule).map_err(ExportError::thread)?;
    Ok(Some((worker, queue)))
}
