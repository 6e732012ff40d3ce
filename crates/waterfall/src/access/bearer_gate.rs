//! Check of bearer tokens, with a delay that slows down guessing.

use std::time::Duration;

use tokio::sync::Semaphore;

use super::token::Token;
use crate::log_limiter::LogLimiter;

/// Delay of the response to an invalid token.
const REJECTION_DELAY: Duration = Duration::from_millis(500);
/// Rejections that are delayed at the same time; further ones are refused at once. A valid token is never delayed: a
/// client with a wrong token must not lock out others, and a token of 16 characters cannot be guessed at any speed.
const MAX_DELAYED: usize = 32;
/// Time between two log messages about invalid tokens.
const LOG_INTERVAL: Duration = Duration::from_secs(10);
/// Authentication scheme, and the space that follows it.
const SCHEME: &[u8] = b"bearer ";

/// Result of the check of an `Authorization` header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Credential {
    /// It is the token, or none is required.
    Accepted,
    /// There is no bearer token.
    Missing,
    Invalid,
}

/// Protection of one interface by an optional token.
#[derive(Debug)]
pub(crate) struct BearerGate {
    /// Name of the interface in the log.
    name: &'static str,
    token: Option<Token>,
    delayed: Semaphore,
    log: LogLimiter,
}

impl BearerGate {
    pub(crate) fn new(name: &'static str, token: Option<Token>) -> Self {
        Self { name, token, delayed: Semaphore::new(MAX_DELAYED), log: LogLimiter::new(LOG_INTERVAL) }
    }

    pub(crate) const fn token(&self) -> Option<&Token> {
        self.token.as_ref()
    }

    pub(crate) const fn requires_token(&self) -> bool {
        self.token.is_some()
    }

    /// Checks an `Authorization` header (RFC 6750, section 2.1).
    pub(crate) fn check(&self, authorization: Option<&[u8]>) -> Credential {
        let Some(token) = &self.token else { return Credential::Accepted };
        let Some(header) = authorization else { return Credential::Missing };
        match header.split_at_checked(SCHEME.len()) {
            Some((scheme, given)) if scheme.eq_ignore_ascii_case(SCHEME) => {
                if token.matches(given.trim_ascii()) { Credential::Accepted } else { Credential::Invalid }
            }
            // Credentials of another scheme may be meant for a proxy in between.
            _ => Credential::Missing,
        }
    }

    /// Waits before an invalid token is rejected. Returns false at once when too many rejections wait already.
    pub(crate) async fn delay_rejection(&self) -> bool {
        if let Some(count) = self.log.count() {
            tracing::warn!(count, "a request to {} was rejected: invalid token", self.name);
        }
        let Ok(_permit) = self.delayed.try_acquire() else { return false };
        tokio::time::sleep(REJECTION_DELAY).await;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "0123456789abcdef";

    #[test]
    fn only_the_exact_token_with_the_bearer_scheme_is_accepted() {
        let gate = BearerGate::new("the test", Token::parse(TOKEN));
        for accepted in ["Bearer 0123456789abcdef", "bearer  0123456789abcdef ", "BEARER 0123456789abcdef"] {
            assert_eq!(gate.check(Some(accepted.as_bytes())), Credential::Accepted, "{accepted}");
        }
        for invalid in ["Bearer ", "Bearer 0123456789abcde", "Bearer 0123456789abcdef,"] {
            assert_eq!(gate.check(Some(invalid.as_bytes())), Credential::Invalid, "{invalid}");
        }
        for missing in ["", "Bearer", "0123456789abcdef", "Basic 0123456789abcdef"] {
            assert_eq!(gate.check(Some(missing.as_bytes())), Credential::Missing, "{missing}");
        }
        assert_eq!(gate.check(None), Credential::Missing);
    }

    #[test]
    fn everything_is_accepted_when_no_token_is_set() {
        let gate = BearerGate::new("the test", None);
        assert_eq!((gate.check(None), gate.check(Some(b"x"))), (Credential::Accepted, Credential::Accepted));
    }

    #[tokio::test]
    async fn rejections_are_delayed_up_to_a_maximum_number() {
        let gate = BearerGate::new("the test", Token::parse(TOKEN));
        let started = std::time::Instant::now();
        let results = futures_util::future::join_all((0..=MAX_DELAYED).map(|_| gate.delay_rejection())).await;
        assert_eq!(results.iter().filter(|delayed| **delayed).count(), MAX_DELAYED);
        assert!(started.elapsed() >= REJECTION_DELAY);
    }
}
