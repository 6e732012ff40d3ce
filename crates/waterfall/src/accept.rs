//! What a client wants to read, by its `Accept` header (RFC 9110, section 12.5.1).

use actix_web::http::header::{self, HeaderMap};

/// Weights have three decimal places.
const MAX_WEIGHT: f32 = 1.0;

/// Whether a person reads the response in a browser: HTML is named, and nothing else is preferred to it. Wildcards
/// do not count, because programs send them.
pub(crate) fn prefers_html(headers: &HeaderMap) -> bool {
    let ranges = headers.get_all(header::ACCEPT).filter_map(|value| value.to_str().ok());
    let (mut html, mut other) = (0.0_f32, 0.0_f32);
    for range in ranges.flat_map(|line| line.split(',')) {
        let mut parts = range.split(';').map(str::trim);
        let media_type = parts.next().unwrap_or_default().to_ascii_lowercase();
        let weight = parts.find_map(weight).unwrap_or(MAX_WEIGHT);
        match media_type.as_str() {
            "text/html" => html = html.max(weight),
            "application/json" | "text/plain" | "text/event-stream" => other = other.max(weight),
            _ => {}
        }
    }
    html > 0.0 && html >= other
}

fn weight(parameter: &str) -> Option<f32> {
    let value = parameter.strip_prefix("q=").or_else(|| parameter.strip_prefix("Q="))?;
    Some(value.parse::<f32>().ok().filter(|weight| (0.0..=MAX_WEIGHT).contains(weight)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn prefers(accept: &[&str]) -> bool {
        let request = accept
            .iter()
            .fold(TestRequest::default(), |request, value| request.append_header(("accept", *value)));
        prefers_html(request.to_http_request().headers())
    }

    #[test]
    fn browsers_get_html() {
        for accept in [
            "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
            "text/html",
            "Text/HTML; q=0.5, */*",
            "application/json;q=0.4, text/html;q=0.5",
        ] {
            assert!(prefers(&[accept]), "{accept}");
        }
        assert!(prefers(&["application/json;q=0.1", "text/html"]));
    }

    #[test]
    fn programs_do_not() {
        for accept in [
            "",
            "*/*",
            "application/json",
            "application/json, text/html;q=0.5",
            "application/json, text/plain, */*",
            "text/html;q=0",
            "text/html;q=nan",
            "text/html;q=-1",
            "text/html;q=",
            "xtext/html",
        ] {
            assert!(!prefers(&[accept]), "{accept}");
        }
        assert!(!prefers(&[]));
    }
}
