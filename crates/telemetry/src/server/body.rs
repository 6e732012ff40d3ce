//! The body of a response: the span lasts until its end, and records when the end was not reached.

use std::error::Error;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use actix_web::body::{BodySize, MessageBody};
use actix_web::http::Method;
use actix_web::web::Bytes;
use pin_project_lite::pin_project;

use super::observer::RequestObserver;
use crate::{error_chain, exceptions};

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
        let guard = observer.and_then(|mut observer| {
            // The response to a HEAD request may have a content length, and has no body.
            let bodiless = observer.resource.method == Method::HEAD;
            observer.left = match body.size() {
                BodySize::None => Some(0),
                _ if bodiless => Some(0),
                BodySize::Sized(length) => Some(length),
                BodySize::Stream => None,
            };
            if observer.left == Some(0) {
                // The server does not poll an empty body. The span is exported with its response, which follows.
                crate::span::end(&observer.span);
                observer.recycle();
                return None;
            }
            Some(BodyGuard { observer: Some(observer) })
        });
        Self { body, guard }
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

/// Ends the span when the body is dropped, and marks it as failed when that is before the body's end. The request is
/// measured until then.
#[derive(Debug)]
struct BodyGuard {
    // `None` once it is dropped.
    observer: Option<Box<RequestObserver>>,
}

impl BodyGuard {
    fn on_chunk(&mut self, chunk: Option<&Result<Bytes, Box<dyn Error>>>) {
        let Some(observer) = &mut self.observer else { return };
        let left = &mut observer.left;
        match chunk {
            None => *left = Some(0),
            Some(Ok(bytes)) => {
                let sent = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
                *left = left.map(|left| left.saturating_sub(sent));
            }
            Some(Err(error)) => {
                *left = Some(0);
                let message = error_chain::with_sources(&**error);
                exceptions::add_exception(&observer.span, "response body", message.clone());
                observer.fail("response_body", message);
            }
        }
    }
}

impl Drop for BodyGuard {
    fn drop(&mut self) {
        let Some(mut observer) = self.observer.take() else { return };
        if observer.left != Some(0) && std::thread::panicking() {
            observer.fail("panic", "the response body panicked");
        } else if observer.left != Some(0) {
            let description = "the client disconnected before it received the whole response";
            observer.fail("client_disconnected", description);
        }
        // Other handles may keep the span open, but the request is over.
        crate::span::finish(&observer.span);
        observer.recycle();
    }
}
