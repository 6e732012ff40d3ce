//! HTTP proxy that tunnels with CONNECT, to one server whatever the target is.

use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use crate::http_server::lock;

/// The longest head of a request.
const HEAD_LIMIT: usize = 16 * 1024;

/// A proxy on a free port, for as long as the test's process runs.
pub struct ConnectProxy {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
}

impl ConnectProxy {
    /// Tunnels to `server`, which is `host:port`. Answers 407 to requests whose header `Proxy-Authorization` is another
    /// one.
    ///
    /// # Panics
    /// If there is no free port.
    pub fn start(server: &str, authorization: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port on loopback");
        let address = listener.local_addr().expect("a bound listener has an address");
        let requests = Arc::<Mutex<Vec<String>>>::default();
        let proxy = Self { address, requests: Arc::clone(&requests) };
        let (server, authorization) = (server.to_owned(), authorization.to_owned());
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (server, authorization) = (server.clone(), authorization.clone());
                let requests = Arc::clone(&requests);
                thread::spawn(move || {
                    let _either_end_may_close = tunnel(client, &server, &authorization, &requests);
                });
            }
        });
        proxy
    }

    /// `127.0.0.1:port`
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// The first lines of all requests so far: `CONNECT host:port HTTP/1.1`
    pub fn requests(&self) -> Vec<String> {
        lock(&self.requests).clone()
    }
}

fn tunnel(
    mut client: TcpStream,
    server: &str,
    authorization: &str,
    requests: &Mutex<Vec<String>>,
) -> io::Result<()> {
    let head = read_head(&mut client)?;
    let mut lines = head.lines();
    let first = lines.next().unwrap_or_default().to_owned();
    lock(requests).push(first.clone());
    let given = lines.find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("proxy-authorization").then(|| value.trim())
    });
    if given != Some(authorization) {
        return client.write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n");
    }
    if !first.starts_with("CONNECT ") {
        return client.write_all(b"HTTP/1.1 405 Method Not Allowed\r\ncontent-length: 0\r\n\r\n");
    }
    let mut server = TcpStream::connect(server)?;
    client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
    let (mut from_client, mut to_server) = (client.try_clone()?, server.try_clone()?);
    thread::spawn(move || {
        let _closed = io::copy(&mut from_client, &mut to_server);
        let _already_closed = to_server.shutdown(Shutdown::Write);
    });
    io::copy(&mut server, &mut client)?;
    client.shutdown(Shutdown::Write)
}

/// Byte by byte, so that nothing of what follows is read.
fn read_head(client: &mut TcpStream) -> io::Result<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") && head.len() < HEAD_LIMIT {
        let mut byte = [0];
        client.read_exact(&mut byte)?;
        head.extend(byte);
    }
    String::from_utf8(head).map_err(io::Error::other)
}
