//! The first bytes that a backend sends say which protocol its port speaks. If that is not the configured one, an error
//! can say what to change.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use http::StatusCode;
use hyper_util::client::legacy::connect::{Connected, Connection};
use parking_lot::Mutex;
use rustix::net::RecvFlags;
use thiserror::Error;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The bytes that are looked at: `HTTP/1.1 200`, or more than the head of a frame of HTTP/2.
const LENGTH: usize = 12;

/// What a port speaks.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Speech {
    Tls,
    Http1,
    Http2,
}

/// The first bytes of the newest connection, at most [`LENGTH`].
#[derive(Clone, Debug, Default)]
pub(super) struct FirstBytes(Arc<Mutex<Vec<u8>>>);

impl FirstBytes {
    fn speech(&self) -> Option<Speech> {
        match self.0.lock()[..] {
            // An alert or a handshake of TLS 1.x.
            [0x15 | 0x16, 3, ..] => Some(Speech::Tls),
            [b'H', b'T', b'T', b'P', ..] => Some(Speech::Http1),
            // A frame with SETTINGS, of at most 255 bytes, is the first one of an HTTP/2 server.
            [0, 0, _, 4, 0, 0, 0, 0, ..] => Some(Speech::Http2),
            _ => None,
        }
    }

    /// The status of an answer of HTTP/1.
    pub(super) fn status(&self) -> Option<StatusCode> {
        let bytes = self.0.lock();
        let status = bytes.strip_prefix(b"HTTP/1.").and_then(|rest| rest.get(2..5))?;
        StatusCode::from_bytes(status).ok()
    }

    /// Takes what was read. Returns whether there is enough.
    fn add(&self, read: &[u8]) -> bool {
        let mut bytes = self.0.lock();
        let room = LENGTH - bytes.len();
        bytes.extend(read.iter().take(room));
        bytes.len() == LENGTH
    }

    /// Adds to `error` what to change, if the port does not speak what was `expected`.
    pub(super) fn explain(&self, expected: Speech, error: BoxError) -> BoxError {
        match self.speech().and_then(|spoken| advice(expected, spoken)) {
            Some(advice) => WrongPort { advice, source: error }.into(),
            None => error,
        }
    }
}

fn advice(expected: Speech, spoken: Speech) -> Option<&'static str> {
    match (expected, spoken) {
        (Speech::Tls, Speech::Http1 | Speech::Http2) => Some(
            "this port speaks no TLS: begin the endpoint with http://, or set OTEL_EXPORTER_OTLP_INSECURE=true for one \
             without a scheme",
        ),
        (Speech::Http1 | Speech::Http2, Speech::Tls) => {
            Some("this port expects TLS: begin the endpoint with https://")
        }
        (Speech::Http2, Speech::Http1) => Some(
            "this port speaks HTTP/1 and no gRPC: set OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf, or use the port of gRPC, \
             usually 4317",
        ),
        (Speech::Http1, Speech::Http2) => Some(
            "this port speaks only HTTP/2, probably gRPC: set OTEL_EXPORTER_OTLP_PROTOCOL=grpc, or use the port of HTTP, \
             usually 4318",
        ),
        _ => None,
    }
}

/// The port of an endpoint speaks another protocol.
#[derive(Debug, Error)]
#[error("{advice}")]
pub(super) struct WrongPort {
    advice: &'static str,
    #[source]
    source: BoxError,
}

/// A connection whose first bytes are remembered.
#[derive(Debug)]
pub(super) struct ObservedStream {
    stream: TcpStream,
    /// `None` once they are known.
    first: Option<FirstBytes>,
}

impl ObservedStream {
    pub(super) fn new(stream: TcpStream, first: FirstBytes) -> Self {
        first.0.lock().clear();
        Self { stream, first: Some(first) }
    }
}

impl AsyncRead for ObservedStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        self.observe(buffer.filled().get(before..).unwrap_or_default());
        Poll::Ready(Ok(()))
    }
}

impl ObservedStream {
    fn observe(&mut self, read: &[u8]) {
        if self.first.as_ref().is_some_and(|first| first.add(read)) {
            self.first = None;
        }
    }

    /// Reads what a server said before it closed a connection whose first bytes it did not understand.
    ///
    /// The kernel is asked itself: the runtime may not yet have seen that there is something to read.
    fn observe_refusal(&mut self) {
        if self.first.is_some() {
            let mut bytes = [0; LENGTH];
            let read = rustix::net::recv(&self.stream, &mut bytes, RecvFlags::empty());
            self.observe(bytes.get(..read.map_or(0, |(read, _)| read)).unwrap_or_default());
        }
    }
}

impl AsyncWrite for ObservedStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write(context, bytes));
        Poll::Ready(written.inspect_err(|_| self.observe_refusal()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write_vectored(context, buffers));
        Poll::Ready(written.inspect_err(|_| self.observe_refusal()))
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

impl Connection for ObservedStream {
    fn connected(&self) -> Connected {
        self.stream.connected()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::net::TcpListener;
    use std::task::Waker;

    use super::*;

    /// Fatal, `protocol_version`: what a server of TLS answers to HTTP/2.
    const ALERT: [u8; 7] = *b"\x15\x03\x03\x00\x02\x02\x46";

    #[tokio::test]
    async fn a_refusal_is_read_although_the_runtime_has_not_seen_it() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (mut server, _) = listener.accept().unwrap();
        let first = FirstBytes::default();
        let mut observed = ObservedStream::new(stream, first.clone());
        // Nothing is awaited from here on: the runtime sees neither the bytes nor the end.
        server.write_all(&ALERT).unwrap();
        drop(server);
        let mut context = Context::from_waker(Waker::noop());
        let failed = std::iter::repeat_with(|| Pin::new(&mut observed).poll_write(&mut context, b"PRI"))
            .find(|written| !matches!(written, Poll::Ready(Ok(_))));
        assert!(matches!(failed, Some(Poll::Ready(Err(_)))), "{failed:?}");
        assert_eq!(first.speech(), Some(Speech::Tls));
    }

    #[test]
    fn the_first_bytes_name_the_protocol() {
        for (bytes, speech) in [
            (&b"\x15\x03\x01\x00\x02\x02\x46"[..], Some(Speech::Tls)),
            (b"HTTP/1.1 200 OK", Some(Speech::Http1)),
            (b"\x00\x00\x12\x04\x00\x00\x00\x00\x00\x00\x03\x00", Some(Speech::Http2)),
            (b"SSH-2.0-", None),
            (b"", None),
        ] {
            let (whole, pieces) = (FirstBytes::default(), FirstBytes::default());
            assert_eq!(whole.add(bytes), bytes.len() >= LENGTH);
            let enough = bytes.chunks(3).fold(false, |_, piece| pieces.add(piece));
            assert_eq!(enough, bytes.len() >= LENGTH);
            assert_eq!((whole.speech(), pieces.speech()), (speech, speech), "{bytes:?}");
        }
    }

    #[test]
    fn the_status_of_an_answer_is_read() {
        for (bytes, status) in [
            (&b"HTTP/1.1 403 Forbidden"[..], Some(StatusCode::FORBIDDEN)),
            (b"HTTP/1.0 200 OK", Some(StatusCode::OK)),
            (b"HTTP/1.1 4", None),
            (b"SSH-2.0-OpenSSH", None),
        ] {
            let first = FirstBytes::default();
            first.add(bytes);
            assert_eq!(first.status(), status, "{bytes:?}");
        }
    }
}
