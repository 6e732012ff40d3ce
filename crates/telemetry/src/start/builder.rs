//! [`Builder`]: [`init`](crate::init()) with other log lines, and with layers of the application.

use std::fmt;
use std::io::Write;

use tracing::Subscriber;
use tracing::subscriber::NoSubscriber;
use tracing_subscriber::registry::Registry;
use tracing_subscriber::{Layer, layer::SubscriberExt};

use super::{InitError, Started, Telemetry, filtered, start};
use crate::log_lines::{LogFormat, LogLines};
use crate::log_records;
use crate::resource::Service;
use crate::span::SpanSubscriber;

/// Reads a variable.
type ReadVariable<'a> = &'a dyn Fn(&str) -> Option<String>;

type BoxedLayer = Box<dyn Layer<Registry> + Send + Sync>;

/// Starts telemetry in a process that has no `tracing` subscriber, as [`init`](crate::init()) does, with choices:
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
    Builder { service, variable: None, format: LogFormat::default(), writer: None, layers: Vec::new() }
}

/// The choices of [`builder`].
#[must_use = "call init"]
pub struct Builder<'a> {
    service: Service<'a>,
    variable: Option<ReadVariable<'a>>,
    format: LogFormat,
    writer: Option<Box<dyn Write + Send>>,
    layers: Vec<BoxedLayer>,
}

impl fmt::Debug for Builder<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { service, format, layers, .. } = self;
        formatter
            .debug_struct("Builder")
            .field("service", service)
            .field("format", format)
            .field("layers", &layers.len())
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
        Self { format, ..self }
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

    /// Starts telemetry.
    ///
    /// # Errors
    ///
    /// As [`init`](crate::init()).
    pub fn init(self) -> Result<Telemetry, InitError> {
        if has_global_subscriber() {
            return Err(InitError::AlreadySet);
        }
        let Self { service, variable, format, writer, layers } = self;
        let lines = LogLines::new(format, writer);
        let environment = |name: &str| std::env::var(name).ok();
        let Started { telemetry, recorder, warnings } =
            start(service, variable.unwrap_or(&environment), lines)?;
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

fn set_globally(subscriber: impl Subscriber + Send + Sync) -> Result<(), InitError> {
    tracing::subscriber::set_global_default(subscriber).map_err(|_| InitError::AlreadySet)
}

/// Whether this process has a global subscriber. Another thread is asked, because this one may have a default of its
/// own.
fn has_global_subscriber() -> bool {
    let ask = || tracing::dispatcher::get_default(|dispatch| !dispatch.is::<NoSubscriber>());
    std::thread::scope(|scope| scope.spawn(ask).join()).unwrap_or(false)
}
