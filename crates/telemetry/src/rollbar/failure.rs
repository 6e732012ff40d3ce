//! Why an item was not accepted, and warnings about it: at most one a minute of each kind, so that a failure of another kind
//! is never hidden.

use std::collections::BTreeMap;

use http::StatusCode;

use crate::export::log_limiter::LogLimiter;

/// Failures of one kind have one cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// More items in a minute than are sent.
    Rate,
    NoAnswer,
    Status(StatusCode),
}

/// Why an item was not accepted.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) kind: Kind,
    /// In words, with what to change. Never the access token.
    pub(super) reason: String,
}

/// The limit of warnings. It holds at most one entry for each status.
#[derive(Debug, Default)]
pub(super) struct Warnings(BTreeMap<Kind, LogLimiter>);

impl Warnings {
    pub(super) fn warn(&mut self, failure: &Failure) -> bool {
        self.0.entry(failure.kind).or_default().warn("errors are not reported to Rollbar", &failure.reason)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_of_another_kind_is_logged_within_the_minute() {
        let failure = |kind| Failure { kind, reason: String::new() };
        let refused = failure(Kind::Status(StatusCode::FORBIDDEN));
        let throttled = failure(Kind::Status(StatusCode::TOO_MANY_REQUESTS));
        let mut warnings = Warnings::default();
        let logged = [&refused, &throttled, &refused, &throttled, &failure(Kind::NoAnswer)];
        assert_eq!(logged.map(|failure| warnings.warn(failure)), [true, true, false, false, true]);
    }
}
