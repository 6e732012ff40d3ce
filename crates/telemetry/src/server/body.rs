//! The body of a response: the span lasts until its end, and records when the end was not reached.

use std::borrow::Cow;
use std::error::Error;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use actix_web::body::{BodySize, MessageBody};
use actix_web::dev::ResourceMap;
use actix_web::http::{Method, Uri};
use actix_web::web::Bytes;
use pin_project_lite::pin_project;
use tracing::Span;

use crate::signals::http::ServerMeasurement;
use crate::span::{OpenSpan, with_open_span};
use crate::{error_chain, exceptions};

/// Observes a request whose span is recording, or that is measured.
#[derive(Debug)]
pub(super) struct RequestObserver {
    pub(super) span: Span,
    /// The request counts as active until this is dropped.
    pub(super) measurement: Option<ServerMeasurement>,
    pub(super) resource: Resource,
}

/// What a request asked for. A panic, or an error of a middleware, leaves no request behind that could tell.
#[derive(Debug)]
pub(super) struct Resource {
    pub(super) method: Method,
    pub(super) uri: Uri,
    pub(super) routes: Rc<ResourceMap>,
}

impl Resource {
    /// The route of the path. It ignores the guards of routes.
    pub(super) fn route(&self) -> Option<String> {
        self.routes.match_pattern(self.uri.path())
    }
}

pin_project! {
    /// A body whose end also ends the span.
    #[doc(hidden)]
    #[derive(Debug)]
    pub struct ObservedBody<B> {
        #[pin]
        body: B,
        // `None` when nobody observes the end.
        guard: Option<BodyGuard>,
    }
}

impl<B: MessageBody> ObservedBody<B> {
    pub(super) fn new(body: B, observer: Option<Box<RequestObserver>>) -> Self {
        let guard = observer.map(|observer| {
            let RequestObserver { span, measurement, resource } = *observer;
            // The response to a HEAD request has a content length and no body.
            let bodiless = resource.method == Method::HEAD;
            let left = match body.size() {
                BodySize::None => Some(0),
                BodySize::Sized(_) if bodiless => Some(0),
                BodySize::Sized(length) => Some(length),
                BodySize::Stream => None,
            };
            BodyGuard { span, measurement, left }
        });
        // The server does not poll an empty body: the guard is dropped here, which ends the span.
        Self { body, guard: guard.filter(|guard| guard.left != Some(0)) }
    }
}

/// tracing-actix-web's middleware polls the body within the span: spans and events of a stream belong to the request.
impl<B: MessageBody> MessageBody for ObservedBody<B> {
    type Error = Box<dyn Error>;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let this = self.project();
        let chunk = ready!(this.body.poll_next(context)).map(|chunk| chunk.map_err(Into::into));
        if let Some(guard) = this.guard {
            guard.on_chunk(chunk.as_ref());
        }
        Poll::Ready(chunk)
    }
}

/// Ends the span when the body is dropped, and marks it as failed when that is before the body's end.
#[derive(Debug)]
struct BodyGuard {
    span: Span,
    /// The request is measured until the end of its response.
    measurement: Option<ServerMeasurement>,
    /// Bytes that are not sent yet; `None` when their number is unknown.
    left: Option<u64>,
}

impl BodyGuard {
    fn on_chunk(&mut self, chunk: Option<&Result<Bytes, Box<dyn Error>>>) {
        match chunk {
            None => self.left = Some(0),
            Some(Ok(bytes)) => {
                let sent = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
                self.left = self.left.map(|left| left.saturating_sub(sent));
            }
            Some(Err(error)) => {
                self.left = Some(0);
                let message = error_chain::with_sources(&**error);
                exceptions::add_exception(&self.span, "response body", message.clone());
                self.fail("response_body", message);
            }
        }
    }

    fn fail(&mut self, kind: &'static str, description: impl Into<Cow<'static, str>>) {
        if let Some(measurement) = &mut self.measurement {
            measurement.record_failure(kind);
        }
        with_open_span(&self.span, |open_span| open_span.fail(kind, description));
    }
}

impl Drop for BodyGuard {
    fn drop(&mut self) {
        if self.left != Some(0) {
            self.fail("client_disconnected", "the client disconnected before it received the whole response");
        }
        // Other handles may keep the span open, but the request is over.
        with_open_span(&self.span, OpenSpan::end);
    }
}
