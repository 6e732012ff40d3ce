//! The body of a response: the client span lasts until its end, and records when it broke off.

use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use reqwest::{Body, Response, ResponseBuilderExt, Version};
use tracing::Span;

use crate::signals::http::ClientMeasurement;
use crate::{error_chain, exceptions, span};

/// Observes the body of a response. Span and measurement end when the body has been read or is dropped.
pub(super) fn observe(
    mut response: Response,
    span: Span,
    measurement: Option<ClientMeasurement>,
) -> Response {
    if response.content_length() == Some(0) {
        return response;
    }
    let mut observed = ::http::Response::builder().status(response.status()).version(response.version());
    if let Some(headers) = observed.headers_mut() {
        std::mem::swap(headers, response.headers_mut());
    }
    if let Some(extensions) = observed.extensions_mut() {
        std::mem::swap(extensions, response.extensions_mut());
    }
    // reqwest takes the URL from an extension that only its builder can create.
    let observed = observed.url(response.url().clone());
    let body = ObservedBody { source: Source::of(response), open: Some((span, measurement)) };
    // It cannot fail, because nothing of the head is parsed.
    observed.body(Body::wrap(body)).unwrap_or_default().into()
}

struct ObservedBody {
    source: Source,
    /// `None` once the body has ended.
    open: Option<(Span, Option<ClientMeasurement>)>,
}

/// What the frames of a body are read from.
enum Source {
    /// The response, which needs no box of its own for the body, but skips trailers.
    Response(Response),
    Body(Body),
}

impl Source {
    fn of(response: Response) -> Self {
        // In HTTP/1, only chunked bodies have trailers.
        if response.version() <= Version::HTTP_11 && response.content_length().is_some() {
            Self::Response(response)
        } else {
            Self::Body(response.into())
        }
    }
}

impl HttpBody for ObservedBody {
    type Data = Bytes;
    type Error = reqwest::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<std::result::Result<Frame<Bytes>, reqwest::Error>>> {
        let this = self.get_mut();
        let poll = match &mut this.source {
            Source::Response(response) => {
                let chunk = pin!(response.chunk()).poll(context);
                chunk.map(|chunk| chunk.map(|data| data.map(Frame::data)).transpose())
            }
            Source::Body(body) => Pin::new(body).poll_frame(context),
        };
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
        match &self.source {
            Source::Response(response) => response.content_length() == Some(0),
            Source::Body(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.source {
            Source::Response(response) => {
                response.content_length().map_or_else(SizeHint::default, SizeHint::with_exact)
            }
            Source::Body(body) => body.size_hint(),
        }
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
