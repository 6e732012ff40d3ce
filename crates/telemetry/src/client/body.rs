//! The body of a response: the client span lasts until its end, and records when it broke off.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use reqwest::{Body, Response, ResponseBuilderExt};
use tracing::Span;

use crate::signals::http::ClientMeasurement;
use crate::{error_chain, exceptions, span};

/// Observes the body of a response. Span and measurement end when the body has been read or is dropped.
pub(super) fn observe(response: Response, span: Span, measurement: Option<ClientMeasurement>) -> Response {
    let url = response.url().clone();
    let (mut head, body) = ::http::Response::from(response).into_parts();
    let body = if body.is_end_stream() {
        body
    } else {
        Body::wrap(ObservedBody { body, open: Some((span, measurement)) })
    };
    // reqwest takes the URL from an extension that only its builder can create. The other extensions pass through the
    // builder with it, because a second map would cost more.
    let mut builder = ::http::Response::builder();
    if let Some(extensions) = builder.extensions_mut() {
        std::mem::swap(extensions, &mut head.extensions);
    }
    let (built, ()) = builder.url(url).body(()).unwrap_or_default().into_parts();
    head.extensions = built.extensions;
    ::http::Response::from_parts(head, body).into()
}

struct ObservedBody {
    body: Body,
    /// `None` once the body has ended.
    open: Option<(Span, Option<ClientMeasurement>)>,
}

impl HttpBody for ObservedBody {
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
                if let Some((span, measurement)) = this.open.take() {
                    record_broken_body(&span, measurement, error);
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

impl ObservedBody {
    fn finish(&mut self) {
        if let Some((span, _measured)) = self.open.take() {
            span::end(&span);
        }
    }
}

impl Drop for ObservedBody {
    fn drop(&mut self) {
        self.finish();
    }
}

fn record_broken_body(span: &Span, measurement: Option<ClientMeasurement>, error: &reqwest::Error) {
    let kind = if error.is_timeout() { "timeout" } else { "body" };
    if let Some(mut measurement) = measurement {
        measurement.record_failure(kind);
    }
    exceptions::fail(span, kind, error_chain::with_sources(error));
    span::end(span);
}
