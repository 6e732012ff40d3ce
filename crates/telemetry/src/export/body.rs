//! The body of a request to a backend: pieces of bytes that are sent one after the other, without copying them together.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Buf, Bytes};
use http_body::{Body, Frame, SizeHint};

/// The pieces that are not sent yet.
#[derive(Debug, Default)]
pub(crate) struct Pieces(VecDeque<Bytes>);

impl Pieces {
    /// The number of bytes.
    pub(super) fn len(&self) -> usize {
        self.0.iter().map(Bytes::len).sum()
    }
}

impl IntoIterator for Pieces {
    type Item = Bytes;
    type IntoIter = std::collections::vec_deque::IntoIter<Bytes>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl From<Bytes> for Pieces {
    fn from(whole: Bytes) -> Self {
        vec![whole].into()
    }
}

impl From<Vec<Bytes>> for Pieces {
    fn from(mut pieces: Vec<Bytes>) -> Self {
        pieces.retain(Buf::has_remaining);
        Self(pieces.into())
    }
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.pop_front().map(|piece| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_empty()
    }

    /// It is exact, so that the request has a `content-length`.
    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.len() as u64)
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::{BodyExt, Collected};

    use super::*;

    #[tokio::test]
    async fn the_pieces_are_sent_in_order_with_their_total_length() {
        let pieces = Pieces::from(vec![Bytes::from_static(b"abc"), Bytes::new(), Bytes::from_static(b"d")]);
        assert_eq!((pieces.size_hint().exact(), pieces.is_end_stream()), (Some(4), false));
        assert_eq!(pieces.collect().await.map(Collected::to_bytes), Ok(Bytes::from_static(b"abcd")));
        let empty = Pieces::from(Bytes::new());
        assert_eq!((empty.size_hint().exact(), empty.is_end_stream()), (Some(0), true));
    }
}
