//! What is traced and what is printed: two questions, so that the answer to one never changes the other.

use tracing::level_filters::LevelFilter;
use tracing::{Level, Metadata};
use tracing_subscriber::filter::{EnvFilter, FilterFn};

/// The transports' own spans and events are never traced, the exporter's among them.
const TRANSPORTS: [&str; 7] = ["hyper", "h2", "reqwest", "rustls", "tonic", "tower", "opentelemetry"];

/// What becomes part of a trace, whatever `RUST_LOG` says: a filter on what is printed must never cut propagation.
///
/// With recording disabled only this crate's own spans remain: they carry contexts on.
pub(crate) fn traced(enabled: bool) -> FilterFn<impl Fn(&Metadata<'_>) -> bool> {
    FilterFn::new(move |metadata: &Metadata<'_>| {
        let target = metadata.target();
        if !enabled {
            return metadata.is_span() && is_own(target);
        }
        *metadata.level() <= Level::INFO
            && !is_export(target)
            && !TRANSPORTS.iter().any(|name| is_within(target, name))
    })
    .with_max_level_hint(LevelFilter::INFO)
}

/// What is printed: `RUST_LOG`, `info` without it; this crate's own lines as `OTEL_LOG_LEVEL` says.
pub(crate) fn printed(directives: Option<&str>, own: LevelFilter) -> EnvFilter {
    let filter = EnvFilter::builder()
        .with_default_directive(LevelFilter::INFO.into())
        .parse_lossy(directives.unwrap_or_default());
    if own == LevelFilter::INFO {
        return filter;
    }
    match format!("telemetry={own}").parse() {
        Ok(directive) => filter.add_directive(directive),
        Err(_) => filter,
    }
}

fn is_own(target: &str) -> bool {
    is_within(target, "telemetry")
}

/// What is said about exporting must not be exported: an outage would feed itself.
fn is_export(target: &str) -> bool {
    is_within(target, "telemetry::export")
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
}
