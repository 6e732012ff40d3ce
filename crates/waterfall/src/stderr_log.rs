//! Log on standard error.

use std::io::IsTerminal;

use process::ConfigError;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Installs a subscriber that writes plain lines. `RUST_LOG` selects them, with the same syntax as in the services:
/// levels, and levels of targets. The waterfall records no spans, because its store would trace its own receiving.
pub(crate) fn init() {
    let directives = std::env::var("RUST_LOG").unwrap_or_default();
    let filter = filter(&directives);
    let lines = fmt::layer()
        .with_writer(process::StderrLog::new)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false);
    let log = tracing_subscriber::registry().with(filter.clone().unwrap_or_else(default_filter)).with(lines);
    // A process that embeds this one may have installed a subscriber already.
    let _ = log.try_init();
    if let Some(error) = error(&directives) {
        tracing::warn!("{error}; it is ignored");
    }
}

/// What is wrong with the directives: the first one that does not parse.
fn error(directives: &str) -> Option<ConfigError> {
    directives.parse::<Targets>().err()?;
    let invalid = directives.split(',').find(|one| one.parse::<Targets>().is_err()).unwrap_or_default();
    let expected = "a level, target=level, or several of these with commas between";
    Some(ConfigError::new("RUST_LOG", expected).with_value(invalid.trim()))
}

/// `None` when there are no directives, or they are invalid.
fn filter(directives: &str) -> Option<Targets> {
    directives.parse().ok().filter(|_| !directives.is_empty())
}

/// At level info, `actix_server` logs its threads at every start, and `rmcp` three lines for each call of a tool.
fn default_filter() -> Targets {
    let all = Targets::new().with_default(LevelFilter::INFO);
    all.with_target("actix_server", LevelFilter::WARN).with_target("rmcp", LevelFilter::WARN)
}

#[cfg(test)]
mod tests {
    use tracing::Level;

    use super::*;

    #[test]
    fn directives_are_levels_and_levels_of_targets() {
        let parsed = filter("warn,redb=debug").expect("valid directives");
        assert!(parsed.would_enable("redb::tree", &Level::DEBUG));
        assert!(
            parsed.would_enable("waterfall", &Level::WARN) && !parsed.would_enable("waterfall", &Level::INFO)
        );
        assert!(filter("").is_none() && filter("redb=loud").is_none());
    }

    #[test]
    fn an_invalid_directive_is_named_unless_it_may_be_a_key() {
        let error = |directives| error(directives).map(|error| error.to_string());
        let expected = "RUST_LOG must be a level, target=level, or several of these with commas between";
        assert_eq!(error("warn,redb=loud,a=b"), Some(format!("{expected}, not \"redb=loud\"")));
        assert_eq!(error("warn,hcaik_0123=S3CRET0123"), Some(expected.to_owned()));
        assert_eq!((error(""), error("warn,redb=debug,"), error("redb")), (None, None, None));
    }

    #[test]
    fn the_default_filter_excludes_info_of_libraries() {
        assert!(default_filter().would_enable("waterfall", &Level::INFO));
        for target in ["actix_server::builder", "rmcp::service"] {
            assert!(!default_filter().would_enable(target, &Level::INFO), "{target}");
        }
    }
}
