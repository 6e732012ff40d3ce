//! The settings of the crate, read from the environment once at the start.

use std::time::Duration;

use tracing::level_filters::LevelFilter;

use super::honeycomb::Honeycomb;
use super::otlp::{DEFAULT_TIMEOUT, Exporter};
use super::plaintext;
use super::reader::{GREATEST_COUNT, Reader};
use super::remote_sampler::RemoteSampler;
use super::rollbar::Rollbar;
use super::signal::Signal;
use super::variables as v;
use super::xray::{DaemonAddress, Xray};
use crate::otlp::{Limits, LogLimits};
use crate::sampler::{Root, Sampler};

/// The greatest queue of log records. OpenTelemetry's processor allocates it at the start.
const GREATEST_LOG_QUEUE: usize = 1 << 20;
/// The least delay of log records. OpenTelemetry's processor would take a whole core with a delay of zero.
const LEAST_LOG_DELAY: Duration = Duration::from_millis(10);

/// Spans in the queue. A service of Cruddur makes at most 12,000 spans of the home feed a second: they fill it in 11 s.
const DEFAULT_QUEUE: usize = 131_072;
/// Bytes of spans in the queue. A span of the home feed has 387 bytes: 131,072 of them are 48 MiB.
const DEFAULT_QUEUE_BYTES: usize = 64 << 20;
/// The least bytes of spans in the queue: a full batch.
const LEAST_QUEUE_BYTES: usize = 1 << 20;

/// All settings of [`init`](crate::init).
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Settings {
    pub(crate) disabled: bool,
    pub(crate) service_name: Option<String>,
    pub(crate) resource: Vec<(String, String)>,
    pub(crate) log_level: LevelFilter,
    /// Directives of the filter of spans and events.
    pub(crate) filter: String,
    pub(crate) propagation: Propagation,
    pub(crate) sampler: Sampler,
    /// Replaces the sampler; `None` when no rules are fetched.
    pub(crate) remote_sampler: Option<RemoteSampler>,
    pub(crate) traces: Exporter,
    pub(crate) metrics: Exporter,
    pub(crate) logs: Exporter,
    pub(crate) span_batching: Batching,
    pub(crate) log_batching: Batching,
    pub(crate) limits: Limits,
    pub(crate) log_limits: LogLimits,
    pub(crate) metric_interval: Duration,
    pub(crate) metric_timeout: Duration,
    /// `None` when nothing is sent to Honeycomb.
    pub(crate) honeycomb: Option<Honeycomb>,
    /// `None` when errors are not reported to Rollbar.
    pub(crate) rollbar: Option<Rollbar>,
    /// `None` when nothing is sent to AWS X-Ray.
    pub(crate) xray: Option<Xray>,
}

/// The settings of propagation.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Propagation {
    /// The valid names of `OTEL_PROPAGATORS`, without repetitions.
    pub(crate) formats: Vec<String>,
    pub(crate) inbound: Inbound,
    /// Keys of incoming baggage that are accepted.
    pub(crate) baggage_allow: Vec<String>,
    /// Hosts that baggage may be sent to, or suffixes that begin with a dot.
    pub(crate) own_hosts: Vec<String>,
}

impl Default for Propagation {
    fn default() -> Self {
        Self {
            formats: vec!["tracecontext".to_owned(), "baggage".to_owned()],
            inbound: Inbound::Continue,
            baggage_allow: Vec::new(),
            own_hosts: Vec::new(),
        }
    }
}

/// What to do with an incoming trace context (`TELEMETRY_INBOUND`).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Inbound {
    /// Continue its trace.
    Continue,
    /// Start a new trace that links to it.
    Link,
    /// Start a new trace.
    Ignore,
}

/// Batching of spans (`OTEL_BSP_*`) or log records (`OTEL_BLRP_*`).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Batching {
    pub(crate) delay: Duration,
    pub(crate) export_timeout: Duration,
    /// The time limit while the queue has room. Log records have a single attempt.
    pub(crate) outage_timeout: Duration,
    pub(crate) queue: usize,
    /// Bytes of encoded spans in the queue (`TELEMETRY_QUEUE_BYTES`). Log records are bounded by their number.
    pub(crate) bytes: usize,
    pub(crate) batch: usize,
}

impl Settings {
    /// Reads the settings. Returns warnings about invalid values.
    pub(crate) fn read(get: &dyn Fn(&str) -> Option<String>) -> (Self, Vec<String>) {
        let mut reader = Reader::new(get);
        let timeout = reader.timeout(v::OTLP_TIMEOUT.name).unwrap_or(DEFAULT_TIMEOUT);
        let honeycomb = Honeycomb::read(&mut reader, timeout);
        let xray_daemon = DaemonAddress::read(&mut reader);
        let xray = Xray::read(&mut reader, timeout, xray_daemon.as_ref());
        let [traces, metrics, logs] = Signal::ALL.map(|signal| {
            let exporter = Exporter::read(&mut reader, signal);
            match &honeycomb {
                Some(honeycomb) => exporter.beside(Some(&honeycomb.exporter(signal, "")), &reader, signal),
                None => exporter,
            }
        });
        let traces = match &xray {
            Some(xray) => xray.beside(traces, &reader),
            None => traces,
        };
        let settings = Self {
            disabled: reader.boolean(v::SDK_DISABLED.name).unwrap_or(false),
            service_name: reader.text(v::SERVICE_NAME),
            resource: reader.pairs(v::RESOURCE_ATTRIBUTES.name),
            log_level: log_level(&mut reader),
            filter: reader.text(v::FILTER).unwrap_or_else(|| v::FILTER.default.to_owned()),
            propagation: propagation(&mut reader),
            sampler: sampler(&mut reader),
            remote_sampler: RemoteSampler::read(&mut reader, xray_daemon.as_ref()),
            traces,
            metrics,
            logs,
            span_batching: span_batching(&mut reader),
            log_batching: log_batching(&mut reader),
            limits: limits(&mut reader),
            log_limits: log_limits(&mut reader),
            metric_interval: reader.interval(v::METRIC_EXPORT_INTERVAL).unwrap_or(Duration::from_secs(60)),
            metric_timeout: reader.timeout(v::METRIC_EXPORT_TIMEOUT.name).unwrap_or(Duration::from_secs(30)),
            honeycomb,
            rollbar: Rollbar::read(&mut reader),
            xray,
        };
        for (batching, name) in [
            (settings.span_batching, v::BSP_MAX_EXPORT_BATCH_SIZE.name),
            (settings.log_batching, v::BLRP_MAX_EXPORT_BATCH_SIZE.name),
        ] {
            if batching.batch > batching.queue {
                reader.warnings.push(format!("{name}: a batch cannot exceed the queue, {}", batching.queue));
            }
        }
        settings.warn_of_plaintext(&mut reader);
        (settings, reader.into_warnings())
    }

    fn warn_of_plaintext(&self, reader: &mut Reader<'_>) {
        for exporter in [&self.traces, &self.metrics, &self.logs] {
            if let Exporter::Otlp(otlp) = exporter
                && let Some(variable) = otlp.variable.as_deref().filter(|_| !otlp.headers.is_empty())
            {
                plaintext::warn(reader, variable, &otlp.endpoint);
            }
        }
        if let Some(honeycomb) = &self.honeycomb {
            plaintext::warn(reader, v::HONEYCOMB_API_ENDPOINT.name, &honeycomb.endpoint);
        }
        if let Some(rollbar) = &self.rollbar {
            plaintext::warn(reader, v::ROLLBAR_ENDPOINT.name, &rollbar.endpoint);
        }
    }
}

fn span_batching(reader: &mut Reader<'_>) -> Batching {
    let export_timeout = reader.timeout(v::BSP_EXPORT_TIMEOUT.name);
    Batching {
        delay: reader.delay(v::BSP_SCHEDULE_DELAY).unwrap_or(Duration::from_secs(5)),
        export_timeout: export_timeout.unwrap_or(Duration::from_secs(30)),
        outage_timeout: export_timeout.unwrap_or(Duration::from_secs(300)),
        queue: reader.count(v::BSP_MAX_QUEUE_SIZE, GREATEST_COUNT).unwrap_or(DEFAULT_QUEUE),
        bytes: queue_bytes(reader).unwrap_or(DEFAULT_QUEUE_BYTES),
        batch: reader.count(v::BSP_MAX_EXPORT_BATCH_SIZE, GREATEST_COUNT).unwrap_or(512),
    }
}

fn queue_bytes(reader: &mut Reader<'_>) -> Option<usize> {
    let problem = format!("not a whole number from {LEAST_QUEUE_BYTES} to {GREATEST_COUNT}");
    reader.parsed(v::QUEUE_BYTES.name, &problem, |value| {
        value.parse().ok().filter(|bytes| (LEAST_QUEUE_BYTES..=GREATEST_COUNT).contains(bytes))
    })
}

fn log_batching(reader: &mut Reader<'_>) -> Batching {
    let export_timeout = reader.timeout(v::BLRP_EXPORT_TIMEOUT.name).unwrap_or(Duration::from_secs(30));
    Batching {
        delay: reader.delay(v::BLRP_SCHEDULE_DELAY).unwrap_or(Duration::from_secs(1)).max(LEAST_LOG_DELAY),
        export_timeout,
        outage_timeout: export_timeout,
        queue: reader.count(v::BLRP_MAX_QUEUE_SIZE, GREATEST_LOG_QUEUE).unwrap_or(2048),
        bytes: usize::MAX,
        batch: reader.count(v::BLRP_MAX_EXPORT_BATCH_SIZE, GREATEST_LOG_QUEUE).unwrap_or(512),
    }
}

fn log_level(reader: &mut Reader<'_>) -> LevelFilter {
    let level =
        reader.parsed(v::LOG_LEVEL.name, "not one of off, error, warn, info, debug, trace", |value| {
            value.parse().ok()
        });
    level.unwrap_or(LevelFilter::INFO)
}

fn propagation(reader: &mut Reader<'_>) -> Propagation {
    let inbound = reader.choice(v::INBOUND.name, "not one of continue, link, ignore", |value| match value {
        "continue" => Some(Inbound::Continue),
        "link" => Some(Inbound::Link),
        "ignore" => Some(Inbound::Ignore),
        _ => None,
    });
    Propagation {
        formats: formats(reader),
        inbound: inbound.unwrap_or(Inbound::Continue),
        baggage_allow: reader.list(v::BAGGAGE_ALLOW),
        own_hosts: reader.list(v::OWN_HOSTS),
    }
}

fn formats(reader: &mut Reader<'_>) -> Vec<String> {
    const KNOWN: [&str; 5] = ["tracecontext", "baggage", "b3", "b3multi", "xray"];
    if reader.text(v::PROPAGATORS).is_none() {
        return Propagation::default().formats;
    }
    let mut formats: Vec<String> = Vec::new();
    for name in reader.list(v::PROPAGATORS) {
        let known = name.to_ascii_lowercase();
        if known == "none" {
            return Vec::new();
        }
        if !KNOWN.contains(&known.as_str()) {
            reader.ignored(v::PROPAGATORS.name, &name, "no such propagator");
        } else if !formats.contains(&known) {
            formats.push(known);
        }
    }
    // A list without a known name is ignored as a whole: nobody asked for none.
    if formats.is_empty() { Propagation::default().formats } else { formats }
}

fn sampler(reader: &mut Reader<'_>) -> Sampler {
    if reader.text(v::TRACES_SAMPLER).is_some_and(|name| RemoteSampler::is_named(&name)) {
        return Sampler::DEFAULT;
    }
    let share = reader.parsed(v::TRACES_SAMPLER_ARG.name, "not a number from 0 to 1", |value| {
        value.parse().ok().filter(|share| (0.0..=1.0).contains(share))
    });
    let ratio = Root::Ratio(share.unwrap_or(1.0));
    let sampler = reader.choice(v::TRACES_SAMPLER.name, "no such sampler", |value| match value {
        "always_on" => Some(Sampler::Always(Root::On)),
        "always_off" => Some(Sampler::Always(Root::Off)),
        "traceidratio" => Some(Sampler::Always(ratio)),
        "parentbased_always_on" => Some(Sampler::ParentBased(Root::On)),
        "parentbased_always_off" => Some(Sampler::ParentBased(Root::Off)),
        "parentbased_traceidratio" => Some(Sampler::ParentBased(ratio)),
        _ => None,
    });
    sampler.unwrap_or(Sampler::DEFAULT)
}

fn log_limits(reader: &mut Reader<'_>) -> LogLimits {
    let default = LogLimits::default();
    let attributes = reader.limit(v::LOGRECORD_ATTRIBUTE_COUNT_LIMIT);
    let value_length = reader.limit(v::LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT);
    LogLimits {
        attributes: attributes.or(reader.limit(v::ATTRIBUTE_COUNT_LIMIT)).unwrap_or(default.attributes),
        value_length: value_length
            .or(reader.limit(v::ATTRIBUTE_VALUE_LENGTH_LIMIT))
            .unwrap_or(default.value_length),
    }
}

fn limits(reader: &mut Reader<'_>) -> Limits {
    let default = Limits::default();
    let attributes = reader.limit(v::ATTRIBUTE_COUNT_LIMIT);
    let span_attributes = reader.limit(v::SPAN_ATTRIBUTE_COUNT_LIMIT);
    let value_length = reader.limit(v::ATTRIBUTE_VALUE_LENGTH_LIMIT);
    let span_value_length = reader.limit(v::SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT);
    let common = attributes.unwrap_or(default.attributes);
    Limits {
        attributes: span_attributes.unwrap_or(common),
        value_length: span_value_length.or(value_length),
        events: reader.limit(v::SPAN_EVENT_COUNT_LIMIT).unwrap_or(default.events),
        links: reader.limit(v::SPAN_LINK_COUNT_LIMIT).unwrap_or(default.links),
        event_attributes: reader.limit(v::EVENT_ATTRIBUTE_COUNT_LIMIT).unwrap_or(common),
        link_attributes: reader.limit(v::LINK_ATTRIBUTE_COUNT_LIMIT).unwrap_or(common),
    }
}
