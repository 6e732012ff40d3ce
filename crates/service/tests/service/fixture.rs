//! A server with two routes, in this process, and raw connections to it.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::OnceLock;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use actix_web::rt::System;
use actix_web::web::{self, Json};
use service::limits::Limits;
use service::serve::{Readiness, serve_with_limits};
use service::{Part, Shutdown, Start, TraceResponse, Variable};
use telemetry::Telemetry;
use tokio::sync::oneshot;

const PART: Part = Part {
    name: "service-test",
    version: "0.0.0",
    about: "",
    address: Variable { name: "SERVICE_TEST_ADDR", default: "127.0.0.1:0", help: "" },
    variables: &[],
    traceresponse: TraceResponse::Always,
};

/// A server on a thread of its own, which a test may stop.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    stop: oneshot::Sender<()>,
    thread: JoinHandle<()>,
}

/// Starts a server. It runs until the test process ends.
pub(crate) fn server(limits: Limits) -> SocketAddr {
    start(limits, std::future::pending()).0
}

fn start(limits: Limits, stop: impl Future<Output = ()> + Send + 'static) -> (SocketAddr, JoinHandle<()>) {
    static TELEMETRY: OnceLock<Telemetry> = OnceLock::new();
    TELEMETRY.get_or_init(|| {
        let setting = |name: &str| (name == "OTEL_TRACES_EXPORTER").then(|| "none".to_owned());
        let service = telemetry::Service { name: PART.name, version: PART.version };
        telemetry::init_from(service, &setting).expect("telemetry starts")
    });
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("a bound listener has an address");
    let thread = thread::spawn(move || {
        System::new().block_on(async {
            let shutdown = Shutdown::after(stop);
            let start = Start { part: PART, listeners: vec![listener], shutdown };
            serve_with_limits::<std::io::Error>(start, Readiness::always(), limits, |app| {
                app.route("/echo", web::post().to(async |body: Json<String>| body))
                    .route("/panic", web::get().to(handler_that_panics));
            })
            .await
            .expect("the server runs");
        });
    });
    (address, thread)
}

impl Server {
    pub(crate) fn start(limits: Limits) -> Self {
        let (stop, stopped) = oneshot::channel();
        let (address, thread) = start(limits, async { drop(stopped.await) });
        Self { address, stop, thread }
    }

    /// Asks the server to stop.
    pub(crate) fn stop(self) -> Stopping {
        self.stop.send(()).expect("the server runs");
        Stopping(self.thread)
    }
}

/// A server that was asked to stop.
pub(crate) struct Stopping(JoinHandle<()>);

impl Stopping {
    pub(crate) fn has_ended(&self) -> bool {
        self.0.is_finished()
    }

    /// Waits until the server has ended.
    pub(crate) fn wait(self) {
        self.0.join().expect("the server ends without a panic");
    }
}

async fn handler_that_panics() -> &'static str {
    panic!("a secret of the handler")
}

/// Limits that tests can wait for.
pub(crate) fn short_limits() -> Limits {
    let time = Duration::from_millis(300);
    Limits { head_timeout: time, body_timeout: time, keep_alive: time, ..Limits::default() }
}

/// Sends these bytes and keeps the connection open.
pub(crate) fn send(address: SocketAddr, bytes: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).expect("the server listens");
    stream.set_read_timeout(Some(testkit::DEADLINE)).expect("a timeout can be set");
    stream.write_all(bytes.as_bytes()).expect("the server reads");
    stream
}

/// Reads until `text` has arrived, or the connection is closed.
pub(crate) fn read_until(stream: &mut TcpStream, text: &str) -> String {
    let mut received = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        let length = stream.read(&mut chunk).expect("the server responds in time");
        received.extend_from_slice(&chunk[..length]);
        let response = String::from_utf8_lossy(&received);
        if length == 0 || response.contains(text) {
            return response.into_owned();
        }
    }
}

/// Reads until the server closes the connection.
pub(crate) fn read_to_end(stream: &mut TcpStream) -> String {
    let mut received = Vec::new();
    stream.read_to_end(&mut received).expect("the server closes the connection in time");
    String::from_utf8_lossy(&received).into_owned()
}
