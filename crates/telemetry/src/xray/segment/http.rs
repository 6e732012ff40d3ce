//! The `http` object of a document, and what a status code says about the request.

use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use serde_json::{Map, Value};

use super::attributes::Attributes;
use crate::otlp::truncated;

/// Characters of each text in `http` (the published schema's `maxLength`).
const LONGEST_TEXT: usize = 250;

/// The attributes that `http` shows. They are not repeated in the metadata.
pub(super) const SHOWN: [&str; 12] = [
    "http.request.method",
    "http.request.method_original",
    "url.full",
    "url.scheme",
    "url.path",
    "url.query",
    "server.address",
    "server.port",
    "client.address",
    "user_agent.original",
    "http.response.status_code",
    "http.response.body.size",
];

/// The attributes without which a span is not one of HTTP, in the current and in the former conventions.
const OF_HTTP: [&str; 4] =
    ["http.request.method", "http.response.status_code", "http.method", "http.status_code"];

/// The `http` object of a span; `None` when it is not one of HTTP.
pub(super) fn http(attributes: Attributes<'_>, is_server: bool) -> Option<Value> {
    if !attributes.has_any(&OF_HTTP) {
        return None;
    }
    let mut request = Map::new();
    let mut put = |key: &str, text: Option<&str>| {
        if let Some(text) = text {
            request.insert(key.to_owned(), truncated(text, LONGEST_TEXT).into());
        }
    };
    put("method", method(attributes));
    put("url", url(attributes).as_deref());
    put("user_agent", attributes.first_text(&["user_agent.original", "http.user_agent"]));
    if is_server {
        let client = attributes.first_text(&["client.address", "http.client_ip"]);
        let peer = attributes.text("network.peer.address");
        put("client_ip", client.or(peer));
        // Another address than that of the connection comes from a proxy's header.
        if client.is_some() && peer.is_some() && client != peer {
            request.insert("x_forwarded_for".to_owned(), true.into());
        }
    }
    let mut response = Map::new();
    if let Some(status) = status(attributes) {
        response.insert("status".to_owned(), status.into());
    }
    if let Some(size) = attributes.integer("http.response.body.size") {
        response.insert("content_length".to_owned(), size.into());
    }
    let parts = [("request", request), ("response", response)];
    let parts = parts.into_iter().filter(|(_, part)| !part.is_empty());
    Some(parts.map(|(key, part)| (key.to_owned(), Value::Object(part))).collect::<Map<_, _>>().into())
}

fn method(attributes: Attributes<'_>) -> Option<&str> {
    // `_OTHER` stands for a method that the conventions do not list.
    attributes.first_text(&["http.request.method_original", "http.request.method", "http.method"])
}

fn status(attributes: Attributes<'_>) -> Option<i64> {
    attributes.integer("http.response.status_code").or_else(|| attributes.integer("http.status_code"))
}

/// The URL: that of the span, or one of its parts.
fn url(attributes: Attributes<'_>) -> Option<String> {
    if let Some(full) = attributes.first_text(&["url.full", "http.url"]) {
        return Some(without_credentials(full));
    }
    let host = attributes.first_text(&["server.address", "http.host", "net.host.name"])?;
    let scheme = attributes.first_text(&["url.scheme", "http.scheme"]).unwrap_or("http");
    let host =
        if host.contains(':') && !host.starts_with('[') { format!("[{host}]") } else { host.to_owned() };
    let port = match (scheme, attributes.integer("server.port")) {
        (_, None) | ("http", Some(80)) | ("https", Some(443)) => String::new(),
        (_, Some(port)) => format!(":{port}"),
    };
    let path = attributes.text("url.path").unwrap_or("/");
    let query = attributes.text("url.query").map(|query| format!("?{query}")).unwrap_or_default();
    Some(format!("{scheme}://{host}{port}{path}{query}"))
}

/// A URL without user and password. This crate's spans have none; those of other libraries may.
pub(super) fn without_credentials(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    format!("{scheme}://{host}{path}")
}

/// The flags of a document: an error of the caller (4xx), a fault of the callee (5xx), and throttling (429).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Flags {
    error: bool,
    throttle: bool,
    fault: bool,
}

impl Flags {
    /// The flags of a span: by its HTTP status from 400 on, else a fault when the span failed.
    pub(super) fn of(span: &Span) -> Self {
        let failed = span.status.as_ref().is_some_and(|status| status.code() == StatusCode::Error);
        let status = status(Attributes(&span.attributes)).filter(|status| (400..600).contains(status));
        match status {
            Some(status) => Self { error: status < 500, throttle: status == 429, fault: status >= 500 },
            None => Self { error: false, throttle: false, fault: failed },
        }
    }

    /// Adds the flags that are set.
    pub(super) fn write(self, document: &mut Map<String, Value>) {
        for (key, flag) in [("error", self.error), ("throttle", self.throttle), ("fault", self.fault)] {
            if flag {
                document.insert(key.to_owned(), true.into());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::test_spans::{attribute, span};
    use super::*;

    #[test]
    fn a_server_request_has_a_url_of_its_parts_and_the_client() {
        let attributes = [
            attribute("http.request.method", "GET"),
            attribute("url.scheme", "http"),
            attribute("server.address", "::1"),
            attribute("server.port", 8080),
            attribute("url.path", "/users"),
            attribute("url.query", "a=1"),
            attribute("client.address", "10.0.0.9"),
            attribute("network.peer.address", "127.0.0.1"),
            attribute("user_agent.original", "curl"),
            attribute("http.response.status_code", 200),
        ];
        let expected = json!({
            "request": {
                "method": "GET", "url": "http://[::1]:8080/users?a=1", "user_agent": "curl",
                "client_ip": "10.0.0.9", "x_forwarded_for": true,
            },
            "response": {"status": 200},
        });
        assert_eq!(http(Attributes(&attributes), true), Some(expected));
        assert_eq!(http(Attributes(&attributes[1..4]), true), None, "a span of another kind");
    }

    #[test]
    fn a_url_loses_its_credentials_and_what_exceeds_the_schema() {
        let long = format!("https://me:secret@a.example/{}", "x".repeat(300));
        let attributes = [attribute("http.request.method", "GET"), attribute("url.full", long.as_str())];
        let http = http(Attributes(&attributes), false).expect("HTTP");
        let url = http["request"]["url"].as_str().expect("a URL");
        assert!(url.starts_with("https://a.example/xxx") && url.len() == 250, "{url}");
        assert_eq!(without_credentials("no url @ all"), "no url @ all");
        assert_eq!(without_credentials("http://a/?b=c@d"), "http://a/?b=c@d");
    }

    #[test]
    fn flags_follow_the_status_code_and_then_the_status() {
        let flags = |code: Option<i64>, failed: bool| {
            let mut span = span(1, 0);
            span.attributes.extend(code.map(|code| attribute("http.response.status_code", code)));
            let code = if failed { StatusCode::Error } else { StatusCode::Unset };
            span.status = Some(opentelemetry_proto::tonic::trace::v1::Status {
                code: code.into(),
                ..Default::default()
            });
            let mut document = Map::new();
            Flags::of(&span).write(&mut document);
            document.into_iter().map(|(key, _)| key).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(flags(Some(200), false), "");
        assert_eq!(flags(Some(404), true), "error");
        assert_eq!(flags(Some(429), false), "error throttle");
        assert_eq!(flags(Some(503), true), "fault");
        assert_eq!(flags(None, true), "fault");
        assert_eq!(flags(Some(200), true), "fault", "the body broke");
    }
}
