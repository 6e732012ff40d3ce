//! The body of an answer: the span lasts until its end, and says when the end was not reached.

use std::borrow::Cow;
use std::error::Error;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use actix_web::body::{BodySize, MessageBody};
use actix_web::web::Bytes;
use opentelemetry::KeyValue;
use pin_project_lite::pin_project;
use tracing::Span;

use crate::{bridge, errors};

pin_project! {
    /// A body under watch.
    #[derive(Debug)]
    pub struct ObservedBody<B> {
        #[pin]
        body: B,
        unsent: Unsent,
    }
}

impl<B: MessageBody> ObservedBody<B> {
    pub(crate) fn new(body: B, span: Span, bodiless: bool) -> Self {
        let left = match body.size() {
            BodySize::None => Some(0),
            _ if bodiless => Some(0),
            BodySize::Sized(length) => Some(length),
            BodySize::Stream => None,
        };
        Self { body, unsent: Unsent { span, left } }
    }
}

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
        Poll::Ready(match ready!(this.body.poll_next(context)) {
            Some(Ok(bytes)) => {
                this.unsent.sent(bytes.len());
                Some(Ok(bytes))
            }
            Some(Err(error)) => {
                let error = error.into();
                this.unsent.failed(&*error);
                Some(Err(error))
            }
            None => {
                this.unsent.left = Some(0);
                None
            }
        })
    }
}

/// Says so on the span when the body is dropped before its end.
#[derive(Debug)]
struct Unsent {
    span: Span,
    /// Bytes yet to come; `None` while that is not known.
    left: Option<u64>,
}

impl Unsent {
    fn sent(&mut self, bytes: usize) {
        if let Some(left) = &mut self.left {
            *left = left.saturating_sub(u64::try_from(bytes).unwrap_or(u64::MAX));
        }
    }

    fn failed(&mut self, error: &dyn Error) {
        self.left = Some(0);
        let message = errors::with_sources(error);
        errors::exception(&self.span, "response body", message.clone());
        self.fail("response_body", message);
    }

    fn fail(&self, kind: &'static str, description: impl Into<Cow<'static, str>>) {
        bridge::set_attribute(&self.span, KeyValue::new("error.type", kind));
        bridge::set_error(&self.span, description);
    }
}

impl Drop for Unsent {
    fn drop(&mut self) {
        if self.left != Some(0) {
            self.fail("client_disconnected", "the client went away before it had the whole answer");
        }
        // Whatever else still holds on to the span, the request is over.
        bridge::end(&self.span);
    }
}
