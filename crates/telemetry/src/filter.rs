//! What is traced and what is printed: two questions, so that the answer to one never changes the other.

use tracing::level_filters::LevelFilter;
use tracing::{Level, Metadata};
use tracing_subscriber::filter::Targets;

/// The transports' own spans and events are never traced, the exporter's among them.
const TRANSPORTS: [&str; 7] = ["hyper", "h2", "reqwest", "rustls", "tonic", "tower", "opentelemetry"];

/// Tells of its threads at every start; printed below a warning only when `RUST_LOG` names it.
const CHATTER: &str = "actix_server";

/// Both answers.
#[derive(Clone, Debug)]
pub(crate) struct Filter {
    /// With recording disabled only this crate's own spans remain: they carry contexts on.
    recording: bool,
    printed: Targets,
}

impl Filter {
    /// `directives` is `RUST_LOG` (`info` without it): levels, and levels of targets. `own` is what this crate prints of
    /// itself. What of the directives cannot be understood is given back, to be warned about.
    pub(crate) fn new(recording: bool, directives: Option<&str>, own: LevelFilter) -> (Self, Vec<String>) {
        let mut printed =
            Targets::new().with_default(LevelFilter::INFO).with_target(CHATTER, LevelFilter::WARN);
        let mut unknown = Vec::new();
        for directive in
            directives.unwrap_or_default().split(',').map(str::trim).filter(|part| !part.is_empty())
        {
            match (directive.parse::<LevelFilter>(), directive.parse::<Targets>()) {
                (Ok(level), _) => printed = printed.with_default(level),
                (Err(_), Ok(targets)) => printed.extend(targets),
                (Err(_), Err(_)) => {
                    unknown.push(format!("RUST_LOG: {directive} is ignored: not a target=level"));
                }
            }
        }
        if own != LevelFilter::INFO {
            printed = printed.with_target("telemetry", own);
        }
        (Self { recording, printed }, unknown)
    }

    /// What becomes part of a trace, whatever `RUST_LOG` says: a filter on what is printed must never cut propagation.
    pub(crate) fn traces(&self, metadata: &Metadata<'_>) -> bool {
        let target = metadata.target();
        if is_within(target, "telemetry") {
            // What is said about exporting must not be exported: an outage would feed itself.
            return metadata.is_span() || (self.recording && !is_within(target, "telemetry::export"));
        }
        self.recording
            && *metadata.level() <= Level::INFO
            && !TRANSPORTS.iter().any(|name| is_within(target, name))
    }

    /// What is printed. Spans never are: their events are.
    pub(crate) fn prints(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_event() && self.printed.would_enable(metadata.target(), metadata.level())
    }

    /// The most detailed level that either wants.
    pub(crate) fn max_level(&self) -> LevelFilter {
        let printed = self.printed.iter().map(|(_, level)| level).chain(self.printed.default_level()).max();
        printed.unwrap_or(LevelFilter::OFF).max(LevelFilter::INFO)
    }
}

/// `name` itself or a module of it; `hyper` covers `hyper_util` too.
fn is_within(target: &str, name: &str) -> bool {
    target.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '_']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_is_within_its_crate_and_nothing_else_is() {
        assert!(is_within("hyper::client", "hyper"));
        assert!(is_within("hyper_util::client", "hyper"));
        assert!(is_within("h2", "h2"));
        assert!(!is_within("h2o", "h2"));
        assert!(!is_within("towering", "tower"));
    }

    #[test]
    fn directives_are_levels_and_levels_of_targets() {
        let (filter, unknown) =
            Filter::new(true, Some("warn,users=debug,a::b=off,c=loud"), LevelFilter::INFO);
        assert_eq!(unknown.len(), 1, "{unknown:?}");
        let prints = |target, level| filter.printed.would_enable(target, &level);
        assert!(prints("users::http", Level::DEBUG));
        assert!(!prints("users::http", Level::TRACE));
        assert!(!prints("a::b", Level::ERROR));
        assert!(!prints("other", Level::INFO));
        assert!(prints("other", Level::WARN));
        assert!(!prints("actix_server::builder", Level::INFO));
        assert_eq!(filter.max_level(), LevelFilter::DEBUG);
    }

    #[test]
    fn this_crates_own_level_is_its_own() {
        let (filter, _) = Filter::new(true, None, LevelFilter::ERROR);
        assert!(!filter.printed.would_enable("telemetry::export", &Level::WARN));
        assert!(filter.printed.would_enable("users", &Level::INFO));
    }
}
