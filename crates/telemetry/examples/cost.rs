//! What tracing costs, for `benches/cost.sh` to count the instructions of. Each run does one thing so many times:
//!
//! ```text
//! cost sink                        a backend that takes everything; prints its address
//! cost server bare|traced TIMES    requests to a service with two spans each (server, and one inside), sent by itself
//! cost client bare|traced TIMES    requests to the sink (`COST_URL`), a client span each
//! cost database bare|traced TIMES  statements that do nothing, a database span each
//! ```

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::channel;
use std::thread;

use actix_web::middleware::Condition;
use actix_web::{App, HttpServer, get, web};
use reqwest_middleware::ClientBuilder;
use telemetry::database::{Statement, record_outcome};
use tracing::{Instrument, Span};

fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let [what, how @ ("bare" | "traced"), times] = arguments[..] else {
        return if arguments == ["sink"] { sink() } else { Err(io::Error::other("see the top of the file")) };
    };
    let times = times.parse().map_err(io::Error::other)?;
    let traced = how == "traced";
    let service = telemetry::Service { name: "cost", version: "0" };
    let telemetry = if traced { Some(telemetry::init(service).map_err(io::Error::other)?) } else { None };
    match what {
        "server" => server(traced, times)?,
        "client" => runtime()?.block_on(client(traced, times)).map_err(io::Error::other)?,
        "database" => runtime()?.block_on(database(traced, times)),
        other => return Err(io::Error::other(format!("{other} is not measured"))),
    }
    telemetry.map_or(Ok(()), |telemetry| telemetry.shutdown().map_err(io::Error::other))
}

fn runtime() -> io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}

#[get("/cost/{name}")]
async fn handler(name: web::Path<String>) -> String {
    let span = tracing::info_span!("inside", app.name = %name, app.result_length = 20_i64);
    async move { format!("hello, {name}") }.instrument(span).await
}

fn server(traced: bool, times: usize) -> io::Result<()> {
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
    drive(address.ok_or_else(|| io::Error::other("no address"))?, times)?;
    actix_web::rt::System::new().block_on(handle.stop(true));
    server.join().map_err(|_| io::Error::other("the server panicked"))?
}

async fn client(traced: bool, times: usize) -> reqwest_middleware::Result<()> {
    let url = std::env::var("COST_URL").unwrap_or_default() + "/cost/you?q=1";
    let builder = ClientBuilder::new(reqwest::Client::new());
    let client = if traced { telemetry::client::instrument(builder) } else { builder }.build();
    for _ in 0..times {
        client.get(&url).send().await?.error_for_status()?.bytes().await?;
    }
    Ok(())
}

async fn database(traced: bool, times: usize) {
    let statement = Statement {
        system: "sqlite",
        namespace: "cost.db",
        operation: "SELECT",
        collection: "users",
        server: None,
        text: "SELECT uuid, handle, display_name, bio FROM users WHERE handle = $1",
    };
    for _ in 0..times {
        let span = if traced { statement.span() } else { Span::none() };
        std::future::ready(()).instrument(span.clone()).await;
        record_outcome(&span, Some(1), None);
    }
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
            // To an exporter, two bytes that say nothing; to a client, a body.
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n\x10\x00")?;
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
