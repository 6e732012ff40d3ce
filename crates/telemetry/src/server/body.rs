//! The body of an answer: the span lasts until its end, and says when the end was not reached.

use std::borrow::Cow;
use std::error::Error;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use actix_web::body::{BodySize, MessageBody};
use actix_web::web::Bytes;
use pin_project_lite::pin_project;
use tracing::Span;

use crate::errors;
use crate::signals::http::Serving;
use crate::span::{Recorded, with_recorded};

pin_project! {
    /// A body under watch.
    #[doc(hidden)]
    #[project = Projection]
    #[derive(Debug)]
    pub enum ObservedBody<B> {
        /// All there at once, and taken in one piece, or not at all.
        Whole { bytes: Option<Bytes>, unsent: Option<Unsent> },
        /// Nobody's span.
        Untraced { #[pin] body: B },
        /// Comes in pieces.
        Watched { #[pin] body: B, unsent: Unsent },
    }
}

impl<B: MessageBody> ObservedBody<B> {
    pub(super) fn untraced(body: B) -> Self {
        Self::Untraced { body }
    }

    pub(super) fn new(body: B, watch: Watch) -> Self {
        let Watch { span, serving, wanted, bodiless } = watch;
        let left = match body.size() {
            _ if !wanted => Some(0),
            BodySize::None | BodySize::Sized(0) => Some(0),
            BodySize::Sized(_) if bodiless => Some(0),
            BodySize::Sized(length) => Some(length),
            BodySize::Stream => None,
        };
        if wanted && left == Some(0) {
            drop(Unsent { span, serving, left });
            return Self::Untraced { body };
        }
        match body.try_into_bytes() {
            Ok(bytes) => {
                let unsent = wanted.then(|| Unsent { span, serving, left });
                Self::Whole { bytes: Some(bytes), unsent }
            }
            // Its pieces are made inside of the span, whoever sees that.
            Err(body) => Self::Watched { body, unsent: Unsent { span, serving, left } },
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
            Self::Untraced { body } | Self::Watched { body, .. } => body.size(),
        }
    }

    fn poll_next(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        match self.project() {
            Projection::Whole { bytes, unsent } => {
                let piece = bytes.take().map(Ok);
                Poll::Ready(match unsent {
                    Some(unsent) => unsent.saw(piece),
                    None => piece,
                })
            }
            Projection::Untraced { body } => body.poll_next(context).map_err(Into::into),
            Projection::Watched { body, unsent } => {
                // What the stream does belongs to the request.
                let poll = unsent.span.in_scope(|| body.poll_next(context));
                Poll::Ready(unsent.saw(ready!(poll).map(|piece| piece.map_err(Into::into))))
            }
        }
    }

    fn try_into_bytes(self) -> Result<Bytes, Self> {
        match self {
            Self::Whole { bytes, mut unsent } => {
                // Whoever wraps the body now has it; what becomes of it is not seen from here.
                if let Some(unsent) = &mut unsent {
                    unsent.left = Some(0);
                }
                Ok(bytes.unwrap_or_default())
            }
            other => Err(other),
        }
    }
}

/// How a body is watched.
#[derive(Debug)]
pub(super) struct Watch {
    pub(super) span: Span,
    pub(super) serving: Option<Serving>,
    /// Whether anybody will see what became of it: the span is recorded, or the request is measured.
    pub(super) wanted: bool,
    /// Whether the answer has a length and sends nothing.
    pub(super) bodiless: bool,
}

/// Says so on the span when the body is dropped before its end.
#[derive(Debug)]
pub struct Unsent {
    span: Span,
    /// The request is measured until the end of its answer.
    serving: Option<Serving>,
    /// Bytes yet to come; `None` while that is not known.
    left: Option<u64>,
}

impl Unsent {
    fn saw(&mut self, piece: Option<Result<Bytes, Box<dyn Error>>>) -> Option<Result<Bytes, Box<dyn Error>>> {
        match &piece {
            None => self.left = Some(0),
            Some(Ok(bytes)) => {
                let sent = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
                self.left = self.left.map(|left| left.saturating_sub(sent));
            }
            Some(Err(error)) => {
                self.left = Some(0);
                let message = errors::with_sources(&**error);
                errors::exception(&self.span, "response body", message.clone());
                self.fail("response_body", message);
            }
        }
        piece
    }

    fn fail(&mut self, kind: &'static str, description: impl Into<Cow<'static, str>>) {
        if let Some(serving) = &mut self.serving {
            serving.failed(kind);
        }
        with_recorded(&self.span, |recorded| recorded.fail(kind, description));
    }
}

impl Drop for Unsent {
    fn drop(&mut self) {
        if self.left != Some(0) {
            self.fail("client_disconnected", "the client went away before it had the whole answer");
        }
        // Whatever else still holds on to the span, the request is over.
        with_recorded(&self.span, Recorded::end);
    }
}
