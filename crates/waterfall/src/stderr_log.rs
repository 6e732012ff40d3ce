//! What is said on standard error.

use std::io::IsTerminal;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Plain lines; `RUST_LOG` says which, in the words that the services take: levels, and levels of targets. Nothing here is
/// traced: the store would trace its own receiving.
pub(crate) fn init() {
    let told = std::env::var("RUST_LOG").unwrap_or_default();
    let filter = filter(&told);
    let lines = fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false);
    let log = tracing_subscriber::registry().with(filter.clone().unwrap_or_else(default)).with(lines);
    // Whoever embeds this may have set one up already.
    let _ = log.try_init();
    if filter.is_none() && !told.is_empty() {
        tracing::warn!("RUST_LOG={told} is ignored: it is a level, or target=level, or several by commas");
    }
}

/// `None` where there are no directives, or they cannot be understood.
fn filter(directives: &str) -> Option<Targets> {
    directives.parse().ok().filter(|_| !directives.is_empty())
}

/// `actix_server` tells of its threads at every start.
fn default() -> Targets {
    Targets::new().with_default(LevelFilter::INFO).with_target("actix_server", LevelFilter::WARN)
}

#[cfg(test)]
mod tests {
    use tracing::Level;

    use super::*;

    #[test]
    fn directives_are_levels_and_levels_of_targets() {
        let told = filter("warn,redb=debug").expect("a filter");
        assert!(told.would_enable("redb::tree", &Level::DEBUG));
        assert!(
            told.would_enable("waterfall", &Level::WARN) && !told.would_enable("waterfall", &Level::INFO)
        );
        assert!(filter("").is_none() && filter("redb=loud").is_none());
    }

    #[test]
    fn without_directives_it_is_what_the_waterfall_says_and_not_what_its_server_does() {
        assert!(default().would_enable("waterfall", &Level::INFO));
        assert!(!default().would_enable("actix_server::builder", &Level::INFO));
    }
}
