//! Workloads whose instructions `benches/cost.sh` counts. Each run repeats one operation `TIMES` times.
//!
//! ```text
//! cost sink                        a backend that accepts every request; prints its address
//! cost server MODE TIMES           requests to an own service, with two spans each (server span and child)
//! cost client MODE TIMES           requests to the sink (`COST_URL`), with one client span each
//! cost database MODE TIMES         empty statements, with one database span each
//! ```
//!
//! The mode is `bare`, without tracing; `traced`, with `init`; `traceresponse`, the same with that header on each response;
//! `layer`, with the layer on a registry; or `beside-fmt`, with the layer beside one that formats events from WARN.
//!
//! Two modes measure what this crate cannot change. In `library`, the middlewares of tracing-actix-web and reqwest-tracing
//! make no span. In `registry`, they make spans, in a registry with a layer that does nothing.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::channel;
use std::thread;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Condition;
use actix_web::{App, HttpServer, get, web};
use reqwest_middleware::ClientBuilder;
use reqwest_tracing::{ReqwestOtelSpanBackend, TracingMiddleware};
use telemetry::Telemetry;
use telemetry::database::{Statement, record_outcome};
use telemetry::server::{TraceResponse, Tracing};
use tracing::level_filters::LevelFilter;
use tracing::{Instrument, Span, Subscriber};
use tracing_actix_web::{RootSpanBuilder, TracingLogger};
use tracing_subscriber::Layer;
use tracing_subscriber::prelude::*;

fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let [workload, mode, times] = arguments[..] else {
        return if arguments == ["sink"] {
            sink()
        } else {
            Err(io::Error::other("usage: cost sink | cost server|client|database MODE TIMES"))
        };
    };
    let times = times.parse().map_err(io::Error::other)?;
    let telemetry = start(mode)?;
    match workload {
        "server" => server(mode, times)?,
        "client" => runtime()?.block_on(client(mode, times)).map_err(io::Error::other)?,
        "database" => runtime()?.block_on(database(mode != "bare", times)),
        other => {
            return Err(io::Error::other(format!(
                "unknown workload {other}: use server, client or database"
            )));
        }
    }
    telemetry.map_or(Ok(()), |telemetry| telemetry.shutdown().map_err(io::Error::other))
}

fn start(mode: &str) -> io::Result<Option<Telemetry>> {
    let service = telemetry::Service { name: "cost", version: "0" };
    match mode {
        "bare" | "library" => Ok(None),
        "registry" => {
            tracing_subscriber::registry().with(Idle.with_filter(LevelFilter::INFO)).init();
            Ok(None)
        }
        "traced" | "traceresponse" => Ok(Some(telemetry::init(service).map_err(io::Error::other)?)),
        "layer" => {
            let (layer, telemetry) = telemetry::layer(service).map_err(io::Error::other)?;
            tracing_subscriber::registry().with(layer).init();
            Ok(Some(telemetry))
        }
        "beside-fmt" => {
            let (layer, telemetry) = telemetry::layer(service).map_err(io::Error::other)?;
            let lines = tracing_subscriber::fmt::layer().with_filter(LevelFilter::WARN);
            tracing_subscriber::registry().with(lines).with(layer).init();
            Ok(Some(telemetry))
        }
        other => Err(io::Error::other(format!(
            "unknown mode {other}: use bare, traced, traceresponse, layer, beside-fmt, library or registry"
        ))),
    }
}

fn runtime() -> io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}

#[get("/cost/{name}")]
async fn handler(name: web::Path<String>) -> String {
    let span = tracing::info_span!("inside", app.name = %name, app.result_length = 20_i64);
    async move { format!("hello, {name}") }.instrument(span).await
}

fn server(mode: &str, times: usize) -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let traced = mode != "bare";
    let header = if mode == "traceresponse" { TraceResponse::Recorded } else { TraceResponse::Never };
    let is_library = matches!(mode, "library" | "registry");
    let (handle_sender, handle_receiver) = channel();
    let server = thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let running = if is_library {
                let application =
                    || App::new().wrap(Condition::new(true, TracingLogger::<LibrarySpan>::new()));
                let server = HttpServer::new(move || application().service(handler));
                server.workers(1).disable_signals().listen(listener)?.run()
            } else {
                let tracing = Tracing::new().traceresponse(header);
                let application = move || App::new().wrap(Condition::new(traced, tracing.clone()));
                let server = HttpServer::new(move || application().service(handler));
                server.workers(1).disable_signals().listen(listener)?.run()
            };
            let _ = handle_sender.send(running.handle());
            running.await
        })
    });
    let handle = handle_receiver.recv().map_err(io::Error::other)?;
    drive(address, times)?;
    actix_web::rt::System::new().block_on(handle.stop(true));
    server.join().map_err(|_| io::Error::other("the server panicked"))?
}

async fn client(mode: &str, times: usize) -> reqwest_middleware::Result<()> {
    let url = std::env::var("COST_URL").unwrap_or_default() + "/cost/you?q=1";
    let builder = ClientBuilder::new(reqwest::Client::new());
    let client = match mode {
        "bare" => builder,
        "library" | "registry" => builder.with(TracingMiddleware::<LibrarySpan>::new()),
        _ => telemetry::client::instrument(builder),
    };
    let client = client.build();
    for _ in 0..times {
        client.get(&url).send().await?.error_for_status()?.bytes().await?;
    }
    Ok(())
}

/// A span without attributes. Without a subscriber, there is none.
struct LibrarySpan;

impl LibrarySpan {
    fn start() -> Span {
        if tracing::dispatcher::has_been_set() { tracing::info_span!("request") } else { Span::none() }
    }
}

impl RootSpanBuilder for LibrarySpan {
    fn on_request_start(_: &ServiceRequest) -> Span {
        Self::start()
    }

    fn on_request_end<B: MessageBody>(_: Span, _: &Result<ServiceResponse<B>, actix_web::Error>) {}
}

impl ReqwestOtelSpanBackend for LibrarySpan {
    fn on_request_start(_: &reqwest::Request, _: &mut http::Extensions) -> Span {
        Self::start()
    }

    fn on_request_end(_: &Span, _: &reqwest_middleware::Result<reqwest::Response>, _: &mut http::Extensions) {
    }
}

/// A layer that does nothing.
struct Idle;

impl<S: Subscriber> Layer<S> for Idle {}

async fn database(traced: bool, times: usize) {
    let statement = Statement::new("sqlite", "SELECT", "users")
        .namespace("cost.db")
        .text("SELECT uuid, handle, display_name, bio FROM users WHERE handle = $1");
    for _ in 0..times {
        let span = if traced { statement.span() } else { Span::none() };
        std::future::ready(()).instrument(span.clone()).await;
        record_outcome(&span, Some(1), None);
    }
}

/// Sends the requests one after another on one connection.
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
                0 => return Err(io::Error::other("the server closed the connection")),
                read => length += read,
            }
        }
    }
    Ok(())
}

/// Accepts any number of requests on any number of connections.
fn sink() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("http://{}", listener.local_addr()?);
    for stream in listener.incoming() {
        let stream = stream?;
        thread::spawn(move || respond_to_all(stream));
    }
    Ok(())
}

fn respond_to_all(mut stream: TcpStream) -> io::Result<()> {
    let mut received = Vec::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        let length = request_length(&received);
        if let Some(length) = length.filter(|length| received.len() >= *length) {
            received.drain(..length);
            // An exporter reads the two bytes as an empty protobuf response. A client reads them as a body.
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n\x10\x00")?;
            continue;
        }
        match stream.read(&mut buffer)? {
            0 => return Ok(()),
            read => received.extend_from_slice(&buffer[..read]),
        }
    }
}

/// Length of head and body, once the head is complete.
fn request_length(received: &[u8]) -> Option<usize> {
    let end = received.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let lines = String::from_utf8_lossy(&received[..end]).to_ascii_lowercase();
    let length =
        lines.lines().find_map(|line| line.strip_prefix("content-length: ")?.trim().parse::<usize>().ok());
    Some(end + length.unwrap_or(0))
}
