//! [`Builder`]: [`init`](crate::init()) and [`layer`](crate::layer()) with choices of the application.

use std::fmt;
use std::io::Write;

use opentelemetry::KeyValue;
use opentelemetry_sdk::trace::{ShouldSample, SpanExporter, SpanProcessor};
use tracing::Subscriber;
use tracing::subscriber::NoSubscriber;
use tracing_subscriber::registry::{LookupSpan, Registry};
use tracing_subscriber::{Layer, layer::SubscriberExt};

use super::additions::Additions;
use super::{InitError, Started, Telemetry, filtered, start};
use crate::env::misspelt_variables;
use crate::export::custom::{Exporter, Processor};
use crate::log_lines::{self, LogFormat, LogLines};
use crate::log_records;
use crate::resource::Service;
use crate::span::SpanSubscriber;

/// Reads a variable.
type ReadVariable<'a> = &'a dyn Fn(&str) -> Option<String>;

type BoxedLayer = Box<dyn Layer<Registry> + Send + Sync>;

/// Starts telemetry with choices: as [`init`](crate::init()) does, or as [`layer`](crate::layer()) does, with
/// [`Builder::layer`].
///
/// ```
/// use telemetry::LogFormat;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let directory = std::env::temp_dir();
/// let file = std::fs::File::create(directory.join("feed.log"))?;
/// let telemetry = telemetry::builder(telemetry::Service { name: "feed", version: "1.0.0" })
///     .log_format(LogFormat::Json)
///     .log_writer(file)
///     .init()?;
/// telemetry.set_log_filter("warn,feed=debug")?;
/// telemetry.shutdown()?;
/// # Ok(())
/// # }
/// ```
pub fn builder(service: Service<'_>) -> Builder<'_> {
    Builder {
        service,
        variable: None,
        format: None,
        writer: None,
        layers: Vec::new(),
        additions: Additions::default(),
    }
}

/// The choices of [`builder`].
#[must_use = "call init or layer"]
pub struct Builder<'a> {
    service: Service<'a>,
    variable: Option<ReadVariable<'a>>,
    format: Option<LogFormat>,
    writer: Option<Box<dyn Write + Send>>,
    layers: Vec<BoxedLayer>,
    additions: Additions,
}

impl fmt::Debug for Builder<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { service, format, layers, additions, .. } = self;
        formatter
            .debug_struct("Builder")
            .field("service", service)
            .field("format", format)
            .field("layers", &layers.len())
            .field("additions", additions)
            .finish_non_exhaustive()
    }
}

impl<'a> Builder<'a> {
    /// Reads variables from `variable` in place of the environment.
    pub fn variables(self, variable: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Self { variable: Some(variable), ..self }
    }

    /// Sets the form of log lines.
    pub fn log_format(self, format: LogFormat) -> Self {
        Self { format: Some(format), ..self }
    }

    /// Writes log lines to `writer` in place of standard error. Each line is one call of `write_all`, and waits for it.
    pub fn log_writer(self, writer: impl Write + Send + 'static) -> Self {
        Self { writer: Some(Box::new(writer)), ..self }
    }

    /// Adds a layer of your own. Give it its filter with [`with_filter`](Layer::with_filter).
    ///
    /// With the first one, spans are stored in a registry, which costs half as much again.
    pub fn with(mut self, layer: impl Layer<Registry> + Send + Sync + 'static) -> Self {
        self.layers.push(layer.boxed());
        self
    }

    /// Adds attributes of the resource, in all signals. Call it as often as there are sources of them:
    ///
    /// ```
    /// use opentelemetry::KeyValue;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let telemetry = telemetry::builder(telemetry::Service { name: "feed", version: "1.0.0" })
    ///     .with_resource_attributes([KeyValue::new("service.namespace", "cruddur")])
    ///     .init()?;
    /// # telemetry.shutdown()?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// As the specification says, they override `OTEL_RESOURCE_ATTRIBUTES`, and also `OTEL_SERVICE_NAME` and [`Service`]
    /// if they name the service. The environment overrides [`Service`]. Of several with one key, the last counts.
    ///
    /// What a resource detector found can be passed on:
    /// `detected.iter().map(|(key, value)| KeyValue::new(key.clone(), value.clone()))`.
    pub fn with_resource_attributes(mut self, attributes: impl IntoIterator<Item = KeyValue>) -> Self {
        self.additions.resource.extend(attributes);
        self
    }

    /// Passes all recorded spans to `processor`, beside the destinations that the environment names.
    /// `OTEL_TRACES_EXPORTER=none` leaves only processors and exporters of the code.
    ///
    /// - `on_start` is called on the thread that starts the span, in the order in which processors were added. What it
    ///   changes is exported everywhere. It must not block, because that thread waits for it. The span that it gets ends
    ///   with the call: a copy shows later changes to nobody. It is called again if the span gets another parent
    ///   (`set_parent`).
    /// - `on_end` is called on a thread of the processor, behind a bounded queue (`OTEL_BSP_*`): one that blocks delays
    ///   neither requests nor other destinations. Spans that find the queue full are dropped and counted.
    /// - A panic is logged. It costs the processor one span, and nobody else anything.
    /// - [`Telemetry::flush`] and [`Telemetry::shutdown`] call `force_flush` and `shutdown_with_timeout` when the processor
    ///   has all spans, and wait for them until their own time limits.
    ///
    /// ```
    /// use opentelemetry::{Context, KeyValue, baggage::BaggageExt, trace::Span as _};
    /// use opentelemetry_sdk::error::OTelSdkResult;
    /// use opentelemetry_sdk::trace::{Span, SpanData, SpanProcessor};
    ///
    /// /// Copies the tenant of the baggage to every span.
    /// #[derive(Debug)]
    /// struct TenantProcessor;
    ///
    /// impl SpanProcessor for TenantProcessor {
    ///     fn on_start(&self, span: &mut Span, parent: &Context) {
    ///         if let Some(tenant) = parent.baggage().get("app.tenant") {
    ///             span.set_attribute(KeyValue::new("app.tenant", tenant.to_string()));
    ///         }
    ///     }
    ///
    ///     fn on_end(&self, _: SpanData) {}
    ///
    ///     fn force_flush(&self) -> OTelSdkResult {
    ///         Ok(())
    ///     }
    ///
    ///     fn shutdown_with_timeout(&self, _: std::time::Duration) -> OTelSdkResult {
    ///         Ok(())
    ///     }
    /// }
    ///
    /// let builder = telemetry::builder(telemetry::Service { name: "feed", version: "1.0.0" });
    /// let builder = builder.with_span_processor(TenantProcessor);
    /// # drop(builder);
    /// ```
    pub fn with_span_processor(mut self, processor: impl SpanProcessor + 'static) -> Self {
        self.additions.consumers.push(Box::new(Processor(processor)));
        self
    }

    /// Exports spans with `exporter` too, in batches, on a thread of its own and behind a bounded queue (`OTEL_BSP_*`).
    ///
    /// The thread has no asynchronous runtime, as that of the SDK's `BatchSpanProcessor`. An export that takes longer than
    /// `OTEL_BSP_EXPORT_TIMEOUT`, fails or panics loses its batch, which is logged and counted: to try again is the
    /// exporter's responsibility. Unlike a processor, an exporter costs the start of spans nothing.
    pub fn with_span_exporter(mut self, exporter: impl SpanExporter + 'static) -> Self {
        self.additions.consumers.push(Box::new(Exporter(exporter)));
        self
    }

    /// Decides with `sampler` which spans are recorded, in place of `OTEL_TRACES_SAMPLER`. It is asked about every span, on
    /// the thread that starts it, with the attributes with which the span starts. It must not block.
    ///
    /// - `RecordOnly` counts as `Drop`, because every span that is recorded is exported.
    /// - A span is recorded if the sampler panics. The panic is logged.
    /// - If no span is exported anywhere, it is not asked.
    ///
    /// ```
    /// use opentelemetry_sdk::trace::Sampler;
    ///
    /// let sampler = Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(0.1)));
    /// let builder = telemetry::builder(telemetry::Service { name: "feed", version: "1.0.0" }).with_sampler(sampler);
    /// # drop(builder);
    /// ```
    pub fn with_sampler(mut self, sampler: impl ShouldSample + 'static) -> Self {
        self.additions.sampler = Some(Box::new(sampler));
        self
    }

    /// Starts telemetry as a layer of your own subscriber, as [`layer`](crate::layer()) does.
    ///
    /// # Errors
    ///
    /// As [`layer`](crate::layer()), and when [`log_format`](Self::log_format), [`log_writer`](Self::log_writer) or
    /// [`with`](Self::with) was called: lines and other layers are those of the subscriber.
    pub fn layer<S>(self) -> Result<(impl Layer<S> + Send + Sync + use<S>, Telemetry), InitError>
    where
        S: Subscriber + for<'span> LookupSpan<'span>,
    {
        let Self { service, variable, format, writer, layers, additions } = self;
        if format.is_some() || writer.is_some() || !layers.is_empty() {
            return Err(InitError::NotOfLayer);
        }
        let lines = LogLines::new(LogFormat::Off, None);
        let Started { telemetry, recorder, warnings } = start_from(service, variable, lines, additions)?;
        for warning in warnings {
            // The subscriber that will have the layer does not exist yet.
            log_lines::print_warning(&warning);
        }
        Ok((filtered(recorder), telemetry))
    }

    /// Starts telemetry in a process that has no `tracing` subscriber.
    ///
    /// # Errors
    ///
    /// As [`init`](crate::init()).
    pub fn init(self) -> Result<Telemetry, InitError> {
        if has_global_subscriber() {
            return Err(InitError::AlreadySet);
        }
        let Self { service, variable, format, writer, layers, additions } = self;
        let lines = LogLines::new(format.unwrap_or_default(), writer);
        let Started { telemetry, recorder, warnings } = start_from(service, variable, lines, additions)?;
        if layers.is_empty() {
            set_globally(SpanSubscriber::new(recorder))?;
        } else {
            set_globally(tracing_subscriber::registry().with(layers).with(filtered(recorder)))?;
        }
        telemetry.install_globally();
        #[cfg(feature = "rollbar")]
        if telemetry.rollbar.is_some() {
            super::panic_hook::install();
        }
        if !log_records::install() {
            tracing::warn!(
                target: "telemetry",
                "records of the log crate go to the logger that is already set, and are not part of telemetry"
            );
        }
        for warning in warnings {
            tracing::warn!(target: "telemetry", "{warning}");
        }
        Ok(telemetry)
    }
}

/// Starts from these variables, or else from the environment. There, it warns about misspelt names, too.
fn start_from(
    service: Service<'_>,
    variable: Option<ReadVariable<'_>>,
    lines: LogLines,
    additions: Additions,
) -> Result<Started, InitError> {
    if let Some(variable) = variable {
        return start(service, variable, lines, additions);
    }
    let mut started = start(service, &|name| std::env::var(name).ok(), lines, additions)?;
    started.warnings.extend(misspelt_variables());
    Ok(started)
}

fn set_globally(subscriber: impl Subscriber + Send + Sync) -> Result<(), InitError> {
    tracing::subscriber::set_global_default(subscriber).map_err(|_| InitError::AlreadySet)
}

/// Whether this process has a global subscriber. Another thread is asked, because this one may have a default of its
/// own.
fn has_global_subscriber() -> bool {
    let ask = || tracing::dispatcher::get_default(|dispatch| !dispatch.is::<NoSubscriber>());
    std::thread::scope(|scope| scope.spawn(ask).join()).unwrap_or(false)
}
