//! What tracing costs a request: a service with two spans a request (server, and one inside), driven from within, for
//! `benches/cost.sh` to count the instructions of.
//!
//! ```text
//! cost sink                     a backend that takes everything; prints its address
//! cost bare|traced REQUESTS     serves that many requests to itself, one after another, and ends
//! ```

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::channel;
use std::thread;

use actix_web::middleware::Condition;
use actix_web::{App, HttpServer, get, web};
use tracing::Instrument;

#[get("/cost/{name}")]
async fn handler(name: web::Path<String>) -> String {
    let span = tracing::info_span!("inside", app.name = %name, app.result_length = 20_i64);
    async move { format!("hello, {name}") }.instrument(span).await
}

fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["sink"] => sink(),
        ["bare", requests] => measure(false, parsed(requests)?),
        ["traced", requests] => measure(true, parsed(requests)?),
        _ => Err(io::Error::other("usage: cost sink | cost bare|traced REQUESTS")),
    }
}

fn parsed(number: &str) -> io::Result<usize> {
    number.parse().map_err(io::Error::other)
}

fn measure(traced: bool, requests: usize) -> io::Result<()> {
    let service = telemetry::Service { name: "cost", version: "0" };
    let telemetry = if traced { Some(telemetry::init(service).map_err(io::Error::other)?) } else { None };
    let (tell, told) = channel();
    let server = thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let server = HttpServer::new(move || {
                App::new().wrap(Condition::new(traced, telemetry::server::Tracing::new())).service(handler)
            });
            let server = server.workers(1).disable_signals().bind("127.0.0.1:0")?;
            let address = server.addrs().first().copied();
            let running = server.run();
            let _ = tell.send((address, running.handle()));
            running.await
        })
    });
    let (address, handle) = told.recv().map_err(io::Error::other)?;
    drive(address.ok_or_else(|| io::Error::other("no address"))?, requests)?;
    actix_web::rt::System::new().block_on(handle.stop(true));
    server.join().map_err(|_| io::Error::other("the server panicked"))??;
    telemetry.map_or(Ok(()), |telemetry| telemetry.shutdown().map_err(io::Error::other))
}

/// One connection, one request after another.
fn drive(address: SocketAddr, requests: usize) -> io::Result<()> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    let request =
        format!("GET /cost/you?q=1 HTTP/1.1\r\nhost: {address}\r\nuser-agent: cost/1\r\naccept: */*\r\n\r\n");
    let mut buffer = [0; 4096];
    for _ in 0..requests {
        stream.write_all(request.as_bytes())?;
        let mut length = 0;
        while !buffer[..length].ends_with(b"hello, you") {
            match stream.read(&mut buffer[length..])? {
                0 => return Err(io::Error::other("the server hung up")),
                read => length += read,
            }
        }
    }
    Ok(())
}

/// Takes any number of requests on any number of connections.
fn sink() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("http://{}", listener.local_addr()?);
    for stream in listener.incoming() {
        let stream = stream?;
        thread::spawn(move || swallow(stream));
    }
    Ok(())
}

fn swallow(mut stream: TcpStream) -> io::Result<()> {
    let mut heard = Vec::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        let whole = request_length(&heard);
        if let Some(length) = whole.filter(|length| heard.len() >= *length) {
            heard.drain(..length);
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")?;
            continue;
        }
        match stream.read(&mut buffer)? {
            0 => return Ok(()),
            read => heard.extend_from_slice(&buffer[..read]),
        }
    }
}

/// Head and body together, once the head is there.
fn request_length(heard: &[u8]) -> Option<usize> {
    let end = heard.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let lines = String::from_utf8_lossy(&heard[..end]).to_ascii_lowercase();
    let length =
        lines.lines().find_map(|line| line.strip_prefix("content-length: ")?.trim().parse::<usize>().ok());
    Some(end + length.unwrap_or(0))
}
