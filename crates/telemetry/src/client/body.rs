//! The body of an answer: the client span lasts until its end, and says when it broke off.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use opentelemetry::KeyValue;
use reqwest::{Body, Response, ResponseBuilderExt};
use tracing::Span;

use crate::{bridge, errors};

/// The same response, whose body keeps `span` open until it has been read or dropped.
pub(crate) fn watch(response: Response, span: Span) -> Response {
    let url = response.url().clone();
    let (mut head, body) = ::http::Response::from(response).into_parts();
    let body = if body.is_end_stream() { body } else { Body::wrap(Watched { body, span: Some(span) }) };
    // reqwest keeps the URL beside the response and takes it back from an extension that only its builder can make.
    let (with_url, ()) = ::http::Response::builder().url(url).body(()).unwrap_or_default().into_parts();
    head.extensions.extend(with_url.extensions);
    ::http::Response::from_parts(head, body).into()
}

struct Watched {
    body: Body,
    /// Until the body's end.
    span: Option<Span>,
}

impl HttpBody for Watched {
    type Data = Bytes;
    type Error = reqwest::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<std::result::Result<Frame<Bytes>, reqwest::Error>>> {
        let this = self.get_mut();
        let poll = Pin::new(&mut this.body).poll_frame(context);
        match &poll {
            Poll::Pending | Poll::Ready(Some(Ok(_))) => {}
            Poll::Ready(None) => this.finish(),
            Poll::Ready(Some(Err(error))) => {
                if let Some(span) = this.span.take() {
                    broken(&span, error);
                }
            }
        }
        poll
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Watched {
    fn finish(&mut self) {
        if let Some(span) = self.span.take() {
            bridge::end(&span);
        }
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.finish();
    }
}

fn broken(span: &Span, error: &reqwest::Error) {
    let kind = if error.is_timeout() { "timeout" } else { "body" };
    let message = errors::with_sources(error);
    bridge::set_attribute(span, KeyValue::new("error.type", kind));
    errors::exception(span, kind, message.clone());
    bridge::set_error(span, message);
    bridge::end(span);
}
