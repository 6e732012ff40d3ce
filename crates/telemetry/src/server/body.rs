//! The body of an answer: the span lasts until its end, and says when the end was not reached.

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
    /// A body under observer.
    #[doc(hidden)]
    #[project = Projection]
    #[derive(Debug)]
    pub enum ObservedBody<B> {
        /// All there at once, and taken in one piece, or not at all.
        Whole { bytes: Option<Bytes>, guard: Option<BodyGuard> },
        /// Nobody's span.
        Untraced { #[pin] body: B },
        /// Comes in pieces.
        Streamed { #[pin] body: B, guard: BodyGuard },
    }
}

impl<B: MessageBody> ObservedBody<B> {
    pub(super) fn untraced(body: B) -> Self {
        Self::Untraced { body }
    }

    pub(super) fn new(body: B, observer: BodyObserver) -> Self {
        let BodyObserver { span, serving, observed, bodiless } = observer;
        let left = match body.size() {
            _ if !observed => Some(0),
            BodySize::None | BodySize::Sized(0) => Some(0),
            BodySize::Sized(_) if bodiless => Some(0),
            BodySize::Sized(length) => Some(length),
            BodySize::Stream => None,
        };
        if observed && left == Some(0) {
            drop(BodyGuard { span, serving, left });
            return Self::Untraced { body };
        }
        match body.try_into_bytes() {
            Ok(bytes) => {
                let guard = observed.then(|| BodyGuard { span, serving, left });
                Self::Whole { bytes: Some(bytes), guard }
            }
            // Its pieces are made inside of the span, whoever sees that.
            Err(body) => Self::Streamed { body, guard: BodyGuard { span, serving, left } },
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
                let piece = bytes.take().map(Ok);
                Poll::Ready(match guard {
                    Some(guard) => guard.on_chunk(piece),
                    None => piece,
                })
            }
            Projection::Untraced { body } => body.poll_next(context).map_err(Into::into),
            Projection::Streamed { body, guard } => {
                // What the stream does belongs to the request.
                let poll = guard.span.in_scope(|| body.poll_next(context));
                Poll::Ready(guard.on_chunk(ready!(poll).map(|piece| piece.map_err(Into::into))))
            }
        }
    }

    fn try_into_bytes(self) -> Result<Bytes, Self> {
        match self {
            Self::Whole { bytes, mut guard } => {
                // Whoever wraps the body now has it; what becomes of it is not seen from here.
                if let Some(guard) = &mut guard {
                    guard.left = Some(0);
                }
                Ok(bytes.unwrap_or_default())
            }
            other => Err(other),
        }
    }
}

/// How a body is watched.
#[derive(Debug)]
pub(super) struct BodyObserver {
    pub(super) span: Span,
    pub(super) serving: Option<ServerMeasurement>,
    /// Whether anybody will see what became of it: the span is recorded, or the request is measured.
    pub(super) observed: bool,
    /// Whether the answer has a length and sends nothing.
    pub(super) bodiless: bool,
}

/// Says so on the span when the body is dropped before its end.
#[derive(Debug)]
pub struct BodyGuard {
    span: Span,
    /// The request is measured until the end of its answer.
    serving: Option<ServerMeasurement>,
    /// Bytes yet to come; `None` while that is not known.
    left: Option<u64>,
}

impl BodyGuard {
    fn on_chunk(
        &mut self,
        piece: Option<Result<Bytes, Box<dyn Error>>>,
    ) -> Option<Result<Bytes, Box<dyn Error>>> {
        match &piece {
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
        piece
    }

    fn fail(&mut self, kind: &'static str, description: impl Into<Cow<'static, str>>) {
        if let Some(serving) = &mut self.serving {
            serving.failed(kind);
        }
        with_open_span(&self.span, |recorded| recorded.fail(kind, description));
    }
}

impl Drop for BodyGuard {
    fn drop(&mut self) {
        if self.left != Some(0) {
            self.fail("client_disconnected", "the client went away before it had the whole answer");
        }
        // Whatever else still holds on to the span, the request is over.
        with_open_span(&self.span, OpenSpan::end);
    }
}
