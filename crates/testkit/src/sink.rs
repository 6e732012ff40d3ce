//! OTLP/HTTP receiver on a free port. Decodes and records exported spans.

use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use prost::Message as _;

use crate::http_server::{Connection, Request, Server, lock};
use crate::span::{Span, decode};
use crate::trace::Trace;
use crate::trace_response::TraceResponse;
use crate::wait::{DEADLINE, wait_until};

/// A trace counts as complete when no span of it has arrived for this long. Test processes export every 20 ms
/// (`OTEL_BSP_SCHEDULE_DELAY`), so this covers many exports.
const QUIET_PERIOD: Duration = Duration::from_millis(300);

/// How the sink responds to exports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Behaviour {
    /// Accepts them.
    Accept,
    /// Accepts them, and responds after a delay.
    Slow(Duration),
    /// Rejects them with this status. Exporters retry after 503.
    Refuse(u16),
}

/// An OTLP/HTTP receiver. Runs on its own threads until it is dropped.
pub struct Sink {
    server: Server,
    state: Arc<Mutex<State>>,
}

/// Why an export is refused with 403.
type Check = dyn Fn(&Request) -> Result<(), String> + Send;

struct State {
    behaviour: Behaviour,
    check: Box<Check>,
    spans: Vec<(Instant, Span)>,
    exports: Vec<Request>,
}

impl Sink {
    /// Starts on a free port and accepts all exports.
    pub fn start() -> Self {
        Self::that_checks(|_| Ok(()))
    }

    /// Starts on a free port. Refuses the exports that `check` objects to with 403 and what it says.
    pub fn that_checks(check: impl Fn(&Request) -> Result<(), String> + Send + 'static) -> Self {
        let state = Arc::new(Mutex::new(State {
            behaviour: Behaviour::Accept,
            check: Box::new(check),
            spans: Vec::new(),
            exports: Vec::new(),
        }));
        let server = Server::start({
            let state = Arc::clone(&state);
            move |request, connection| receive(&state, &request, connection)
        });
        Self { server, state }
    }

    /// For `OTEL_EXPORTER_OTLP_ENDPOINT`: `http://127.0.0.1:port`
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// Changes how exports are handled.
    pub fn set_behaviour(&self, behaviour: Behaviour) {
        lock(&self.state).behaviour = behaviour;
    }

    /// Closes all connections and refuses new ones until [`Sink::up`].
    pub fn down(&self) {
        self.server.down();
    }

    /// Listens again, on the same port.
    pub fn up(&self) {
        self.server.up();
    }

    /// All export requests so far, rejected ones included, with headers and body as received.
    pub fn exports(&self) -> Vec<Request> {
        lock(&self.state).exports.clone()
    }

    /// All accepted spans.
    pub fn spans(&self) -> Vec<Span> {
        lock(&self.state).spans.iter().map(|(_, span)| span.clone()).collect()
    }

    /// The spans of a trace that have arrived so far.
    pub fn trace_now(&self, trace_id: &str) -> Trace {
        Trace::new(self.spans().into_iter().filter(|span| span.trace_id == trace_id).collect())
    }

    /// The trace that a `traceresponse` header names, once it is complete.
    ///
    /// # Panics
    /// If the trace does not become complete, or the header is invalid.
    pub async fn trace_of(&self, traceresponse: &str) -> Trace {
        self.trace(&TraceResponse::parse(traceresponse).trace_id).await
    }

    /// A trace, once it has exactly one top-level span and no more spans arrive. The top-level span may have a
    /// remote parent.
    ///
    /// To assert an exact number of spans, stop the processes first, so that they flush.
    ///
    /// # Panics
    /// If the deadline passes; the message shows what has arrived.
    pub async fn trace(&self, trace_id: &str) -> Trace {
        let complete =
            |trace: &Trace| trace.top_level_spans().len() == 1 && self.quiet_for(trace_id) >= QUIET_PERIOD;
        self.trace_when(trace_id, "a complete trace", complete).await
    }

    /// A trace as soon as `condition` holds for it.
    ///
    /// # Panics
    /// If the deadline passes; the message shows what has arrived.
    pub async fn trace_when(&self, trace_id: &str, what: &str, condition: impl Fn(&Trace) -> bool) -> Trace {
        let start = Instant::now();
        wait_until(what, DEADLINE * 2, || {
            let trace = self.trace_now(trace_id);
            if condition(&trace) {
                return Some(trace);
            }
            assert!(
                start.elapsed() < DEADLINE,
                "timed out waiting for {what}; trace {trace_id} so far:\n{trace}"
            );
            None
        })
        .await
    }

    /// The first span for which `condition` holds, in any trace.
    ///
    /// # Panics
    /// If the deadline passes; the message lists the labels of all spans.
    pub async fn span_when(&self, what: &str, condition: impl Fn(&Span) -> bool) -> Span {
        let start = Instant::now();
        wait_until(what, DEADLINE * 2, || {
            let spans = self.spans();
            if let Some(span) = spans.iter().find(|span| condition(span)) {
                return Some(span.clone());
            }
            let labels = || spans.iter().map(Span::label).collect::<Vec<_>>();
            assert!(
                start.elapsed() < DEADLINE,
                "timed out waiting for {what}; spans so far: {:#?}",
                labels()
            );
            None
        })
        .await
    }

    fn quiet_for(&self, trace_id: &str) -> Duration {
        let state = lock(&self.state);
        let last = state
            .spans
            .iter()
            .filter(|(_, span)| span.trace_id == trace_id)
            .map(|(arrived, _)| *arrived)
            .max();
        last.map_or(Duration::ZERO, |arrived| arrived.elapsed())
    }
}

fn receive(state: &Mutex<State>, request: &Request, connection: &mut TcpStream) -> io::Result<Connection> {
    let (behaviour, checked) = {
        let mut state = lock(state);
        state.exports.push(request.clone());
        (state.behaviour, (state.check)(request))
    };
    let (status, body) = match (request.path(), behaviour) {
        (_, Behaviour::Refuse(status)) => (status, Vec::new()),
        _ if checked.is_err() => (403, status_message(&checked.unwrap_err())),
        ("/v1/traces", behaviour) => match read(request) {
            Ok(export) => {
                if let Behaviour::Slow(delay) = behaviour {
                    thread::sleep(delay);
                }
                let now = Instant::now();
                lock(state).spans.extend(decode(export).into_iter().map(|span| (now, span)));
                (200, ExportTraceServiceResponse::default().encode_to_vec())
            }
            Err(error) => (400, error.to_string().into_bytes()),
        },
        // Metrics and logs are accepted and ignored.
        ("/v1/metrics" | "/v1/logs", _) => (200, Vec::new()),
        _ => (404, Vec::new()),
    };
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status} .\r\ncontent-type: application/x-protobuf\r\ncontent-length: {length}\r\n\r\n"
    );
    connection.write_all(head.as_bytes())?;
    connection.write_all(&body)?;
    Ok(Connection::KeepAlive)
}

/// A `google.rpc.Status` with this message.
fn status_message(message: &str) -> Vec<u8> {
    // It has its message in the same field as this message.
    ExportTracePartialSuccess { error_message: message.to_owned(), ..Default::default() }.encode_to_vec()
}

fn read(request: &Request) -> io::Result<ExportTraceServiceRequest> {
    let mut plain = Vec::new();
    let body = match request.header("content-encoding") {
        Some("gzip") => {
            flate2::read::GzDecoder::new(&request.body[..]).read_to_end(&mut plain)?;
            &plain
        }
        _ => &request.body,
    };
    if request.header("content-type") == Some("application/json") {
        return serde_json::from_slice(body).map_err(io::Error::other);
    }
    ExportTraceServiceRequest::decode(&body[..]).map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span as ProtoSpan};

    use super::*;

    const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

    fn export() -> Vec<u8> {
        let span = ProtoSpan {
            trace_id: (0..32).step_by(2).map(|i| u8::from_str_radix(&TRACE[i..i + 2], 16).unwrap()).collect(),
            span_id: vec![1; 8],
            name: "GET /".into(),
            kind: 2,
            ..ProtoSpan::default()
        };
        let scope = ScopeSpans { spans: vec![span], ..ScopeSpans::default() };
        let resource = ResourceSpans { scope_spans: vec![scope], ..ResourceSpans::default() };
        ExportTraceServiceRequest { resource_spans: vec![resource] }.encode_to_vec()
    }

    fn post(sink: &Sink, headers: &str, body: &[u8]) -> String {
        let mut connection = TcpStream::connect(sink.url().trim_start_matches("http://")).unwrap();
        let head = format!("POST /v1/traces HTTP/1.1\r\n{headers}content-length: {}\r\n\r\n", body.len());
        connection.write_all(head.as_bytes()).unwrap();
        connection.write_all(body).unwrap();
        connection.shutdown(std::net::Shutdown::Write).unwrap();
        let mut response = String::new();
        connection.read_to_string(&mut response).unwrap();
        response
    }

    #[tokio::test]
    async fn plain_and_gzip_exports_are_accepted() {
        let sink = Sink::start();
        assert!(post(&sink, "", &export()).starts_with("HTTP/1.1 200"));
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(&export()).unwrap();
        assert!(
            post(&sink, "content-encoding: gzip\r\n", &gzip.finish().unwrap()).starts_with("HTTP/1.1 200")
        );
        let trace = sink.trace_when(TRACE, "both spans", |trace| trace.spans().len() == 2).await;
        assert_eq!(trace.spans()[0].label(), " [server] GET /");
    }

    #[tokio::test]
    async fn a_rejected_export_is_recorded_without_its_spans() {
        let sink = Sink::start();
        sink.set_behaviour(Behaviour::Refuse(503));
        assert!(post(&sink, "", &export()).starts_with("HTTP/1.1 503"));
        assert_eq!((sink.exports().len(), sink.spans().len()), (1, 0));
        sink.set_behaviour(Behaviour::Accept);
        post(&sink, "", &export());
        sink.trace(TRACE).await.assert_one_linked_trace();
    }

    #[test]
    fn a_malformed_export_is_a_bad_request() {
        let sink = Sink::start();
        assert!(post(&sink, "", b"\xff\xff\xff").starts_with("HTTP/1.1 400"));
    }

    #[test]
    fn a_sink_that_is_down_refuses_connections() {
        let sink = Sink::start();
        sink.down();
        assert!(TcpStream::connect(sink.url().trim_start_matches("http://")).is_err());
    }
}
