//! Small HTTP/1.1 server on threads, for [`Sink`](crate::Sink) and [`MockServer`](crate::MockServer).
//!
//! It can be taken down, closing all connections, and brought up again on the same port.

use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

/// Longest request head.
const HEAD_LIMIT: usize = 64 * 1024;
/// Most headers of a request.
const HEADER_LIMIT: usize = 100;

/// A received request.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// `GET`
    pub method: String,
    /// Path and query: `/users?handles=worf`
    pub target: String,
    /// In the order received, names unchanged.
    pub headers: Vec<(String, String)>,
    /// Without chunked encoding, still compressed.
    pub body: Vec<u8>,
}

impl Request {
    /// The first value of a header. The name is case-insensitive.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The target without its query.
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// If it is not JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {:?}", self.body))
    }
}

/// What to do with the connection after a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Connection {
    KeepAlive,
    Close,
}

type Handler = dyn Fn(Request, &mut TcpStream) -> io::Result<Connection> + Send + Sync;

/// A listener and its connections. Stopped on drop.
pub(crate) struct Server {
    shared: Arc<Shared>,
}

struct Shared {
    address: SocketAddr,
    up: AtomicBool,
    listening: Mutex<Option<Listening>>,
    connections: Mutex<Vec<TcpStream>>,
    handler: Box<Handler>,
}

struct Listening {
    listener: TcpListener,
    thread: thread::JoinHandle<()>,
}

impl Server {
    pub(crate) fn start(
        handler: impl Fn(Request, &mut TcpStream) -> io::Result<Connection> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port on loopback");
        let address = listener.local_addr().expect("a bound listener has an address");
        let shared = Arc::new(Shared {
            address,
            up: AtomicBool::new(false),
            listening: Mutex::new(None),
            connections: Mutex::new(Vec::new()),
            handler: Box::new(handler),
        });
        listen(&shared, listener);
        Self { shared }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.shared.address)
    }

    /// Stops listening and closes every connection. New connections are refused.
    pub(crate) fn down(&self) {
        if !self.shared.up.swap(false, Ordering::SeqCst) {
            return;
        }
        if let Some(Listening { listener, thread }) = lock(&self.shared.listening).take() {
            // Closing is not enough: a process that another test starts has a copy of the listener until it is executed.
            rustix::net::shutdown(&listener, rustix::net::Shutdown::Both)
                .expect("a listener can be shut down");
            let _ended = thread.join();
        }
        for connection in lock(&self.shared.connections).drain(..) {
            let _already_closed = connection.shutdown(Shutdown::Both);
        }
    }

    /// Listens again, on the same port.
    pub(crate) fn up(&self) {
        if !self.shared.up.load(Ordering::SeqCst) {
            let listener = TcpListener::bind(self.shared.address).expect("the port is still free");
            listen(&self.shared, listener);
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.down();
    }
}

fn listen(shared: &Arc<Shared>, listener: TcpListener) {
    shared.up.store(true, Ordering::SeqCst);
    let accepting = listener.try_clone().expect("a copy of the listener");
    let inner = Arc::clone(shared);
    let thread = thread::spawn(move || {
        for connection in accepting.incoming() {
            if !inner.up.load(Ordering::SeqCst) {
                return;
            }
            let Ok(connection) = connection else { continue };
            let _latency_only = connection.set_nodelay(true);
            let Ok(to_close) = connection.try_clone() else { continue };
            lock(&inner.connections).push(to_close);
            let inner = Arc::clone(&inner);
            thread::spawn(move || serve(connection, &inner));
        }
    });
    *lock(&shared.listening) = Some(Listening { listener, thread });
}

fn serve(mut connection: TcpStream, shared: &Shared) {
    let mut buffer = Vec::new();
    while let Ok(Some(request)) = read_request(&mut connection, &mut buffer) {
        match (shared.handler)(request, &mut connection) {
            Ok(Connection::KeepAlive) => {}
            Ok(Connection::Close) | Err(_) => break,
        }
    }
    let _already_closed = connection.shutdown(Shutdown::Both);
}

/// Reads the next request; `None` at the end of the connection. `buffer` holds bytes read beyond the previous request.
fn read_request(connection: &mut TcpStream, buffer: &mut Vec<u8>) -> io::Result<Option<Request>> {
    let (mut request, head) = loop {
        if let Some(found) = parse_head(buffer)? {
            break found;
        }
        if buffer.len() > HEAD_LIMIT || !fill(connection, buffer)? {
            return Ok(None);
        }
    };
    buffer.drain(..head);
    if request.header("expect").is_some_and(|value| value.eq_ignore_ascii_case("100-continue")) {
        connection.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
    }
    request.body = if request.header("transfer-encoding").is_some() {
        read_chunks(connection, buffer)?
    } else {
        let length = request.header("content-length").and_then(|value| value.parse().ok()).unwrap_or(0);
        take(connection, buffer, length)?
    };
    Ok(Some(request))
}

fn parse_head(buffer: &[u8]) -> io::Result<Option<(Request, usize)>> {
    let mut headers = [httparse::EMPTY_HEADER; HEADER_LIMIT];
    let mut parsed = httparse::Request::new(&mut headers);
    let httparse::Status::Complete(head) = parsed.parse(buffer).map_err(io::Error::other)? else {
        return Ok(None);
    };
    let headers = parsed
        .headers
        .iter()
        .map(|header| (header.name.to_owned(), String::from_utf8_lossy(header.value).into_owned()))
        .collect();
    let request = Request {
        method: parsed.method.unwrap_or_default().to_owned(),
        target: parsed.path.unwrap_or_default().to_owned(),
        headers,
        body: Vec::new(),
    };
    Ok(Some((request, head)))
}

fn read_chunks(connection: &mut TcpStream, buffer: &mut Vec<u8>) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let (start, size) = loop {
            match httparse::parse_chunk_size(buffer) {
                Ok(httparse::Status::Complete(found)) => break found,
                Ok(httparse::Status::Partial) if fill(connection, buffer)? => {}
                _ => return Err(io::ErrorKind::InvalidData.into()),
            }
        };
        buffer.drain(..start);
        let size = usize::try_from(size).map_err(io::Error::other)?;
        body.append(&mut take(connection, buffer, size)?);
        take(connection, buffer, 2)?;
        if size == 0 {
            return Ok(body);
        }
    }
}

fn take(connection: &mut TcpStream, buffer: &mut Vec<u8>, length: usize) -> io::Result<Vec<u8>> {
    while buffer.len() < length {
        if !fill(connection, buffer)? {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(buffer.drain(..length).collect())
}

/// Reads once. `false` at the end of the connection.
fn fill(connection: &mut TcpStream, buffer: &mut Vec<u8>) -> io::Result<bool> {
    let mut chunk = [0; 16 * 1024];
    let length = connection.read(&mut chunk)?;
    buffer.extend(chunk.iter().take(length));
    Ok(length > 0)
}

/// Locks a mutex, also if a thread panicked while holding it, so that a failed test can still inspect the state.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
