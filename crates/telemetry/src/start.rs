//! Starts telemetry from the environment, and shuts it down.

use std::sync::Arc;
use std::time::{Duration, Instant};

use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;
use thiserror::Error;
use tracing::Subscriber;
use tracing::level_filters::LevelFilter;
use tracing::subscriber::NoSubscriber;
use tracing_subscriber::Layer;
use tracing_subscriber::registry::LookupSpan;

use crate::env::{Propagation, Settings};
use crate::export::queue::Queue;
use crate::export::worker::{Schedule, Worker};
use crate::export::{ExportError, build_sink, sdk_bridge};
use crate::filter::{PrintFilter, TraceFilter};
use crate::propagation;
use crate::resource::{Service, resource};
use crate::signals::providers::Signals;
use crate::span::{Mode, Recorder, SpanLayer, SpanStarter, SpanSubscriber};
use crate::stderr_log;

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
    /// Another subscriber is set. Nothing was changed.
    #[error(
        "another tracing subscriber is already set: call telemetry::init first, and once, or add \
         telemetry::layer to the other subscriber"
    )]
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
    /// The provider for spans of OpenTelemetry's API; `None` when spans are not exported.
    tracer_provider: Option<SdkTracerProvider>,
    propagation: Propagation,
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

    /// Makes the tracer provider, the meter provider and the propagator those of OpenTelemetry's API
    /// (`opentelemetry::global`), for libraries that use it. Their spans then join the same traces.
    ///
    /// [`init`] has done so. [`layer`] leaves it to you.
    pub fn install_globally(&self) {
        propagation::install_globally(&self.propagation);
        self.signals.install_globally();
        if let Some(provider) = &self.tracer_provider {
            opentelemetry::global::set_tracer_provider(provider.clone());
        }
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

/// Starts telemetry in a process that has no `tracing` subscriber. The `OTEL_*` variables configure it, all listed in
/// [`VARIABLES`](crate::VARIABLES), and so does `RUST_LOG`.
///
/// Events are printed to standard error. A process with a subscriber of its own adds the [`layer`] to it instead.
///
/// # Errors
///
/// When an exporter cannot be built from the environment, or another subscriber is set already. Nothing has changed
/// then.
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
    if has_global_subscriber() {
        return Err(InitError::AlreadySet);
    }
    let Started { telemetry, recorder, traced, log_level, warnings } = start(service, variable)?;
    let (printed, unknown) = PrintFilter::new(variable("RUST_LOG").as_deref(), log_level);
    let subscriber = SpanSubscriber::new(recorder, traced, printed);
    tracing::subscriber::set_global_default(subscriber).map_err(|_| InitError::AlreadySet)?;
    telemetry.install_globally();
    for warning in warnings.into_iter().chain(unknown) {
        tracing::warn!(target: "telemetry", "{warning}");
    }
    Ok(telemetry)
}

/// Starts telemetry as a layer of your own `tracing` subscriber, beside your other layers:
///
/// ```
/// use tracing_subscriber::prelude::*;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let (layer, telemetry) = telemetry::layer(telemetry::Service { name: "feed", version: "1.0.0" })?;
/// tracing_subscriber::registry().with(tracing_subscriber::fmt::layer()).with(layer).init();
/// telemetry.shutdown()?;
/// # Ok(())
/// # }
/// ```
///
/// The `OTEL_*` variables configure it as they do [`init`]. It has a filter of its own: whatever other layers let
/// through, spans and events from INFO are traced, except those of the HTTP transports. It prints nothing, and
/// `RUST_LOG` does not concern it. Only warnings about invalid variables go to standard error.
///
/// It sets no global: no subscriber, no provider or propagator of OpenTelemetry
/// ([`Telemetry::install_globally`] does). The middlewares of this crate use the propagation settings and the HTTP
/// metrics of the first start in a process.
///
/// # Errors
///
/// When an exporter cannot be built from the environment.
pub fn layer<S>(service: Service<'_>) -> Result<(impl Layer<S> + Send + Sync + use<S>, Telemetry), InitError>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    layer_from(service, &|name| std::env::var(name).ok())
}

/// [`layer`], with variables from `variable` in place of the environment, which tests share.
///
/// # Errors
///
/// As [`layer`].
pub fn layer_from<S>(
    service: Service<'_>,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<(impl Layer<S> + Send + Sync + use<S>, Telemetry), InitError>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    let Started { telemetry, recorder, traced, warnings, .. } = start(service, variable)?;
    for warning in warnings {
        // The subscriber that will have the layer does not exist yet.
        stderr_log::print_warning(&warning);
    }
    Ok((SpanLayer::new(recorder).with_filter(traced), telemetry))
}

/// Whether this process has a global subscriber. Another thread is asked, because this one may have a default of its
/// own.
fn has_global_subscriber() -> bool {
    let ask = || tracing::dispatcher::get_default(|dispatch| !dispatch.is::<NoSubscriber>());
    std::thread::scope(|scope| scope.spawn(ask).join()).unwrap_or(false)
}

/// What was started, for a subscriber or a layer.
struct Started {
    telemetry: Telemetry,
    recorder: Recorder,
    traced: TraceFilter,
    /// The level for log lines of this crate.
    log_level: LevelFilter,
    /// Invalid settings.
    warnings: Vec<String>,
}

/// Starts the export of all signals. Nothing outside of this crate has changed when it returns.
fn start(service: Service<'_>, variable: &dyn Fn(&str) -> Option<String>) -> Result<Started, InitError> {
    let (settings, warnings) = Settings::read(variable);
    let resource = resource(service, &settings);
    let spans = start_worker(&settings, &resource)?;
    let queue = spans.as_ref().map(|(_, queue)| Arc::clone(queue));
    // From here on, an early return stops the exporter thread.
    let mut telemetry = Telemetry {
        spans,
        signals: Signals::default(),
        tracer_provider: None,
        propagation: settings.propagation.clone(),
    };
    telemetry.signals = Signals::start(&settings, &resource, queue.as_ref())?;
    let Settings { sampler, limits, .. } = settings;
    telemetry.tracer_provider =
        queue.clone().map(|queue| sdk_bridge::provider(queue, sampler, limits, resource));
    propagation::install(&settings.propagation);
    let mode = match queue {
        Some(queue) => Mode::Record(queue),
        None if settings.disabled => Mode::PassThrough,
        None => Mode::Propagate,
    };
    let recorder = Recorder::new(SpanStarter { sampler, limits, mode }, telemetry.signals.logger());
    let traced = TraceFilter { recording: !settings.disabled };
    Ok(Started { telemetry, recorder, traced, log_level: settings.log_level, warnings })
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
