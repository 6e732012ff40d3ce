//! Mock HTTP service: responds, responds late, truncates a response, never responds, or is down.

use std::io::{self, Write as _};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use crate::http_server::{Connection, Request, Server, lock};

/// The response of a [`MockServer`].
#[derive(Clone, Debug)]
pub struct MockResponse {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    delay: Duration,
    delivery: Delivery,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Delivery {
    Complete,
    Truncated,
    Never,
}

impl MockResponse {
    /// A status without headers and body.
    pub fn status(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Vec::new(),
            delay: Duration::ZERO,
            delivery: Delivery::Complete,
        }
    }

    /// A status with a JSON body.
    pub fn json(status: u16, body: &serde_json::Value) -> Self {
        Self::status(status).header("content-type", "application/json").body(body.to_string())
    }

    /// Reads the request and never responds. The connection stays open.
    pub fn never() -> Self {
        Self { delivery: Delivery::Never, ..Self::status(200) }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sets the body.
    #[must_use]
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// Waits before responding.
    #[must_use]
    pub fn delayed_by(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Sends the full content-length but only half of the body, then closes the connection.
    #[must_use]
    pub fn truncated(mut self) -> Self {
        self.delivery = Delivery::Truncated;
        self
    }

    fn write(&self, connection: &mut TcpStream) -> io::Result<Connection> {
        thread::sleep(self.delay);
        if self.delivery == Delivery::Never {
            let mut until_the_client_closes = [0];
            let _end = connection.peek(&mut until_the_client_closes);
            return Ok(Connection::Close);
        }
        let mut head = Vec::new();
        write!(head, "HTTP/1.1 {} .\r\ncontent-length: {}\r\n", self.status, self.body.len())?;
        for (name, value) in &self.headers {
            write!(head, "{name}: {value}\r\n")?;
        }
        head.extend_from_slice(b"\r\n");
        connection.write_all(&head)?;
        if self.delivery == Delivery::Truncated {
            connection.write_all(self.body.get(..self.body.len() / 2).unwrap_or_default())?;
            return Ok(Connection::Close);
        }
        connection.write_all(&self.body)?;
        Ok(Connection::KeepAlive)
    }
}

type Handler = dyn Fn(&Request) -> MockResponse + Send + Sync;

/// HTTP server on a free port. A closure produces the responses and can be replaced at any time.
pub struct MockServer {
    server: Server,
    handler: Arc<Mutex<Arc<Handler>>>,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl MockServer {
    /// Starts on a free port.
    pub fn start(handler: impl Fn(&Request) -> MockResponse + Send + Sync + 'static) -> Self {
        let handler: Arc<Mutex<Arc<Handler>>> = Arc::new(Mutex::new(Arc::new(handler)));
        let requests = Arc::new(Mutex::new(Vec::new()));
        let server = Server::start({
            let (handler, requests) = (Arc::clone(&handler), Arc::clone(&requests));
            move |request, connection| {
                let current = Arc::clone(&lock(&handler));
                lock(&requests).push(request.clone());
                current(&request).write(connection)
            }
        });
        Self { server, handler, requests }
    }

    /// `http://127.0.0.1:port`
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// Replaces the closure that produces the responses.
    pub fn respond_with(&self, handler: impl Fn(&Request) -> MockResponse + Send + Sync + 'static) {
        *lock(&self.handler) = Arc::new(handler);
    }

    /// Closes all connections and refuses new ones until [`MockServer::up`].
    pub fn down(&self) {
        self.server.down();
    }

    /// Listens again, on the same port.
    pub fn up(&self) {
        self.server.up();
    }

    /// All requests so far, in order of arrival.
    pub fn requests(&self) -> Vec<Request> {
        lock(&self.requests).clone()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;
    use std::time::Instant;

    use serde_json::json;

    use super::*;

    fn send(server: &MockServer, request: &str) -> String {
        let mut connection = TcpStream::connect(server.url().trim_start_matches("http://")).unwrap();
        connection.write_all(request.as_bytes()).unwrap();
        connection.shutdown(std::net::Shutdown::Write).unwrap();
        let mut response = String::new();
        connection.read_to_string(&mut response).unwrap();
        response
    }

    #[test]
    fn the_server_sends_the_given_responses_and_records_requests() {
        let server = MockServer::start(|request| match request.path() {
            "/users" => MockResponse::json(200, &json!([{"handle": "worf"}])),
            _ => MockResponse::status(404),
        });
        let response =
            send(&server, "POST /users?q=1 HTTP/1.1\r\nX-A: b\r\ncontent-length: 7\r\n\r\n{\"a\":1}");
        assert!(response.starts_with("HTTP/1.1 200 "), "{response}");
        assert!(response.ends_with("[{\"handle\":\"worf\"}]"), "{response}");
        server.respond_with(|_| MockResponse::status(503));
        assert!(send(&server, "GET / HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 503 "));
        let requests = server.requests();
        assert_eq!(requests.len(), 2);
        assert_eq!((requests[0].header("x-a"), requests[0].json()), (Some("b"), json!({"a": 1})));
        assert_eq!(requests[0].target, "/users?q=1");
    }

    #[test]
    fn a_chunked_body_is_read_completely() {
        let server = MockServer::start(|_| MockResponse::status(200));
        send(
            &server,
            "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
        );
        assert_eq!(server.requests()[0].body, b"abcde");
    }

    #[test]
    fn a_delayed_response_arrives_late() {
        let server = MockServer::start(|_| MockResponse::status(200).delayed_by(Duration::from_millis(50)));
        let start = Instant::now();
        send(&server, "GET / HTTP/1.1\r\n\r\n");
        assert!(start.elapsed() >= Duration::from_millis(50));
    }

    #[test]
    fn a_truncated_response_has_half_of_its_body() {
        let server = MockServer::start(|_| MockResponse::status(200).body("0123456789").truncated());
        let response = send(&server, "GET / HTTP/1.1\r\n\r\n");
        assert!(response.contains("content-length: 10") && response.ends_with("\r\n\r\n01234"), "{response}");
    }

    #[test]
    fn a_server_that_is_down_refuses_connections_and_comes_back_on_its_port() {
        let server = MockServer::start(|_| MockResponse::status(200));
        let address = server.url().trim_start_matches("http://").to_owned();
        server.down();
        assert!(TcpStream::connect(&address).is_err());
        server.up();
        assert!(send(&server, "GET / HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 200 "));
    }
}
