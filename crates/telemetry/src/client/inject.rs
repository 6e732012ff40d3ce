//! Inside of the client span: the headers that carry it, and the watch over what comes back.

use ::http::Extensions;
use ::http::header::{HeaderMap, HeaderName, HeaderValue};
use bytes::Bytes;
use opentelemetry::KeyValue;
use opentelemetry::baggage::BaggageExt;
use opentelemetry::propagation::Injector;
use opentelemetry::trace::Status;
use reqwest::{Request, Response};
use reqwest_middleware::{Middleware, Next, Result};
use tracing::Span;

use super::{body, span};
use crate::http::{client_version, known_method};
use crate::signals::http::Calling;
use crate::span::with_recorded;
use crate::{bridge, propagation};

/// The innermost middleware of a traced client.
pub(crate) struct Inject;

#[async_trait::async_trait]
impl Middleware for Inject {
    async fn handle(
        &self,
        mut request: Request,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> Result<Response> {
        let span = Span::current();
        let context = bridge::context_of(&span);
        let calling = measure(&request);
        // Who is called matters to baggage alone.
        let host = (!context.baggage().is_empty()).then(|| request.url().host_str().map(str::to_owned));
        propagation::current().outgoing(
            &context,
            host.flatten().as_deref(),
            &mut RequestHeaders(request.headers_mut()),
        );
        let mut pending = Pending { span: &span, answered: false, calling };
        let outcome = next.run(request, extensions).await;
        pending.answered = true;
        let mut calling = pending.calling.take();
        match (&mut calling, &outcome) {
            (None, _) => {}
            (Some(calling), Ok(response)) => {
                calling.answered(response.status().as_u16(), client_version(response.version()));
            }
            (Some(calling), Err(error)) => calling.failed(span::kind(error)),
        }
        outcome.map(|response| body::watch(response, span.clone(), calling))
    }
}

/// Begins to measure a request, if anybody does.
fn measure(request: &Request) -> Option<Calling> {
    let method = known_method(request.method().as_str()).unwrap_or("_OTHER");
    let url = request.url();
    Calling::begin(
        method,
        url.host_str().unwrap_or_default(),
        url.port_or_known_default().unwrap_or_default(),
    )
}

/// The headers of a request that goes out, as propagators write them.
struct RequestHeaders<'a>(&'a mut HeaderMap);

impl Injector for RequestHeaders<'_> {
    /// Drops a value that no header can hold; never panics on one.
    fn set(&mut self, key: &str, value: String) {
        // Making a name of text is dearer than all the rest.
        let name = match key {
            "traceparent" => Ok(HeaderName::from_static("traceparent")),
            "tracestate" => Ok(HeaderName::from_static("tracestate")),
            _ => HeaderName::from_bytes(key.as_bytes()),
        };
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_maybe_shared(Bytes::from(value))) {
            self.0.insert(name, value);
        }
    }
}

/// Says so on the span when the future of a request is dropped before there is an answer.
struct Pending<'a> {
    span: &'a Span,
    answered: bool,
    /// Measured as cancelled, unless it is told otherwise.
    calling: Option<Calling>,
}

impl Drop for Pending<'_> {
    fn drop(&mut self) {
        if !self.answered {
            with_recorded(self.span, |recorded| {
                recorded.set_attribute(KeyValue::new("error.type", "cancelled"));
                recorded.set_status(Status::error("the request was dropped before it had an answer"));
            });
        }
    }
}
