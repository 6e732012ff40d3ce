//! Decides which spans and events are traced, and which events are printed. The two decisions are independent.

use std::sync::Arc;
use tracing::Metadata;

use parking_lot::RwLock;
use tracing::level_filters::LevelFilter;
use tracing::subscriber::Interest;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer;

/// Crates whose spans and events are never traced, because the exporter uses them: what it does would create more to
/// export. The README lists them.
const TRANSPORTS: [&str; 12] = [
    "h2",
    "hyper",
    "hyper_rustls",
    "hyper_util",
    "opentelemetry",
    "opentelemetry_http",
    "opentelemetry_otlp",
    "opentelemetry_sdk",
    "reqwest",
    "rustls",
    "tonic",
    "tower",
];

/// Logs its threads at every start. Its events below a warning are printed only when `RUST_LOG` names it.
const ACTIX_SERVER: &str = "actix_server";

/// OpenTelemetry's own crates log their start. Their events below a warning are printed only when `RUST_LOG` names them.
const OPENTELEMETRY: &str = "opentelemetry";

/// Events of OpenTelemetry's SDK that are not printed: the exporters of this crate have said why an export failed.
const REPORTED: [&str; 2] = ["BatchLogProcessor.ExportError", "PeriodicReader.ExportError"];

/// Which spans and events are traced.
#[derive(Clone, Debug)]
pub(crate) struct TraceFilter {
    /// When false, only spans of this crate are created: they propagate contexts.
    recording: bool,
    /// Levels of targets (`TELEMETRY_FILTER`).
    levels: Arc<Targets>,
}

impl TraceFilter {
    /// The level of this crate's spans, and the default for others.
    const LEVEL: LevelFilter = LevelFilter::INFO;

    /// Builds a filter from `TELEMETRY_FILTER`, which has the form of `RUST_LOG`. Returns each directive that does not
    /// parse.
    pub(crate) fn new(recording: bool, directives: &str) -> (Self, Vec<String>) {
        let default = Targets::new().with_default(Self::LEVEL);
        let (levels, unknown) = parse(default, directives);
        (Self { recording, levels: Arc::new(levels) }, unknown)
    }

    /// Whether a span or event becomes part of a trace. `RUST_LOG` has no say: it must never break propagation.
    pub(crate) fn traces(&self, metadata: &Metadata<'_>) -> bool {
        let (target, level) = (metadata.target(), metadata.level());
        if is_within(target, "telemetry") {
            // Events about exporting are not exported: during an outage, each failure would create more to export.
            let traced = metadata.is_span() || (self.recording && !is_within(target, "telemetry::export"));
            return traced && *level <= Self::LEVEL;
        }
        self.recording
            && self.levels.would_enable(target, level)
            && !TRANSPORTS.iter().any(|name| is_within(target, name))
    }

    /// The most verbose level that is traced.
    fn max_level(&self) -> LevelFilter {
        most_verbose(&self.levels).max(Self::LEVEL)
    }
}

/// Which events are printed. Clones share one filter, which can be changed.
#[derive(Clone, Debug)]
pub(crate) struct PrintFilter(Arc<RwLock<Targets>>);

impl PrintFilter {
    /// Builds a filter from `RUST_LOG`, which lists levels and `target=level` pairs; the default is `info`.
    ///
    /// `own` is the level for events of this crate. Returns each directive that does not parse.
    pub(crate) fn new(directives: Option<&str>, own: LevelFilter) -> (Self, Vec<String>) {
        let (mut printed, unknown) = parse(Self::default_levels(), directives.unwrap_or_default());
        if own != LevelFilter::INFO {
            printed = printed.with_target("telemetry", own);
        }
        (Self(Arc::new(RwLock::new(printed))), unknown)
    }

    /// Replaces the filter, unless a directive does not parse. Returns those directives.
    pub(crate) fn replace(&self, directives: &str) -> Result<(), Vec<String>> {
        let (printed, unknown) = parse(Self::default_levels(), directives);
        if !unknown.is_empty() {
            return Err(unknown);
        }
        *self.0.write() = printed;
        // Each callsite has cached whether it is enabled.
        tracing::callsite::rebuild_interest_cache();
        Ok(())
    }

    /// Whether an event is printed. Spans are never printed.
    pub(crate) fn prints(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_event()
            && !(metadata.target() == "opentelemetry_sdk" && REPORTED.contains(&metadata.name()))
            && self.0.read().would_enable(metadata.target(), metadata.level())
    }

    /// The most verbose level that is printed.
    pub(crate) fn max_level(&self) -> LevelFilter {
        most_verbose(&self.0.read())
    }

    fn default_levels() -> Targets {
        Targets::new()
            .with_default(LevelFilter::INFO)
            .with_target(ACTIX_SERVER, LevelFilter::WARN)
            .with_target(OPENTELEMETRY, LevelFilter::WARN)
    }
}

/// The most verbose of all levels.
fn most_verbose(levels: &Targets) -> LevelFilter {
    levels.iter().map(|(_, level)| level).chain(levels.default_level()).max().unwrap_or(LevelFilter::OFF)
}

/// Adds directives to `levels`. Returns those that do not parse, too.
fn parse(mut levels: Targets, directives: &str) -> (Targets, Vec<String>) {
    let mut unknown = Vec::new();
    for directive in directives.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        // `EnvFilter` alone knows spans (`target[span]`). Targets would take the brackets for a part of the name.
        let names_span = directive.contains('[');
        match (directive.parse::<LevelFilter>(), directive.parse::<Targets>()) {
            _ if names_span => unknown.push(directive.to_owned()),
            (Ok(level), _) => levels = levels.with_default(level),
            (Err(_), Ok(targets)) => levels.extend(targets),
            (Err(_), Err(_)) => unknown.push(directive.to_owned()),
        }
    }
    (levels, unknown)
}

/// What is traced or printed. The layer's filter: it decides for the layer alone, and other layers see what their own
/// filters let through.
#[derive(Clone, Debug)]
pub(crate) struct Filter {
    pub(crate) traced: TraceFilter,
    /// `None` when nothing is printed.
    pub(crate) printed: Option<PrintFilter>,
}

impl Filter {
    pub(crate) fn prints(&self, metadata: &Metadata<'_>) -> bool {
        self.printed.as_ref().is_some_and(|printed| printed.prints(metadata))
    }

    pub(crate) fn enables(&self, metadata: &Metadata<'_>) -> bool {
        self.traced.traces(metadata) || self.prints(metadata)
    }

    /// Whether a callsite is enabled, which it caches.
    pub(crate) fn interest(&self, metadata: &Metadata<'_>) -> Interest {
        if self.enables(metadata) { Interest::always() } else { Interest::never() }
    }

    /// The most verbose level that is enabled.
    pub(crate) fn max_level(&self) -> LevelFilter {
        let printed = self.printed.as_ref().map_or(LevelFilter::OFF, PrintFilter::max_level);
        printed.max(self.traced.max_level())
    }
}

impl<S> layer::Filter<S> for Filter {
    fn enabled(&self, metadata: &Metadata<'_>, _: &layer::Context<'_, S>) -> bool {
        self.enables(metadata)
    }

    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        self.interest(metadata)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.max_level())
    }
}

/// Whether `target` is the crate `name` or a module of it.
fn is_within(target: &str, name: &str) -> bool {
    target.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

#[cfg(test)]
mod tests {
    use tracing::Level;
    use tracing_subscriber::prelude::*;

    use super::*;

    #[test]
    fn a_target_belongs_to_its_crate_only() {
        assert!(is_within("hyper::client", "hyper"));
        assert!(!is_within("hyper_util::client", "hyper"));
        assert!(!is_within("tower_http::trace", "tower"));
        assert!(!is_within("reqwest_retry", "reqwest"));
        assert!(is_within("h2", "h2"));
        assert!(!is_within("h2o", "h2"));
        assert!(!is_within("towering", "tower"));
    }

    #[test]
    fn directives_set_the_default_level_and_levels_of_targets() {
        let (filter, unknown) = PrintFilter::new(Some("warn,users=debug,a::b=off,c=loud"), LevelFilter::INFO);
        assert_eq!(unknown.len(), 1, "{unknown:?}");
        let prints = |target, level| filter.0.read().would_enable(target, &level);
        assert!(prints("users::http", Level::DEBUG));
        assert!(!prints("users::http", Level::TRACE));
        assert!(!prints("a::b", Level::ERROR));
        assert!(!prints("other", Level::INFO));
        assert!(prints("other", Level::WARN));
        assert!(!prints("actix_server::builder", Level::INFO));
        assert_eq!(filter.max_level(), LevelFilter::DEBUG);
        assert_eq!(filter.replace("off,c=loud"), Err(vec!["c=loud".to_owned()]));
        assert!(filter.0.read().would_enable("other", &Level::WARN), "an invalid filter changes nothing");
        assert_eq!(filter.replace("off"), Ok(()));
        assert_eq!(filter.max_level(), LevelFilter::WARN, "of actix_server");
    }

    #[test]
    fn the_start_of_opentelemetry_and_what_exporters_have_logged_are_not_printed() {
        let prints = |filter: &PrintFilter| {
            let layer = Seen { filter: filter.clone(), names: Arc::default() };
            let names = Arc::clone(&layer.names);
            tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
                // As the macros of OpenTelemetry's crates make them.
                tracing::info!(name: "TracerProvider.GlobalSet", target: "opentelemetry", "set");
                tracing::error!(name: "PeriodicReader.ExportError", target: "opentelemetry_sdk", "failed");
                tracing::warn!(name: "BatchLogProcessor.LogsDropped", target: "opentelemetry_sdk", "full");
            });
            names.read().clone()
        };
        let (default, _) = PrintFilter::new(None, LevelFilter::INFO);
        assert_eq!(prints(&default), ["BatchLogProcessor.LogsDropped"]);
        let (named, _) = PrintFilter::new(Some("opentelemetry=info"), LevelFilter::INFO);
        assert_eq!(prints(&named), ["TracerProvider.GlobalSet", "BatchLogProcessor.LogsDropped"]);
    }

    /// Collects the names of the events that a filter prints.
    struct Seen {
        filter: PrintFilter,
        names: Arc<RwLock<Vec<&'static str>>>,
    }

    impl<S: tracing::Subscriber> tracing_subscriber::Layer<S> for Seen {
        fn on_event(&self, event: &tracing::Event<'_>, _: layer::Context<'_, S>) {
            if self.filter.prints(event.metadata()) {
                self.names.write().push(event.metadata().name());
            }
        }
    }

    #[test]
    fn every_form_of_env_filter_is_taken_or_refused() {
        for taken in ["debug", "DEBUG", "3", "users", "users=debug", "users::store=TRACE", "off,users=4"] {
            let (filter, unknown) = PrintFilter::new(Some(taken), LevelFilter::INFO);
            assert!(unknown.is_empty(), "{taken}: {unknown:?}");
            let env_filter = tracing_subscriber::EnvFilter::builder().parse(taken);
            assert_eq!(
                env_filter.ok().and_then(|filter| filter.max_level_hint()),
                Some(expected(&filter)),
                "{taken}"
            );
        }
        // Spans and their fields are known to `EnvFilter` alone.
        for refused in [
            "users[request]=debug",
            "[request]=debug",
            "users[{id}]=debug",
            "users[request{id=7}]=debug",
            "[{id}]",
        ] {
            let (_, unknown) = PrintFilter::new(Some(refused), LevelFilter::INFO);
            assert_eq!(unknown, [refused], "{refused}");
        }
    }

    /// The most verbose level of the directives alone, as `EnvFilter` has no default of its own.
    fn expected(filter: &PrintFilter) -> LevelFilter {
        let printed = filter.0.read();
        let is_named = |target: &str| target != ACTIX_SERVER && target != OPENTELEMETRY;
        let named = printed.iter().filter(|(target, _)| is_named(target)).map(|(_, level)| level).max();
        named.or(printed.default_level()).unwrap_or(LevelFilter::OFF)
    }

    #[test]
    fn this_crates_level_applies_to_this_crate_only() {
        let (filter, _) = PrintFilter::new(None, LevelFilter::ERROR);
        assert!(!filter.0.read().would_enable("telemetry::export", &Level::WARN));
        assert!(filter.0.read().would_enable("users", &Level::INFO));
    }

    #[test]
    fn the_readme_lists_the_crates_that_are_never_traced() {
        let list = TRANSPORTS.map(|name| format!("`{name}`")).join(", ");
        let readme = include_str!("../README.md").replace("\n  ", " ");
        assert!(readme.contains(&list), "{list}");
    }

    #[test]
    fn directives_decide_what_is_traced_except_for_spans_of_this_crate() {
        let (filter, unknown) = TraceFilter::new(true, "off,users=debug,loud=loud");
        assert_eq!((unknown.len(), filter.max_level()), (1, LevelFilter::DEBUG));
        let enabled = |target, level| filter.levels.would_enable(target, &level);
        assert!(enabled("users::store", Level::DEBUG) && !enabled("users::store", Level::TRACE));
        assert!(!enabled("other", Level::ERROR));
        let (filter, _) = TraceFilter::new(true, "off");
        assert_eq!(filter.max_level(), LevelFilter::INFO, "of this crate's spans");
    }
}
