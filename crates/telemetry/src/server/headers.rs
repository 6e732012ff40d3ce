//! actix-web's header map, as propagators read it.

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};

use crate::propagation::HeaderReader;

static TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
static TRACESTATE: HeaderName = HeaderName::from_static("tracestate");
static BAGGAGE: HeaderName = HeaderName::from_static("baggage");

/// The headers of a request.
pub(crate) struct RequestHeaders<'a>(pub(crate) &'a HeaderMap);

impl RequestHeaders<'_> {
    fn values(&self, name: &str) -> impl Iterator<Item = &HeaderValue> {
        // Making a name of text is dearer than the look-up; the names that every request is asked for are made already.
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
        // A value that is no text still counts: two `tracestate` headers stay two.
        let mut values = self.values(name).map(|value| value.to_str().unwrap_or("")).peekable();
        values.peek()?;
        Some(values.collect())
    }
}
