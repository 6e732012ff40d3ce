//! Starts telemetry from the environment.
//!
//! - `builder`: with choices of the application; `additions`: what it adds to the settings
//! - `guard`: what `main` holds until it shuts telemetry down; `flush`: its export of what was recorded so far
//! - `error_reports`: reports of errors to Rollbar; `panic_hook`: places of panics, for them

mod additions;
mod builder;
#[cfg(feature = "rollbar")]
mod error_reports;
mod flush;
mod guard;
#[cfg(feature = "rollbar")]
mod panic_hook;

use std::fmt;
use std::sync::Arc;

use opentelemetry_sdk::Resource;
use thiserror::Error;
use tracing::Subscriber;
use tracing_subscriber::Layer;
use tracing_subscriber::registry::LookupSpan;

use self::additions::Additions;
pub use self::builder::{Builder, builder};
pub use self::flush::FlushError;
pub use self::guard::{LogFilterError, ShutdownError, Telemetry};
use crate::env::{Settings, ignored_directive, variables};
use crate::error_chain;
use crate::export::custom::Consumers;
use crate::export::span_export::SpanExport;
use crate::export::{ExportError, build_sink, sdk_bridge};
use crate::filter::{Filter, PrintFilter, TraceFilter};
use crate::log_lines::LogLines;
use crate::propagation;
use crate::resource::{Service, resource};
#[cfg(feature = "rollbar")]
use crate::rollbar::Rollbar;
use crate::sampler::{Root, Sampler};
use crate::signals::providers::Signals;
use crate::span::{Mode, Recorder, SpanLayer, SpanStarter, StartHooks};
#[cfg(feature = "xray")]
use crate::xray;

/// Why telemetry could not start. `Debug` is its text with its sources: `main` prints it so.
#[derive(Error)]
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
    /// The builder of a layer has choices that concern the subscriber around it. Nothing was changed.
    #[error(
        "log_format, log_writer and with do not concern the layer: add log lines and other layers to its \
         subscriber, or start with Builder::init"
    )]
    NotOfLayer,
}

impl fmt::Debug for InitError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&error_chain::with_sources(self))
    }
}

/// Starts telemetry in a process that has no `tracing` subscriber. The `OTEL_*` variables configure it, all listed in
/// [`VARIABLES`](crate::VARIABLES), and so does `RUST_LOG`.
///
/// Events are printed to standard error; [`builder`] changes that. Records of the `log` crate are events, too, unless
/// the process has a logger already. A process with a subscriber of its own adds the
/// [`layer`] to it instead.
///
/// # Errors
///
/// When an exporter cannot be built from the environment, or another subscriber is set already. Nothing has changed
/// then.
pub fn init(service: Service<'_>) -> Result<Telemetry, InitError> {
    builder(service).init()
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
    builder(service).variables(variable).init()
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
/// through, spans and events from INFO are traced (`TELEMETRY_FILTER` changes that), except those of the HTTP transports.
/// It prints nothing, and `RUST_LOG` does not concern it. Only warnings about invalid variables go to standard error.
///
/// It sets no global: no subscriber, no provider or propagator of OpenTelemetry
/// ([`Telemetry::install_globally`] does), and no logger: records of the `log` crate arrive through `tracing_log`, which
/// the `init` of `tracing-subscriber` installs unless its feature `tracing-log` is off. The middlewares of this crate use the propagation settings and the HTTP
/// metrics of the first start in a process.
///
/// # Errors
///
/// When an exporter cannot be built from the environment.
pub fn layer<S>(service: Service<'_>) -> Result<(impl Layer<S> + Send + Sync + use<S>, Telemetry), InitError>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    builder(service).layer()
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
    builder(service).variables(variable).layer()
}

/// The layer with its filter.
fn filtered<S>(recorder: Recorder) -> impl Layer<S> + Send + Sync + use<S>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    let layer = SpanLayer::new(recorder);
    let filter = layer.filter();
    layer.with_filter(filter)
}

/// What was started, for a subscriber or a layer.
struct Started {
    telemetry: Telemetry,
    recorder: Recorder,
    /// Invalid settings.
    warnings: Vec<String>,
}

/// Starts the export of all signals. Nothing outside of this crate has changed when it returns.
fn start(
    service: Service<'_>,
    variable: &dyn Fn(&str) -> Option<String>,
    lines: LogLines,
    additions: Additions,
) -> Result<Started, InitError> {
    let (settings, mut warnings) = Settings::read(variable);
    let printed = lines.are_printed().then(|| {
        let (printed, unknown) = PrintFilter::new(variable("RUST_LOG").as_deref(), settings.log_level);
        warnings.extend(unknown.iter().map(|directive| ignored_directive("RUST_LOG", directive)));
        printed
    });
    let (traced, unknown) = TraceFilter::new(!settings.disabled, &settings.filter);
    warnings.extend(unknown.iter().map(|directive| ignored_directive(variables::FILTER.name, directive)));
    let Additions { resource: added, consumers, sampler } = additions;
    let resource = resource(service, &settings, added);
    let consumers = Consumers::new(consumers, &resource);
    let spans = start_export(&settings, &resource, &consumers)?;
    let queue = spans.as_ref().map(|export| Arc::clone(export.intake()));
    // From here on, an early return stops the exporter threads.
    let mut telemetry = Telemetry {
        spans,
        consumers: consumers.clone(),
        signals: Signals::default(),
        #[cfg(feature = "rollbar")]
        rollbar: error_reports::start(&settings, &resource)?,
        #[cfg(feature = "xray")]
        remote_sampler: None,
        tracer_provider: None,
        propagation: settings.propagation.clone(),
        printed: printed.clone(),
        lines: lines.clone(),
    };
    telemetry.signals = Signals::start(&settings, &resource, telemetry.spans.as_ref())?;
    propagation::install(&settings.propagation);
    let limits = settings.limits;
    // The sampler of the application decides on spans that are recorded, so it replaces that of the settings only then.
    let own_sampler = sampler.filter(|_| queue.is_some());
    let sampler = match &own_sampler {
        Some(_) => Sampler::Always(Root::On),
        None => telemetry.start_sampler(&settings, &resource)?,
    };
    telemetry.tracer_provider = queue.clone().map(|queue| {
        let sampler = own_sampler.clone().unwrap_or_else(|| Box::new(sampler.clone()));
        sdk_bridge::provider(queue, sampler, consumers.clone(), limits, resource)
    });
    let hooks = queue.as_ref().and_then(|_| StartHooks::new(own_sampler, &consumers));
    let mode = match queue {
        Some(queue) => Mode::Record(queue),
        None if settings.disabled => Mode::PassThrough,
        None => Mode::Propagate,
    };
    let filter = Filter { traced, printed };
    let starter = SpanStarter { sampler, limits, mode, hooks };
    #[cfg_attr(not(feature = "rollbar"), expect(unused_mut, reason = "only the feature changes it"))]
    let mut recorder = Recorder::new(starter, filter, lines, telemetry.signals.logger());
    #[cfg(feature = "rollbar")]
    {
        let reporter = telemetry.rollbar.as_ref().map(Rollbar::reporter);
        recorder.report_errors_to(reporter.ok_or_else(|| error_reports::problem(&settings, &warnings)));
    }
    Ok(Started { telemetry, recorder, warnings })
}

impl Telemetry {
    /// The sampler of the settings. One whose rules are fetched is started, if spans are exported.
    #[cfg(feature = "xray")]
    fn start_sampler(&mut self, settings: &Settings, resource: &Resource) -> Result<Sampler, ExportError> {
        let Some(remote) = settings.remote_sampler.as_ref().filter(|_| self.spans.is_some()) else {
            return Ok(settings.sampler.clone());
        };
        let (remote, sampler) = xray::RemoteSampler::start(remote, resource)?;
        self.remote_sampler = remote;
        Ok(sampler)
    }

    /// The sampler of the settings.
    #[cfg(not(feature = "xray"))]
    #[expect(clippy::unnecessary_wraps, clippy::unused_self, reason = "the feature `xray` starts one")]
    fn start_sampler(&mut self, settings: &Settings, _: &Resource) -> Result<Sampler, ExportError> {
        Ok(settings.sampler.clone())
    }
}

/// Starts the export of spans; `None` when they are not exported.
fn start_export(
    settings: &Settings,
    resource: &Resource,
    consumers: &Consumers,
) -> Result<Option<SpanExport>, ExportError> {
    if settings.disabled {
        return Ok(None);
    }
    let mut sinks = build_sink::span_sinks(settings, resource)?;
    #[cfg(feature = "xray")]
    sinks.extend(xray::span_sink(settings, resource)?);
    sinks.extend(consumers.sinks());
    SpanExport::start(sinks, settings.span_batching)
}
