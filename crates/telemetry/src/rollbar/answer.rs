//! What Rollbar's answers mean (<https://docs.rollbar.com/docs/http-response-codes>).

use std::time::Duration;

use bytes::Bytes;
use http::{Response, StatusCode};

/// Longest pause that Rollbar can ask for.
const MAX_PAUSE: Duration = Duration::from_mins(1);

/// What to do after an answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Accepted,
    /// The item is too large: send the failsafe item.
    TooLarge,
    /// Send the item again, after the pause if Rollbar says so.
    Again {
        pause: Option<Duration>,
        reason: String,
    },
    /// The item will never be accepted.
    Refused(String),
}

impl Answer {
    /// Reads the status and the rate-limit headers. Never the body: that of a 403 repeats the access token.
    pub(super) fn read(response: &Response<Bytes>) -> Self {
        let status = response.status();
        let pause = || {
            let seconds =
                response.headers().get("x-rate-limit-remaining-seconds")?.to_str().ok()?.parse().ok()?;
            Some(Duration::from_secs(seconds).min(MAX_PAUSE))
        };
        let reason = match status {
            StatusCode::OK | StatusCode::CREATED => return Self::Accepted,
            StatusCode::PAYLOAD_TOO_LARGE => return Self::TooLarge,
            StatusCode::TOO_MANY_REQUESTS => {
                let reason = "Rollbar's rate limit of the access token is reached (429)".to_owned();
                return Self::Again { pause: pause(), reason };
            }
            _ if status.is_server_error() => {
                return Self::Again { pause: None, reason: format!("Rollbar answered {status}") };
            }
            StatusCode::UNAUTHORIZED => "Rollbar got no access token (401)",
            StatusCode::FORBIDDEN => {
                "Rollbar refused the access token (403): it is unknown or disabled, or lacks the scope post_server_item; \
                 check ROLLBAR_ACCESS_TOKEN"
            }
            StatusCode::UNPROCESSABLE_ENTITY => "Rollbar refused the item as invalid (422)",
            _ => return Self::Refused(format!("the endpoint answered {status}; check ROLLBAR_ENDPOINT")),
        };
        Self::Refused(reason.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, headers: &[(&str, &str)]) -> Answer {
        let mut response = Response::builder().status(status);
        for (name, value) in headers {
            response = response.header(*name, *value);
        }
        Answer::read(&response.body(Bytes::from_static(b"invalid access token: 0123")).expect("a response"))
    }

    #[test]
    fn a_rate_limit_says_how_long_to_pause() {
        let Answer::Again { pause, .. } = answer(429, &[("X-Rate-Limit-Remaining-Seconds", "7")]) else {
            panic!("not sent again")
        };
        assert_eq!(pause, Some(Duration::from_secs(7)));
        let Answer::Again { pause, .. } = answer(429, &[("X-Rate-Limit-Remaining-Seconds", "86400")]) else {
            panic!("not sent again")
        };
        assert_eq!(pause, Some(MAX_PAUSE));
    }

    #[test]
    fn no_reason_repeats_the_body() {
        for status in [400, 401, 403, 404, 422, 429, 500, 503] {
            assert!(!format!("{:?}", answer(status, &[])).contains("0123"), "{status}");
        }
    }

    #[test]
    fn each_status_has_its_consequence() {
        assert_eq!(answer(200, &[]), Answer::Accepted);
        assert_eq!(answer(413, &[]), Answer::TooLarge);
        for status in [500, 502, 503] {
            assert!(matches!(answer(status, &[]), Answer::Again { pause: None, .. }), "{status}");
        }
        for status in [302, 400, 401, 403, 404, 422] {
            assert!(matches!(answer(status, &[]), Answer::Refused(_)), "{status}");
        }
    }
}
