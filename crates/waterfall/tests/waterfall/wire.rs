//! Raw HTTP/1.1 and HTTP/2 connections, for requests that no regular client sends.

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

use bytes::Bytes;
use h2::client;
use reqwest::{Method, StatusCode, header::HeaderMap};

/// Longer than any timeout of the receiver.
const TIMEOUT: Duration = Duration::from_secs(40);

/// An HTTP/1.1 connection.
pub(crate) struct Wire(pub(crate) TcpStream);

impl Wire {
    pub(crate) fn open(url: &str) -> Self {
        let stream = TcpStream::connect(url.trim_start_matches("http://")).unwrap();
        stream.set_read_timeout(Some(TIMEOUT)).unwrap();
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

    /// Whether the server has sent something or closed the connection. Does not wait.
    pub(crate) fn is_answered(&self) -> bool {
        self.0.set_nonblocking(true).unwrap();
        let peeked = self.0.peek(&mut [0]);
        self.0.set_nonblocking(false).unwrap();
        !peeked.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock)
    }

    /// Reads until the server closes or resets the connection.
    pub(crate) fn rest(&mut self) -> String {
        let (mut all, mut buffer) = (Vec::new(), [0; 4096]);
        let started = Instant::now();
        while started.elapsed() < TIMEOUT {
            match self.0.read(&mut buffer) {
                Ok(0) => break,
                Ok(read) => all.extend_from_slice(&buffer[..read]),
                Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => break,
                Err(error) => panic!("{error} after {:?}", String::from_utf8_lossy(&all)),
            }
        }
        String::from_utf8_lossy(&all).into_owned()
    }

    /// Reads until the given text.
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

/// Response to a gRPC call.
#[derive(Debug)]
pub(crate) struct GrpcResponse {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) trailers: HeaderMap,
}

impl GrpcResponse {
    /// The `grpc-status`, from the headers or the trailers.
    pub(crate) fn code(&self) -> &str {
        let code = self.headers.get("grpc-status").or_else(|| self.trailers.get("grpc-status"));
        code.unwrap_or_else(|| panic!("no status in {self:?}")).to_str().unwrap()
    }
}

pub(crate) const EXPORT: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";

/// An HTTP/2 connection that sends arbitrary gRPC frames.
#[derive(Clone)]
pub(crate) struct Http2(client::SendRequest<Bytes>);

impl Http2 {
    pub(crate) async fn open(url: &str) -> Self {
        let stream = tokio::net::TcpStream::connect(url.trim_start_matches("http://")).await.unwrap();
        let (sender, connection) = client::handshake(stream).await.unwrap();
        tokio::spawn(connection);
        Self(sender)
    }

    pub(crate) async fn call(&self, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> GrpcResponse {
        self.send(path, headers, body, true).await
    }

    /// A call whose request body is not ended.
    pub(crate) async fn call_without_end(
        &self,
        path: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> GrpcResponse {
        self.send(path, headers, body, false).await
    }

    async fn send(&self, path: &str, headers: &[(&str, &str)], body: Vec<u8>, ends: bool) -> GrpcResponse {
        let mut request = hyper::Request::builder()
            .method(Method::POST)
            .uri(format!("http://x{path}"))
            .header("te", "trailers");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut sender = self.0.clone().ready().await.unwrap();
        let (response, mut body_sender) = sender.send_request(request.body(()).unwrap(), false).unwrap();
        // The server may respond before everything is sent.
        let _ = body_sender.send_data(body.into(), ends);
        let (parts, mut body) = response.await.unwrap().into_parts();
        while let Some(data) = body.data().await {
            let data = data.unwrap();
            let _ = body.flow_control().release_capacity(data.len());
        }
        let trailers = body.trailers().await.unwrap().unwrap_or_default();
        GrpcResponse { status: parts.status, headers: parts.headers, trailers }
    }
}

/// A gRPC frame.
pub(crate) fn frame(flag: u8, length: u32, message: &[u8]) -> Vec<u8> {
    [&[flag][..], &length.to_be_bytes(), message].concat()
}
