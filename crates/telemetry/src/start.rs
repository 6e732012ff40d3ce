//! Start and stop: what `main` calls first and last.

use std::sync::Arc;
use std::time::{Duration, Instant};

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

/// How long a backend may hold up the exit, and how much of that the spans may take: the last metrics, which tell of them,
/// come after.
const SHUTDOWN_DEADLINE: Duration = Duration::from_secs(5);
const SPANS_DEADLINE: Duration = Duration::from_millis(4500);

/// Why telemetry could not start.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum InitError {
    /// An exporter could not be made from what the environment says.
    #[error("telemetry cannot export")]
    Export(#[from] ExportError),
    /// Another subscriber was set before: telemetry comes first in `main`, and once.
    #[error("another tracing subscriber is set already")]
    AlreadySet,
}

/// Why not everything arrived.
#[derive(Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ShutdownError {
    /// The backend took longer than the deadline.
    #[error("the last spans were not exported in time")]
    Late,
    /// Some spans never arrived.
    #[error("{dropped} spans were dropped since the start")]
    Dropped {
        /// How many.
        dropped: u64,
    },
}

/// Telemetry that runs; `main` holds it and shuts it down after its server has stopped.
#[derive(Debug)]
#[must_use = "dropping it stops telemetry"]
pub struct Telemetry {
    spans: Option<(Worker, Arc<Queue>)>,
    signals: Signals,
}

impl Telemetry {
    /// Exports what is left, and stops. Blocks, on any thread of any runtime, for at most five seconds.
    ///
    /// # Errors
    ///
    /// When the backend did not take everything, now or before.
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

/// Starts tracing as the `OTEL_*` variables (all of them: [`VARIABLES`](crate::VARIABLES)) and `RUST_LOG` say.
///
/// # Errors
///
/// When an exporter cannot be made from what the environment says, or a subscriber is set already.
pub fn init(service: Service<'_>) -> Result<Telemetry, InitError> {
    init_from(service, &|name| std::env::var(name).ok())
}

/// [`init`] with variables from elsewhere than the environment: a test has no environment of its own.
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
    let sink = if settings.disabled { None } else { build_sink::span_sink(&settings.traces, &resource)? };
    let spans = match sink {
        None => None,
        Some(sink) => {
            let batching = settings.span_batching;
            let queue = Arc::new(Queue::new(batching.queue, batching.batch));
            let schedule = Schedule { delay: batching.delay, export_timeout: batching.export_timeout };
            let worker = Worker::start(Arc::clone(&queue), sink, schedule).map_err(ExportError::thread)?;
            Some((worker, queue))
        }
    };
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
