//! actix-web's header map, as propagators read it.

use actix_web::http::header::{HeaderMap, HeaderName};
use opentelemetry::propagation::Extractor;

static TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
static TRACESTATE: HeaderName = HeaderName::from_static("tracestate");
static BAGGAGE: HeaderName = HeaderName::from_static("baggage");

/// The headers of a request.
pub(crate) struct RequestHeaders<'a>(pub(crate) &'a HeaderMap);

impl Extractor for RequestHeaders<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(HeaderName::as_str).collect()
    }

    fn get_all(&self, key: &str) -> Option<Vec<&str>> {
        // A value that is no text still counts: two `traceparent` headers stay two.
        // Making a name of text is dearer than the look-up; the names that every request is asked for are made already.
        let mut values = match key {
            "traceparent" => self.0.get_all(&TRACEPARENT),
            "tracestate" => self.0.get_all(&TRACESTATE),
            "baggage" => self.0.get_all(&BAGGAGE),
            _ => self.0.get_all(key),
        };
        let first = values.next()?;
        Some(std::iter::once(first).chain(values).map(|value| value.to_str().unwrap_or("")).collect())
    }
}
