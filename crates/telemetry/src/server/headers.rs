//! Reads propagation headers from actix-web's header map.

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};

use crate::propagation::HeaderReader;

static TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
static TRACESTATE: HeaderName = HeaderName::from_static("tracestate");
static BAGGAGE: HeaderName = HeaderName::from_static("baggage");

/// The headers of a request.
pub(crate) struct RequestHeaders<'a>(pub(crate) &'a HeaderMap);

impl RequestHeaders<'_> {
    fn values(&self, name: &str) -> impl Iterator<Item = &HeaderValue> {
        // Parsing a header name costs more than the look-up. The names that are read from every request are parsed
        // already.
        match name {
            "traceparent" => self.0.get_all(&TRACEPARENT),
            "tracestate" => self.0.get_all(&TRACESTATE),
            "baggage" => self.0.get_all(&BAGGAGE),
            _ => self.0.get_all(name),
        }
    }
}

impl HeaderReader for RequestHeaders<'_> {
    fn only(&self, name: &str) -> Option<&[u8]> {
        let mut values = self.values(name);
        let value = values.next()?;
        values.next().is_none().then(|| value.as_bytes())
    }

    fn all(&self, name: &str) -> Option<Vec<&str>> {
        // A value that is not text counts as an empty one, so that the number of headers stays.
        let mut values = self.values(name).map(|value| value.to_str().unwrap_or("")).peekable();
        values.peek()?;
        Some(values.collect())
    }
}
