//! A service that does as it is told: answers, answers late, breaks off, says nothing, is down.

use std::io::{self, Write as _};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use crate::http_server::{Connection, Request, Server, lock};

/// What a [`MockServer`] answers.
#[derive(Clone, Debug)]
pub struct MockResponse {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    delay: Duration,
    course: Course,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Course {
    Whole,
    BreaksOff,
    Never,
}

impl MockResponse {
    /// A status and nothing else.
    pub fn status(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new(), delay: Duration::ZERO, course: Course::Whole }
    }

    /// A status with a JSON body.
    pub fn json(status: u16, body: &serde_json::Value) -> Self {
        Self::status(status).header("content-type", "application/json").body(body.to_string())
    }

    /// Reads the request and never answers; the connection stays open.
    pub fn never() -> Self {
        Self { course: Course::Never, ..Self::status(200) }
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

    /// Waits before it answers.
    #[must_use]
    pub fn delayed_by(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Promises the whole body, sends half of it and cuts the connection.
    #[must_use]
    pub fn truncated(mut self) -> Self {
        self.course = Course::BreaksOff;
        self
    }

    fn write(&self, connection: &mut TcpStream) -> io::Result<Connection> {
        thread::sleep(self.delay);
        if self.course == Course::Never {
            let mut until_it_gives_up = [0];
            let _end = connection.peek(&mut until_it_gives_up);
            return Ok(Connection::Close);
        }
        let mut head = Vec::new();
        write!(head, "HTTP/1.1 {} .\r\ncontent-length: {}\r\n", self.status, self.body.len())?;
        for (name, value) in &self.headers {
            write!(head, "{name}: {value}\r\n")?;
        }
        head.extend_from_slice(b"\r\n");
        connection.write_all(&head)?;
        if self.course == Course::BreaksOff {
            connection.write_all(self.body.get(..self.body.len() / 2).unwrap_or_default())?;
            return Ok(Connection::Close);
        }
        connection.write_all(&self.body)?;
        Ok(Connection::KeepAlive)
    }
}

type Script = dyn Fn(&Request) -> MockResponse + Send + Sync;

/// The peer: an HTTP server on a free port whose answers a closure decides, exchangeable at any time.
pub struct MockServer {
    server: Server,
    script: Arc<Mutex<Arc<Script>>>,
    seen: Arc<Mutex<Vec<Request>>>,
}

impl MockServer {
    /// Starts on a free port.
    pub fn start(script: impl Fn(&Request) -> MockResponse + Send + Sync + 'static) -> Self {
        let script: Arc<Mutex<Arc<Script>>> = Arc::new(Mutex::new(Arc::new(script)));
        let seen = Arc::new(Mutex::new(Vec::new()));
        let server = Server::start({
            let (script, seen) = (Arc::clone(&script), Arc::clone(&seen));
            move |request, connection| {
                let now = Arc::clone(&lock(&script));
                lock(&seen).push(request.clone());
                now(&request).write(connection)
            }
        });
        Self { server, script, seen }
    }

    /// `http://127.0.0.1:port`
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// From here on, this decides.
    pub fn respond_with(&self, script: impl Fn(&Request) -> MockResponse + Send + Sync + 'static) {
        *lock(&self.script) = Arc::new(script);
    }

    /// Refuses connections and cuts those that are open, until [`MockServer::up`].
    pub fn down(&self) {
        self.server.down();
    }

    /// Listens again, on the same port.
    pub fn up(&self) {
        self.server.up();
    }

    /// Every request so far, in the order in which they arrived.
    pub fn requests(&self) -> Vec<Request> {
        lock(&self.seen).clone()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;
    use std::time::Instant;

    use serde_json::json;

    use super::*;

    fn ask(peer: &MockServer, request: &str) -> String {
        let mut connection = TcpStream::connect(peer.url().trim_start_matches("http://")).unwrap();
        connection.write_all(request.as_bytes()).unwrap();
        connection.shutdown(std::net::Shutdown::Write).unwrap();
        let mut answer = String::new();
        connection.read_to_string(&mut answer).unwrap();
        answer
    }

    #[test]
    fn a_peer_answers_as_told_and_remembers_what_it_was_asked() {
        let peer = MockServer::start(|request| match request.path() {
            "/users" => MockResponse::json(200, &json!([{"handle": "worf"}])),
            _ => MockResponse::status(404),
        });
        let answer = ask(&peer, "POST /users?q=1 HTTP/1.1\r\nX-A: b\r\ncontent-length: 7\r\n\r\n{\"a\":1}");
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        assert!(answer.ends_with("[{\"handle\":\"worf\"}]"), "{answer}");
        peer.respond_with(|_| MockResponse::status(503));
        assert!(ask(&peer, "GET / HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 503 "));
        let seen = peer.requests();
        assert_eq!(seen.len(), 2);
        assert_eq!((seen[0].header("x-a"), seen[0].json()), (Some("b"), json!({"a": 1})));
        assert_eq!(seen[0].target, "/users?q=1");
    }

    #[test]
    fn a_body_in_chunks_is_read_whole() {
        let peer = MockServer::start(|_| MockResponse::status(200));
        ask(&peer, "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
        assert_eq!(peer.requests()[0].body, b"abcde");
    }

    #[test]
    fn a_late_answer_is_late() {
        let peer = MockServer::start(|_| MockResponse::status(200).delayed_by(Duration::from_millis(50)));
        let start = Instant::now();
        ask(&peer, "GET / HTTP/1.1\r\n\r\n");
        assert!(start.elapsed() >= Duration::from_millis(50));
    }

    #[test]
    fn breaking_off_sends_half_of_what_was_promised() {
        let peer = MockServer::start(|_| MockResponse::status(200).body("0123456789").truncated());
        let answer = ask(&peer, "GET / HTTP/1.1\r\n\r\n");
        assert!(answer.contains("content-length: 10") && answer.ends_with("\r\n\r\n01234"), "{answer}");
    }

    #[test]
    fn a_peer_that_is_down_refuses_and_comes_back_on_its_port() {
        let peer = MockServer::start(|_| MockResponse::status(200));
        let address = peer.url().trim_start_matches("http://").to_owned();
        peer.down();
        assert!(TcpStream::connect(&address).is_err());
        peer.up();
        assert!(ask(&peer, "GET / HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 200 "));
    }
}
