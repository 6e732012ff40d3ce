//! An OTLP/HTTP receiver for tests: a real server on a free port that decodes what services export and hands it out.

use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use prost::Message as _;

use crate::http_server::{Connection, Request, Server, lock};
use crate::span::{Span, decode};
use crate::trace::{Trace, TraceResponse};
use crate::wait::{DEADLINE, wait_until};

/// A trace counts as settled when nothing of it has arrived for this long. Processes that tests start export every
/// 20 ms (`OTEL_BSP_SCHEDULE_DELAY`), so this is many exports.
const QUIET: Duration = Duration::from_millis(300);

/// How the sink treats exports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Behaviour {
    /// Takes them.
    Accept,
    /// Takes them, and answers late.
    Slow(Duration),
    /// Refuses them with this status (503 is to be tried again).
    Refuse(u16),
}

/// The sink. Runs on threads of its own until it is dropped.
pub struct Sink {
    server: Server,
    state: Arc<Mutex<State>>,
}

struct State {
    behaviour: Behaviour,
    spans: Vec<(Instant, Span)>,
    exports: Vec<Request>,
}

impl Sink {
    /// Starts on a free port, taking everything.
    pub fn start() -> Self {
        let state = Arc::new(Mutex::new(State {
            behaviour: Behaviour::Accept,
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

    /// From here on, treats exports so.
    pub fn behave(&self, behaviour: Behaviour) {
        lock(&self.state).behaviour = behaviour;
    }

    /// Refuses connections and cuts those that are open, until [`Sink::up`].
    pub fn down(&self) {
        self.server.down();
    }

    /// Listens again, on the same port.
    pub fn up(&self) {
        self.server.up();
    }

    /// Every export request so far, refused ones too, with headers and compressed body as they came.
    pub fn exports(&self) -> Vec<Request> {
        lock(&self.state).exports.clone()
    }

    /// Every span that was accepted.
    pub fn spans(&self) -> Vec<Span> {
        lock(&self.state).spans.iter().map(|(_, span)| span.clone()).collect()
    }

    /// What has arrived of a trace.
    pub fn trace_now(&self, trace_id: &str) -> Trace {
        Trace::new(self.spans().into_iter().filter(|span| span.trace_id == trace_id).collect())
    }

    /// The trace that an answer's `traceresponse` names, once it has settled.
    ///
    /// # Panics
    /// When it does not, or the header is none.
    pub async fn trace_of(&self, traceresponse: &str) -> Trace {
        self.trace(&TraceResponse::parse(traceresponse).trace_id).await
    }

    /// A trace, once it is whole (a top, at most one missing parent: a caller's) and nothing more of it comes.
    /// Where one more or one less span is the question, stop the processes first: they flush.
    ///
    /// # Panics
    /// With what has arrived, when the deadline passes.
    pub async fn trace(&self, trace_id: &str) -> Trace {
        let settled = |trace: &Trace| trace.tops().len() == 1 && self.quiet_for(trace_id) >= QUIET;
        self.trace_when(trace_id, "a whole trace", settled).await
    }

    /// A trace as soon as `condition` holds for it.
    ///
    /// # Panics
    /// With what has arrived, when the deadline passes.
    pub async fn trace_when(&self, trace_id: &str, what: &str, condition: impl Fn(&Trace) -> bool) -> Trace {
        let start = Instant::now();
        wait_until(what, DEADLINE * 2, || {
            let trace = self.trace_now(trace_id);
            if condition(&trace) {
                return Some(trace);
            }
            assert!(
                start.elapsed() < DEADLINE,
                "waited in vain for {what}; of trace {trace_id} there is\n{trace}"
            );
            None
        })
        .await
    }

    /// The first span that `condition` holds for, in any trace.
    ///
    /// # Panics
    /// With the labels of all spans, when the deadline passes.
    pub async fn span_when(&self, what: &str, condition: impl Fn(&Span) -> bool) -> Span {
        let start = Instant::now();
        wait_until(what, DEADLINE * 2, || {
            let spans = self.spans();
            if let Some(span) = spans.iter().find(|span| condition(span)) {
                return Some(span.clone());
            }
            let labels = || spans.iter().map(Span::label).collect::<Vec<_>>();
            assert!(start.elapsed() < DEADLINE, "waited in vain for {what}; there are {:#?}", labels());
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
    let behaviour = {
        let mut state = lock(state);
        state.exports.push(request.clone());
        state.behaviour
    };
    let (status, body) = match (request.path(), behaviour) {
        (_, Behaviour::Refuse(status)) => (status, Vec::new()),
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
        // Metrics and logs have no reader here.
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
    use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span as Wire};

    use super::*;

    const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

    fn export() -> Vec<u8> {
        let span = Wire {
            trace_id: (0..32).step_by(2).map(|i| u8::from_str_radix(&TRACE[i..i + 2], 16).unwrap()).collect(),
            span_id: vec![1; 8],
            name: "GET /".into(),
            kind: 2,
            ..Wire::default()
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
        let mut answer = String::new();
        connection.read_to_string(&mut answer).unwrap();
        answer
    }

    #[tokio::test]
    async fn an_export_is_received_plain_and_compressed() {
        let sink = Sink::start();
        assert!(post(&sink, "", &export()).starts_with("HTTP/1.1 200"));
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(&export()).unwrap();
        assert!(
            post(&sink, "content-encoding: gzip\r\n", &packed.finish().unwrap()).starts_with("HTTP/1.1 200")
        );
        let trace = sink.trace_when(TRACE, "both", |trace| trace.spans().len() == 2).await;
        assert_eq!(trace.spans()[0].label(), " [server] GET /");
    }

    #[tokio::test]
    async fn a_refusing_sink_keeps_nothing_but_the_request() {
        let sink = Sink::start();
        sink.behave(Behaviour::Refuse(503));
        assert!(post(&sink, "", &export()).starts_with("HTTP/1.1 503"));
        assert_eq!((sink.exports().len(), sink.spans().len()), (1, 0));
        sink.behave(Behaviour::Accept);
        post(&sink, "", &export());
        sink.trace(TRACE).await.assert_one_linked_trace();
    }

    #[test]
    fn what_is_no_export_is_a_bad_request() {
        let sink = Sink::start();
        assert!(post(&sink, "", b"\xff\xff\xff").starts_with("HTTP/1.1 400"));
    }

    #[test]
    fn a_sink_can_be_down() {
        let sink = Sink::start();
        sink.down();
        assert!(TcpStream::connect(sink.url().trim_start_matches("http://")).is_err());
    }
}
