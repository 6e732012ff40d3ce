//! A way in that may ask for a token: what a caller showed, and how wrong tokens are slowed down.

use std::time::Duration;

use tokio::sync::Semaphore;

use super::Token;
use crate::log_limiter::LogLimiter;

/// How long the answer to a wrong token waits.
const HOLD: Duration = Duration::from_millis(500);
/// How many wait at once; more are told at once that they are too many. The right token never waits: a program that
/// has the wrong one must not lock out the others, and one of 16 characters is not found by guessing at any speed.
const HELD: usize = 32;
/// The log hears of wrong tokens no more often than this.
const BETWEEN_LINES: Duration = Duration::from_secs(10);

/// What a caller showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Credential {
    /// The token; or none is asked for.
    Accepted,
    Missing,
    Invalid,
}

/// A way in, and the token that it asks for.
#[derive(Debug)]
pub(crate) struct BearerGate {
    /// As the log names it.
    name: &'static str,
    token: Option<Token>,
    held: Semaphore,
    log: LogLimiter,
}

impl BearerGate {
    pub(crate) fn new(name: &'static str, token: Option<Token>) -> Self {
        Self { name, token, held: Semaphore::new(HELD), log: LogLimiter::new(BETWEEN_LINES) }
    }

    pub(crate) const fn token(&self) -> Option<&Token> {
        self.token.as_ref()
    }

    pub(crate) const fn requires_token(&self) -> bool {
        self.token.is_some()
    }

    /// Looks at an `Authorization` header (RFC 6750, section 2.1).
    pub(crate) fn check(&self, authorization: Option<&[u8]>) -> Credential {
        let Some(token) = &self.token else { return Credential::Accepted };
        let Some(header) = authorization else { return Credential::Missing };
        match header.split_at_checked(BEARER.len()) {
            Some((scheme, shown)) if scheme.eq_ignore_ascii_case(BEARER) => {
                if token.is(shown.trim_ascii()) {
                    Credential::Accepted
                } else {
                    Credential::Invalid
                }
            }
            // Somebody else's, perhaps: of a proxy in between.
            _ => Credential::Missing,
        }
    }

    /// Lets the caller with a wrong token wait, before it is told. False when too many wait already.
    pub(crate) async fn delay_rejection(&self) -> bool {
        if let Some(count) = self.log.lines() {
            tracing::warn!(count, "refused at {}: the token is wrong", self.name);
        }
        let Ok(_place) = self.held.try_acquire() else { return false };
        tokio::time::sleep(HOLD).await;
        true
    }
}

const BEARER: &[u8] = b"bearer ";

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "0123456789abcdef";

    #[test]
    fn the_scheme_has_any_case_and_nothing_else_is_right() {
        let gate = BearerGate::new("here", Token::parse(TOKEN));
        for right in ["Bearer 0123456789abcdef", "bearer  0123456789abcdef ", "BEARER 0123456789abcdef"] {
            assert_eq!(gate.check(Some(right.as_bytes())), Credential::Accepted, "{right}");
        }
        for wrong in ["Bearer ", "Bearer 0123456789abcde", "Bearer 0123456789abcdef,"] {
            assert_eq!(gate.check(Some(wrong.as_bytes())), Credential::Invalid, "{wrong}");
        }
        for other in ["", "Bearer", "0123456789abcdef", "Basic 0123456789abcdef"] {
            assert_eq!(gate.check(Some(other.as_bytes())), Credential::Missing, "{other}");
        }
        assert_eq!(gate.check(None), Credential::Missing);
    }

    #[test]
    fn a_door_without_a_token_is_open() {
        let gate = BearerGate::new("here", None);
        assert_eq!((gate.check(None), gate.check(Some(b"x"))), (Credential::Accepted, Credential::Accepted));
    }

    #[tokio::test]
    async fn wrong_tokens_wait_and_too_many_are_told_at_once() {
        let gate = BearerGate::new("here", Token::parse(TOKEN));
        let begun = std::time::Instant::now();
        let held = futures_util::future::join_all((0..=HELD).map(|_| gate.delay_rejection())).await;
        assert_eq!(held.iter().filter(|waited| **waited).count(), HELD);
        assert!(begun.elapsed() >= HOLD);
    }
}
