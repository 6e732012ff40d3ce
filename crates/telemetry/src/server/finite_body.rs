//! A body of known length, which ends with its last byte.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use actix_web::body::{BodySize, MessageBody};
use actix_web::web::Bytes;
use pin_project_lite::pin_project;

pin_project! {
    /// A body that does not poll the one within it for more than it announced. The server polls each body until it says
    /// that it has ended, and `StreamSpan` enters the span for each poll.
    #[doc(hidden)]
    #[derive(Debug)]
    pub struct FiniteBody<B> {
        #[pin]
        body: B,
        // Bytes that are not sent yet; `None` if their number is unknown.
        left: Option<u64>,
    }
}

impl<B: MessageBody> FiniteBody<B> {
    pub(super) fn new(body: B) -> Self {
        let left = match body.size() {
            BodySize::Sized(length) => Some(length),
            BodySize::None | BodySize::Stream => None,
        };
        Self { body, left }
    }
}

impl<B: MessageBody> MessageBody for FiniteBody<B> {
    type Error = B::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let this = self.project();
        if *this.left == Some(0) {
            return Poll::Ready(None);
        }
        let chunk = ready!(this.body.poll_next(context));
        if let (Some(left), Some(Ok(bytes))) = (this.left, &chunk) {
            *left = left.saturating_sub(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        }
        Poll::Ready(chunk)
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::pin::pin;

    use super::*;

    /// Chunks of three bytes, and how often one was asked for.
    struct Chunks<'a> {
        size: BodySize,
        left: u8,
        polls: &'a mut u32,
    }

    impl MessageBody for Chunks<'_> {
        type Error = std::convert::Infallible;

        fn size(&self) -> BodySize {
            self.size
        }

        fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
            let this = self.get_mut();
            *this.polls += 1;
            let chunk = (this.left > 0).then(|| Ok(Bytes::from_static(b"abc")));
            this.left = this.left.saturating_sub(1);
            Poll::Ready(chunk)
        }
    }

    /// The bytes of a body of two chunks, and how often it was polled.
    async fn read(size: BodySize) -> (usize, u32) {
        let mut polls = 0;
        let mut body = pin!(FiniteBody::new(Chunks { size, left: 2, polls: &mut polls }));
        assert_eq!(body.size(), size);
        let mut length = 0;
        while let Some(Ok(chunk)) = poll_fn(|context| body.as_mut().poll_next(context)).await {
            length += chunk.len();
        }
        (length, polls)
    }

    #[actix_web::test]
    async fn a_body_of_known_length_is_not_polled_after_its_last_byte() {
        assert_eq!(read(BodySize::Sized(6)).await, (6, 2));
    }

    #[actix_web::test]
    async fn a_body_that_ends_early_or_whose_length_is_unknown_is_polled_until_its_end() {
        assert_eq!(read(BodySize::Sized(7)).await, (6, 3));
        assert_eq!(read(BodySize::Stream).await, (6, 3));
    }
}
