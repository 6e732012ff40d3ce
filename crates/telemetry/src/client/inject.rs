//! Inside of the client span: the headers that carry it, and the watch over what comes back.

use ::http::Extensions;
use opentelemetry::KeyValue;
use opentelemetry_http::HeaderInjector;
use reqwest::{Request, Response};
use reqwest_middleware::{Middleware, Next, Result};
use tracing::Span;

use super::{body, span};
use crate::http::{client_version, known_method};
use crate::signals::http::Calling;
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
        // HeaderInjector drops a value that no header can hold; it never panics on one.
        let host = request.url().host_str().map(str::to_owned);
        propagation::current().outgoing(
            &context,
            host.as_deref(),
            &mut HeaderInjector(request.headers_mut()),
        );
        let method = known_method(request.method().as_str()).unwrap_or("_OTHER");
        let port = request.url().port_or_known_default().unwrap_or_default();
        let calling = Calling::begin(method, host.as_deref().unwrap_or_default(), port);
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
            bridge::set_attribute(self.span, KeyValue::new("error.type", "cancelled"));
            bridge::set_error(self.span, "the request was dropped before it had an answer");
        }
    }
}
