//! What the head of a response says beside its status: a web page in place of an answer, and a pause before the next request.

use std::time::{Duration, SystemTime};

use ::http::Response;
use ::http::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use bytes::Bytes;

/// The longest `Retry-After` that is respected: the queue is full long before.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(3_600);

/// Whether a response is a web page, as no API sends one.
pub(crate) fn is_page(response: &Response<Bytes>) -> bool {
    let kind = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let kind = kind.and_then(|kind| kind.split(';').next()).unwrap_or_default().trim();
    ["text/html", "application/xhtml+xml"].iter().any(|page| page.eq_ignore_ascii_case(kind))
}

/// The words for a page in place of `answer`, when `variable` names the endpoint.
pub(crate) fn page_in_place_of(answer: &str, variable: &str) -> String {
    format!(
        "that is a web page, not {answer}: check {variable}, and whether a proxy or a login stands before it"
    )
}

/// `Retry-After`, in seconds or as a date; `None` without one, and when it is not in the future. A longer one than
/// `MAX_RETRY_AFTER` is cut.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let until = |date: SystemTime| date.duration_since(SystemTime::now()).unwrap_or_default();
    let pause = match text.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) => MAX_RETRY_AFTER,
        Err(_) => until(httpdate::parse_http_date(text).ok()?),
    };
    Some(pause.min(MAX_RETRY_AFTER)).filter(|pause| !pause.is_zero())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_bounded() {
        let after = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, text.parse().expect("a header value"));
            retry_after(&headers)
        };
        assert_eq!(after("2"), Some(Duration::from_secs(2)));
        assert_eq!(after("600"), Some(Duration::from_secs(10 * 60)));
        for long in ["99999", "18446744073709551616", "Fri, 31 Dec 9999 23:59:59 GMT"] {
            assert_eq!(after(long), Some(MAX_RETRY_AFTER), "{long}");
        }
        let in_a_while = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(9));
        let pause = after(&in_a_while).expect("a pause");
        assert!(pause > Duration::from_secs(5) && pause <= Duration::from_secs(9), "{pause:?}");
        assert_eq!(after("Sun, 06 Nov 1994 08:49:37 GMT"), None);
        assert_eq!(after("0"), None);
        assert_eq!(after("soon"), None);
        assert_eq!(after("-1"), None);
    }

    #[test]
    fn a_page_is_known_by_its_content_type() {
        for (kind, expected) in [
            ("text/html", true),
            ("Text/HTML; charset=utf-8", true),
            ("application/xhtml+xml", true),
            ("text/plain", false),
            ("application/json", false),
            ("", false),
        ] {
            let response = Response::builder().header(CONTENT_TYPE, kind).body(Bytes::new());
            assert_eq!(is_page(&response.expect("a response")), expected, "{kind}");
        }
    }
}
