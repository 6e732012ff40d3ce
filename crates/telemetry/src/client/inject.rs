//! Inside of the client span: the headers that carry it, and the watch over what comes back.

use ::http::Extensions;
use opentelemetry::KeyValue;
use opentelemetry_http::HeaderInjector;
use reqwest::{Request, Response};
use reqwest_middleware::{Middleware, Next, Result};
use tracing::Span;

use super::body;
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
        let mut pending = Pending { span: &span, answered: false };
        let outcome = next.run(request, extensions).await;
        pending.answered = true;
        outcome.map(|response| body::watch(response, span.clone()))
    }
}

/// Says so on the span when the future of a request is dropped before there is an answer.
struct Pending<'a> {
    span: &'a Span,
    answered: bool,
}

impl Drop for Pending<'_> {
    fn drop(&mut self) {
        if !self.answered {
            bridge::set_attribute(self.span, KeyValue::new("error.type", "cancelled"));
            bridge::set_error(self.span, "the request was dropped before it had an answer");
        }
    }
}
