//! Decides which spans and events are traced, and which events are printed. The two decisions are independent.

use tracing::Metadata;
use tracing::level_filters::LevelFilter;
use tracing::subscriber::Interest;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer;

/// Crates of HTTP transports, whose spans and events are never traced. The exporter uses them, too.
const TRANSPORTS: [&str; 7] = ["hyper", "h2", "reqwest", "rustls", "tonic", "tower", "opentelemetry"];

/// Logs its threads at every start. Its events below a warning are printed only when `RUST_LOG` names it.
const ACTIX_SERVER: &str = "actix_server";

/// Which spans and events are traced.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TraceFilter {
    /// When false, only spans of this crate are created: they propagate contexts.
    pub(crate) recording: bool,
}

impl TraceFilter {
    /// The most verbose level that is traced.
    pub(crate) const MAX_LEVEL: LevelFilter = LevelFilter::INFO;

    /// Whether a span or event becomes part of a trace. `RUST_LOG` has no say: it must never break propagation.
    pub(crate) fn traces(self, metadata: &Metadata<'_>) -> bool {
        if *metadata.level() > Self::MAX_LEVEL {
            return false;
        }
        let target = metadata.target();
        if is_within(target, "telemetry") {
            // Events about exporting are not exported: during an outage, each failure would create more to export.
            return metadata.is_span() || (self.recording && !is_within(target, "telemetry::export"));
        }
        self.recording && !TRANSPORTS.iter().any(|name| is_within(target, name))
    }
}

/// The filter of the layer. It decides for the layer alone: other layers see what their own filters let through.
impl<S> layer::Filter<S> for TraceFilter {
    fn enabled(&self, metadata: &Metadata<'_>, _: &layer::Context<'_, S>) -> bool {
        self.traces(metadata)
    }

    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        if self.traces(metadata) { Interest::always() } else { Interest::never() }
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(Self::MAX_LEVEL)
    }
}

/// Which events are printed.
#[derive(Clone, Debug)]
pub(crate) struct PrintFilter(Targets);

impl PrintFilter {
    /// Builds a filter from `RUST_LOG`, which lists levels and `target=level` pairs; the default is `info`.
    ///
    /// `own` is the level for events of this crate. Returns a warning for each directive that does not parse.
    pub(crate) fn new(directives: Option<&str>, own: LevelFilter) -> (Self, Vec<String>) {
        let mut printed =
            Targets::new().with_default(LevelFilter::INFO).with_target(ACTIX_SERVER, LevelFilter::WARN);
        let mut unknown = Vec::new();
        for directive in
            directives.unwrap_or_default().split(',').map(str::trim).filter(|part| !part.is_empty())
        {
            match (directive.parse::<LevelFilter>(), directive.parse::<Targets>()) {
                (Ok(level), _) => printed = printed.with_default(level),
                (Err(_), Ok(targets)) => printed.extend(targets),
                (Err(_), Err(_)) => {
                    unknown.push(format!("RUST_LOG: ignored {directive}: expected a level or target=level"));
                }
            }
        }
        if own != LevelFilter::INFO {
            printed = printed.with_target("telemetry", own);
        }
        (Self(printed), unknown)
    }

    /// Whether an event is printed. Spans are never printed.
    pub(crate) fn prints(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_event() && self.0.would_enable(metadata.target(), metadata.level())
    }

    /// The most verbose level that is printed.
    pub(crate) fn max_level(&self) -> LevelFilter {
        let printed = self.0.iter().map(|(_, level)| level).chain(self.0.default_level()).max();
        printed.unwrap_or(LevelFilter::OFF)
    }
}

/// Whether `target` is the crate `name` or a module of it. `hyper` covers `hyper_util`, too.
fn is_within(target: &str, name: &str) -> bool {
    target.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '_']))
}

#[cfg(test)]
mod tests {
    use tracing::Level;

    use super::*;

    #[test]
    fn a_target_belongs_to_its_crate_only() {
        assert!(is_within("hyper::client", "hyper"));
        assert!(is_within("hyper_util::client", "hyper"));
        assert!(is_within("h2", "h2"));
        assert!(!is_within("h2o", "h2"));
        assert!(!is_within("towering", "tower"));
    }

    #[test]
    fn directives_set_the_default_level_and_levels_of_targets() {
        let (filter, unknown) = PrintFilter::new(Some("warn,users=debug,a::b=off,c=loud"), LevelFilter::INFO);
        assert_eq!(unknown.len(), 1, "{unknown:?}");
        let prints = |target, level| filter.0.would_enable(target, &level);
        assert!(prints("users::http", Level::DEBUG));
        assert!(!prints("users::http", Level::TRACE));
        assert!(!prints("a::b", Level::ERROR));
        assert!(!prints("other", Level::INFO));
        assert!(prints("other", Level::WARN));
        assert!(!prints("actix_server::builder", Level::INFO));
        assert_eq!(filter.max_level(), LevelFilter::DEBUG);
    }

    #[test]
    fn this_crates_level_applies_to_this_crate_only() {
        let (filter, _) = PrintFilter::new(None, LevelFilter::ERROR);
        assert!(!filter.0.would_enable("telemetry::export", &Level::WARN));
        assert!(filter.0.would_enable("users", &Level::INFO));
    }
}
