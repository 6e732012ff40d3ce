//! How each service is started: `SERVICE requests N` answers N requests of its own, one after another, and stops;
//! `SERVICE serve` prints its address and serves until SIGTERM.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::channel;
use std::thread;

use actix_web::dev::Server;

/// The route of the one endpoint.
pub const ROUTE: &str = "/feed/{name}";

/// The body of a response.
pub fn greeting(name: &str) -> String {
    format!("hello, {name}")
}

/// Runs the service on one worker thread, as the arguments say. `serve` starts its server on the listener.
///
/// # Errors
/// When the arguments are unknown, or the server cannot run.
pub fn run(serve: impl FnOnce(TcpListener) -> io::Result<Server> + Send + 'static) -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["serve"] => {
            let listener = TcpListener::bind("127.0.0.1:0")?;
            println!("{}", listener.local_addr()?);
            actix_web::rt::System::new().block_on(async { serve(listener)?.await })
        }
        ["requests", count] => requests(serve, count.parse().map_err(io::Error::other)?),
        _ => Err(io::Error::other("usage: SERVICE serve | SERVICE requests COUNT")),
    }
}

fn requests(
    serve: impl FnOnce(TcpListener) -> io::Result<Server> + Send + 'static,
    count: usize,
) -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let (sender, receiver) = channel();
    let server = thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let server = serve(listener)?;
            let _ = sender.send(server.handle());
            server.await
        })
    });
    let handle = receiver.recv().map_err(io::Error::other)?;
    let mut connection = Connection::open(address)?;
    for _ in 0..count {
        connection.request()?;
    }
    drop(connection);
    actix_web::rt::System::new().block_on(handle.stop(true));
    server.join().map_err(|_| io::Error::other("the server panicked"))?
}

/// A connection that is kept between requests.
pub struct Connection {
    stream: TcpStream,
    request: String,
    buffer: [u8; 4096],
}

impl Connection {
    /// # Errors
    /// When there is no connection.
    pub fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        let request = format!(
            "GET /feed/you?q=1 HTTP/1.1\r\nhost: {address}\r\nuser-agent: comparison/1\r\naccept: */*\r\n\r\n"
        );
        Ok(Self { stream, request, buffer: [0; 4096] })
    }

    /// Sends a request and reads its response.
    ///
    /// # Errors
    /// When the server closes the connection, or its response is not that of the endpoint.
    pub fn request(&mut self) -> io::Result<()> {
        self.stream.write_all(self.request.as_bytes())?;
        let mut length = 0;
        while !self.buffer[..length].ends_with(b"hello, you") {
            match self.stream.read(&mut self.buffer[length..])? {
                0 => return Err(io::Error::other("no complete response")),
                read => length += read,
            }
        }
        Ok(())
    }
}
