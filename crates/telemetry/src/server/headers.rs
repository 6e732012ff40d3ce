//! Reads propagation headers from actix-web's header map.

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};

use crate::propagation::HeaderReader;

static TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
static TRACESTATE: HeaderName = HeaderName::from_static("tracestate");
static BAGGAGE: HeaderName = HeaderName::from_static("baggage");

/// Stands for a value that is not text. It is invalid in every format, so that no format reads the others as the whole.
const NOT_TEXT: &str = "\u{fffd}";

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
        let mut values = self.values(name).map(|value| value.to_str().unwrap_or(NOT_TEXT)).peekable();
        values.peek()?;
        Some(values.collect())
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry::Context;
    use opentelemetry::trace::TraceContextExt;

    use super::*;
    use crate::propagation::Format as _;
    use crate::propagation::w3c::TraceContext;

    /// The `tracestate` that is read from these headers.
    fn tracestate(values: &[&[u8]]) -> String {
        let mut headers = HeaderMap::new();
        let parent = HeaderValue::from_static("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
        headers.insert(TRACEPARENT.clone(), parent);
        for value in values {
            headers.append(TRACESTATE.clone(), HeaderValue::from_bytes(value).unwrap());
        }
        let context = TraceContext.extract(&Context::new(), &RequestHeaders(&headers)).unwrap();
        context.span().span_context().trace_state().header()
    }

    #[test]
    fn a_tracestate_is_read_as_a_whole_or_not_at_all() {
        assert_eq!(tracestate(&[b"a=1", b"b=2"]), "a=1,b=2");
        assert_eq!(tracestate(&[b"a=1", b"", b"b=2"]), "a=1,b=2");
        assert_eq!(tracestate(&[b"a=\xff", b"b=2"]), "");
        assert_eq!(tracestate(&[b"b=2", b"\xff"]), "");
        assert_eq!(tracestate(&[b"b=2", b"a=\xc3\xa9"]), "", "UTF-8 is no text of a header");
    }
}
