//! The body of a response: the span lasts until its end, and records when the end was not reached.

use std::borrow::Cow;
use std::error::Error;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use actix_web::body::{BodySize, MessageBody};
use actix_web::web::Bytes;
use pin_project_lite::pin_project;
use tracing::Span;

use crate::signals::http::ServerMeasurement;
use crate::span::{OpenSpan, with_open_span};
use crate::{error_chain, exceptions};

pin_project! {
    /// A body whose end also ends the span.
    #[doc(hidden)]
    #[project = Projection]
    #[derive(Debug)]
    pub enum ObservedBody<B> {
        /// A body in memory. actix takes it in one piece.
        Whole { bytes: Option<Bytes>, guard: Option<BodyGuard> },
        /// A body whose end is not observed.
        Untraced { #[pin] body: B },
        /// A body that arrives in chunks.
        Streamed { #[pin] body: B, guard: BodyGuard },
    }
}

impl<B: MessageBody> ObservedBody<B> {
    pub(super) fn untraced(body: B) -> Self {
        Self::Untraced { body }
    }

    pub(super) fn new(body: B, observer: BodyObserver) -> Self {
        let BodyObserver { span, measurement, observed, bodiless } = observer;
        let left = match body.size() {
            _ if !observed => Some(0),
            BodySize::None | BodySize::Sized(0) => Some(0),
            BodySize::Sized(_) if bodiless => Some(0),
            BodySize::Sized(length) => Some(length),
            BodySize::Stream => None,
        };
        if observed && left == Some(0) {
            drop(BodyGuard { span, measurement, left });
            return Self::Untraced { body };
        }
        match body.try_into_bytes() {
            Ok(bytes) => {
                let guard = observed.then(|| BodyGuard { span, measurement, left });
                Self::Whole { bytes: Some(bytes), guard }
            }
            // The span is entered for each chunk even if it is not observed: spans of the stream are its children.
            Err(body) => Self::Streamed { body, guard: BodyGuard { span, measurement, left } },
        }
    }
}

impl<B: MessageBody> MessageBody for ObservedBody<B> {
    type Error = Box<dyn Error>;

    fn size(&self) -> BodySize {
        match self {
            Self::Whole { bytes, .. } => {
                BodySize::Sized(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64))
            }
            Self::Untraced { body } | Self::Streamed { body, .. } => body.size(),
        }
    }

    fn poll_next(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        match self.project() {
            Projection::Whole { bytes, guard } => {
                let chunk = bytes.take().map(Ok);
                Poll::Ready(match guard {
                    Some(guard) => guard.on_chunk(chunk),
                    None => chunk,
                })
            }
            Projection::Untraced { body } => body.poll_next(context).map_err(Into::into),
            Projection::Streamed { body, guard } => {
                // Spans and events of the stream belong to the request.
                let poll = guard.span.in_scope(|| body.poll_next(context));
                Poll::Ready(guard.on_chunk(ready!(poll).map(|chunk| chunk.map_err(Into::into))))
            }
        }
    }

    fn try_into_bytes(self) -> Result<Bytes, Self> {
        match self {
            Self::Whole { bytes, mut guard } => {
                // The caller takes the body over. What becomes of it is not visible from here.
                if let Some(guard) = &mut guard {
                    guard.left = Some(0);
                }
                Ok(bytes.unwrap_or_default())
            }
            other => Err(other),
        }
    }
}

/// What the observation of a body needs.
#[derive(Debug)]
pub(super) struct BodyObserver {
    pub(super) span: Span,
    pub(super) measurement: Option<ServerMeasurement>,
    /// Whether the outcome matters: the span is recording, or the request is measured.
    pub(super) observed: bool,
    /// Whether the response has a content length and no body.
    pub(super) bodiless: bool,
}

/// Ends the span when the body is dropped, and marks it as failed when that is before the body's end.
#[derive(Debug)]
pub struct BodyGuard {
    span: Span,
    /// The request is measured until the end of its response.
    measurement: Option<ServerMeasurement>,
    /// Bytes that are not sent yet; `None` when their number is unknown.
    left: Option<u64>,
}

impl BodyGuard {
    fn on_chunk(
        &mut self,
        chunk: Option<Result<Bytes, Box<dyn Error>>>,
    ) -> Option<Result<Bytes, Box<dyn Error>>> {
        match &chunk {
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
        chunk
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
