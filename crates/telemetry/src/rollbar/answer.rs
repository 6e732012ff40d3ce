//! What Rollbar's answers mean (<https://docs.rollbar.com/docs/http-response-codes>).

use std::borrow::Cow;
use std::time::Duration;

use bytes::Bytes;
use http::{Response, StatusCode, Uri};
use serde_json::Value;

use super::failure::{Failure, Kind};
use crate::export::answer::Wording;
use crate::export::head::{is_page, page_in_place_of};

/// Longest pause that Rollbar can ask for.
const MAX_PAUSE: Duration = Duration::from_secs(60);

/// What to do after an answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Accepted,
    /// The item is too large: send the failsafe item.
    TooLarge(Failure),
    /// Send the item again, after the pause if Rollbar says so.
    Again {
        pause: Option<Duration>,
        failure: Failure,
    },
    /// The item will never be accepted.
    Refused(Failure),
}

impl Answer {
    /// Reads an answer of `endpoint`. Only `"err": 0` says that the item was accepted. `wording` knows the access token,
    /// which the message of a refusal may repeat.
    pub(super) fn read(endpoint: &Uri, response: &Response<Bytes>, wording: &Wording) -> Self {
        let status = response.status();
        if status.is_success() && is_confirmed(response) {
            return Self::Accepted;
        }
        let advice = advice(response).map(|advice| format!("; {advice}")).unwrap_or_default();
        let reason =
            format!("Rollbar ({}) answered {}{advice}", wording.name(endpoint), wording.status(response));
        let failure = Failure { kind: Kind::Status(status), reason };
        match status {
            StatusCode::PAYLOAD_TOO_LARGE => Self::TooLarge(failure),
            StatusCode::TOO_MANY_REQUESTS => Self::Again { pause: pause(response), failure },
            _ if status.is_server_error() => Self::Again { pause: None, failure },
            _ => Self::Refused(failure),
        }
    }
}

fn is_confirmed(response: &Response<Bytes>) -> bool {
    serde_json::from_slice(response.body()).is_ok_and(|answer: Value| answer["err"] == 0)
}

fn pause(response: &Response<Bytes>) -> Option<Duration> {
    let seconds = response.headers().get("x-rate-limit-remaining-seconds")?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds).min(MAX_PAUSE))
}

/// What to change.
fn advice(response: &Response<Bytes>) -> Option<Cow<'static, str>> {
    let advice = match response.status() {
        status if status.is_success() && is_page(response) => {
            return Some(page_in_place_of("an answer of Rollbar", "ROLLBAR_ENDPOINT").into());
        }
        status if status.is_success() => {
            "that does not say that the item was accepted: check that ROLLBAR_ENDPOINT is the full URL of items, as \
             https://api.rollbar.com/api/1/item/ is"
        }
        StatusCode::UNAUTHORIZED => "the token is not one of a project: check ROLLBAR_ACCESS_TOKEN",
        StatusCode::FORBIDDEN => {
            "the token is unknown or disabled, or lacks the scope post_server_item: check ROLLBAR_ACCESS_TOKEN"
        }
        StatusCode::UNPROCESSABLE_ENTITY => {
            "the item has a value that Rollbar does not take: check ROLLBAR_ENVIRONMENT and ROLLBAR_CODE_VERSION"
        }
        StatusCode::TOO_MANY_REQUESTS => {
            "the rate limit of the token is reached: wait, or raise it in the settings of the project"
        }
        StatusCode::PAYLOAD_TOO_LARGE => return None,
        status if status.is_server_error() => return None,
        _ => {
            "check that ROLLBAR_ENDPOINT is the full URL of items, as https://api.rollbar.com/api/1/item/ is"
        }
    };
    Some(advice.into())
}

#[cfg(test)]
mod tests {
    use http::header::CONTENT_TYPE;

    use super::*;
    use crate::env::Otlp;

    fn read(status: u16, headers: &[(&str, &str)], body: &'static str) -> Answer {
        let mut response = Response::builder().status(status);
        for (name, value) in headers {
            response = response.header(*name, *value);
        }
        let response = response.body(Bytes::from_static(body.as_bytes())).expect("a response");
        let otlp = Otlp::of_endpoint(String::new(), Duration::ZERO, None);
        let wording = Wording::new(&otlp).with(None, &["0123".to_owned()]);
        Answer::read(&Uri::from_static("https://a.example/api/1/item/"), &response, &wording)
    }

    fn answer(status: u16, headers: &[(&str, &str)]) -> Answer {
        read(status, headers, "")
    }

    fn reason(answer: Answer) -> String {
        match answer {
            Answer::Accepted => panic!("accepted"),
            Answer::TooLarge(failure) | Answer::Again { failure, .. } | Answer::Refused(failure) => {
                failure.reason
            }
        }
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
    fn a_refusal_has_rollbar_s_own_message_without_the_token_and_says_what_to_change() {
        let body = r#"{"err":1,"message":"invalid access token: 0123"}"#;
        for (status, advice) in [
            (401, "check ROLLBAR_ACCESS_TOKEN"),
            (403, "check ROLLBAR_ACCESS_TOKEN"),
            (404, "ROLLBAR_ENDPOINT"),
            (422, "ROLLBAR_ENVIRONMENT"),
            (429, "rate limit"),
            (500, ""),
        ] {
            let reason = reason(read(status, &[("content-type", "application/json")], body));
            assert!(reason.starts_with("Rollbar (https://a.example/api/1/item/) answered "), "{reason}");
            assert!(reason.contains("(invalid access token: ***)") && reason.contains(advice), "{reason}");
        }
    }

    #[test]
    fn only_an_answer_without_error_is_a_success() {
        assert_eq!(read(200, &[], r#"{"err":0,"result":{"id":null,"uuid":"1"}}"#), Answer::Accepted);
        for body in ["", "ok", "<html>", r#"{"err":1}"#, "{}", "0"] {
            assert!(matches!(read(200, &[], body), Answer::Refused(_)), "{body}");
        }
        let page = reason(read(200, &[(CONTENT_TYPE.as_str(), "text/html; charset=utf-8")], "<html>"));
        assert!(
            page.contains("that is a web page, not an answer of Rollbar: check ROLLBAR_ENDPOINT, and"),
            "{page}"
        );
    }

    #[test]
    fn each_status_has_its_consequence() {
        assert!(matches!(answer(413, &[]), Answer::TooLarge(_)));
        for status in [500, 502, 503] {
            assert!(matches!(answer(status, &[]), Answer::Again { pause: None, .. }), "{status}");
        }
        for status in [302, 400, 401, 403, 404, 422] {
            assert!(matches!(answer(status, &[]), Answer::Refused(_)), "{status}");
        }
    }
}
