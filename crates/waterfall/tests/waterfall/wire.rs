//! Raw sockets: what no well-behaved client sends, and requests as bytes.

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

use bytes::Bytes;
use h2::client;
use reqwest::{Method, StatusCode, header::HeaderMap};

/// Longer than any bound of the receiver.
const PATIENCE: Duration = Duration::from_secs(40);

/// An HTTP/1.1 connection.
pub(crate) struct Wire(pub(crate) TcpStream);

impl Wire {
    pub(crate) fn open(url: &str) -> Self {
        let stream = TcpStream::connect(url.trim_start_matches("http://")).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        Self(stream)
    }

    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.0.write_all(bytes.as_ref()).unwrap();
    }

    /// The head of a POST with a body of `length` bytes.
    pub(crate) fn send_head(&mut self, content_type: &str, length: usize) {
        self.send(format!(
            "POST /v1/traces HTTP/1.1\r\nhost: x\r\ncontent-type: {content_type}\r\ncontent-length: {length}\r\n\r\n"
        ));
    }

    /// Whether the other side said something, or closed; it is not waited for.
    pub(crate) fn is_answered(&self) -> bool {
        self.0.set_nonblocking(true).unwrap();
        let seen = self.0.peek(&mut [0]);
        self.0.set_nonblocking(false).unwrap();
        !seen.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock)
    }

    /// All that still comes, until the other side closes. A reset is an end as well.
    pub(crate) fn rest(&mut self) -> String {
        let (mut all, mut part) = (Vec::new(), [0; 4096]);
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            match self.0.read(&mut part) {
                Ok(0) => break,
                Ok(read) => all.extend_from_slice(&part[..read]),
                Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => break,
                Err(error) => panic!("{error} after {:?}", String::from_utf8_lossy(&all)),
            }
        }
        String::from_utf8_lossy(&all).into_owned()
    }

    /// Reads until the text came.
    pub(crate) fn until(&mut self, text: &str) -> String {
        let mut all = Vec::new();
        let mut byte = [0];
        while !String::from_utf8_lossy(&all).ends_with(text) {
            assert_eq!(self.0.read(&mut byte).unwrap(), 1, "{:?}", String::from_utf8_lossy(&all));
            all.push(byte[0]);
        }
        String::from_utf8(all).unwrap()
    }
}

/// What a call of gRPC came back with.
#[derive(Debug)]
pub(crate) struct Called {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) trailers: HeaderMap,
}

impl Called {
    /// The `grpc-status`, wherever it stands.
    pub(crate) fn code(&self) -> &str {
        let code = self.headers.get("grpc-status").or_else(|| self.trailers.get("grpc-status"));
        code.unwrap_or_else(|| panic!("no status in {self:?}")).to_str().unwrap()
    }
}

pub(crate) const EXPORT: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";

/// An HTTP/2 connection that sends whatever it is told to.
#[derive(Clone)]
pub(crate) struct Http2(client::SendRequest<Bytes>);

impl Http2 {
    pub(crate) async fn open(url: &str) -> Self {
        let stream = tokio::net::TcpStream::connect(url.trim_start_matches("http://")).await.unwrap();
        let (sender, connection) = client::handshake(stream).await.unwrap();
        tokio::spawn(connection);
        Self(sender)
    }

    pub(crate) async fn call(&self, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Called {
        self.send(path, headers, body, true).await
    }

    /// A call whose body goes on, for all that the other side knows.
    pub(crate) async fn call_without_end(
        &self,
        path: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Called {
        self.send(path, headers, body, false).await
    }

    async fn send(&self, path: &str, headers: &[(&str, &str)], body: Vec<u8>, ends: bool) -> Called {
        let mut request = hyper::Request::builder()
            .method(Method::POST)
            .uri(format!("http://x{path}"))
            .header("te", "trailers");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut sender = self.0.clone().ready().await.unwrap();
        let (answer, mut sending) = sender.send_request(request.body(()).unwrap(), false).unwrap();
        // It may be answered before all of it is sent.
        let _ = sending.send_data(body.into(), ends);
        let answer = answer.await.unwrap();
        let (parts, mut body) = answer.into_parts();
        while let Some(part) = body.data().await {
            let part = part.unwrap();
            let _ = body.flow_control().release_capacity(part.len());
        }
        let trailers = body.trailers().await.unwrap().unwrap_or_default();
        Called { status: parts.status, headers: parts.headers, trailers }
    }
}

/// A message in its frame.
pub(crate) fn frame(flag: u8, length: u32, message: &[u8]) -> Vec<u8> {
    [&[flag][..], &length.to_be_bytes(), message].concat()
}
