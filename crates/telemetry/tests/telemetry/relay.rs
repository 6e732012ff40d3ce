//! The relay example as a child process: tests of the environment, of signals and of outages.

use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Child, ChildStderr, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::closed_port::ClosedPort;
use crate::sink::{Sink, hex, only};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

pub(crate) struct Relay {
    child: Child,
    url: String,
    stdout: BufReader<ChildStdout>,
}

impl Relay {
    pub(crate) fn start(variables: &[(&str, &str)]) -> Self {
        let mut command = Command::new(binary());
        command.arg("127.0.0.1:0").stdout(Stdio::piped()).stderr(Stdio::piped());
        // The test's environment must not affect the relay.
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("OTEL_") || name == "RUST_LOG")
        {
            command.env_remove(name);
        }
        command.env("OTEL_METRICS_EXPORTER", "none").env("OTEL_LOGS_EXPORTER", "none");
        command.env("OTEL_BSP_SCHEDULE_DELAY", "20");
        let mut child = command.envs(variables.iter().copied()).spawn().expect("the example runs");
        let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut url = String::new();
        stdout.read_line(&mut url).expect("an address");
        Self { child, url: url.trim().to_owned(), stdout }
    }

    /// Sends SIGTERM and waits. Returns the time to exit, whether it succeeded, and its standard error.
    pub(crate) fn stop(mut self) -> (Duration, bool, String) {
        let started = Instant::now();
        terminate(&self.child);
        let mut printed = String::new();
        self.child.stderr.take().expect("a pipe").read_to_string(&mut printed).expect("text");
        let status = self.child.wait().expect("the process exits");
        (started.elapsed(), status.success(), printed)
    }

    /// Sends SIGTERM, and waits for the end without reading standard error. Returns what is in it.
    pub(crate) fn stop_unread(&mut self, limit: Duration) -> ChildStderr {
        let started = Instant::now();
        terminate(&self.child);
        while self.child.try_wait().expect("a child").is_none() {
            assert!(started.elapsed() < limit, "it still runs");
            std::thread::sleep(Duration::from_millis(5));
        }
        self.child.stderr.take().expect("a pipe")
    }

    /// Reads standard error from now on.
    pub(crate) fn read_stderr(&mut self) -> StderrText {
        let mut stderr = self.child.stderr.take().expect("a pipe");
        let text = StderrText::default();
        let shared = text.clone();
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(length @ 1..) = stderr.read(&mut buffer) {
                shared.0.lock().expect("no panic").push_str(&String::from_utf8_lossy(&buffer[..length]));
            }
        });
        text
    }

    /// The id of the process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends SIGTERM and waits. Returns its standard output.
    pub(crate) fn stop_and_read_stdout(mut self) -> String {
        terminate(&self.child);
        let mut printed = String::new();
        self.stdout.read_to_string(&mut printed).expect("text");
        assert!(self.child.wait().expect("the process exits").success());
        printed
    }

    /// Host and port of the relay.
    pub(crate) fn address(&self) -> &str {
        self.url.strip_prefix("http://").and_then(|url| url.strip_suffix("/relay")).expect("a URL")
    }

    /// Makes the relay call `to` once.
    pub(crate) async fn call(&self, headers: &[(&str, &str)], to: &str) -> reqwest::Response {
        self.post(headers, &json!([{ "url": to, "arguments": [] }])).await
    }

    /// Makes the relay perform these calls.
    pub(crate) async fn post(&self, headers: &[(&str, &str)], calls: &Value) -> reqwest::Response {
        let mut request = reqwest::Client::new().post(&self.url).json(calls);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send().await.expect("a response")
    }
}

/// What a relay has printed so far.
#[derive(Clone, Default)]
pub(crate) struct StderrText(Arc<Mutex<String>>);

impl StderrText {
    pub(crate) fn text(&self) -> String {
        self.0.lock().expect("no panic").clone()
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn terminate(child: &Child) {
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().expect("kill runs").success());
}

pub(crate) fn binary() -> PathBuf {
    example("relay")
}

/// Path of an example. Cargo builds examples before it runs tests, into a sibling directory.
pub(crate) fn example(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("a path");
    let target = test.parent().and_then(|deps| deps.parent()).expect("a target directory");
    target.join("examples").join(name)
}

/// Starts a server that accepts any request. Returns its URL and the received requests.
pub(crate) async fn recording_server() -> (String, tokio::sync::mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}/", listener.local_addr().expect("an address"));
    let (sender, requests) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.expect("a connection");
            let sender = sender.clone();
            tokio::spawn(async move {
                let mut received = vec![0; 8192];
                let length = stream.read(&mut received).await.unwrap_or(0);
                let _ = sender.send(String::from_utf8_lossy(&received[..length]).into_owned());
                let response = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
                let _ = stream.write_all(response.as_bytes()).await;
            });
        }
    });
    (url, requests)
}

pub(crate) fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}

pub(crate) fn traceparent(flags: &str) -> String {
    format!("00-{TRACE}-00f067aa0ba902b7-{flags}")
}

#[tokio::test]
async fn rust_log_does_not_affect_propagation() {
    for directives in ["off", "warn", "unrelated=info", "trace"] {
        let sink = Sink::start();
        let relay = Relay::start(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &sink.url), ("RUST_LOG", directives)]);
        let (to, mut requests) = recording_server().await;
        relay.call(&[("traceparent", &traceparent("01"))], &to).await;
        let spans = sink.trace(TRACE, 2).await;
        let client = only(&spans, SpanKind::Client);
        let sent = requests.recv().await.expect("a request");
        assert_eq!(
            header(&sent, "traceparent"),
            Some(format!("00-{TRACE}-{}-01", client.span_id).as_str()),
            "{directives}"
        );
    }
}

#[tokio::test]
async fn disabled_sdk_passes_contexts_through_unchanged() {
    let relay = Relay::start(&[("OTEL_SDK_DISABLED", "true")]);
    let (to, mut requests) = recording_server().await;
    let response = relay.call(&[("traceparent", &traceparent("01")), ("tracestate", "a=1")], &to).await;
    assert_eq!(response.headers().get("traceresponse"), None);
    let sent = requests.recv().await.expect("a request");
    assert_eq!(header(&sent, "traceparent"), Some(traceparent("01").as_str()));
    assert_eq!(header(&sent, "tracestate"), Some("a=1"));
    relay.call(&[], &to).await;
    assert_eq!(header(&requests.recv().await.expect("a request"), "traceparent"), None);
}

#[tokio::test]
async fn inbound_link_samples_locally_and_links_to_the_remote_trace() {
    let sink = Sink::start();
    let relay = Relay::start(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &sink.url), ("TELEMETRY_INBOUND", "link")]);
    let (to, mut requests) = recording_server().await;
    relay.call(&[("traceparent", &traceparent("00"))], &to).await;
    let sent = requests.recv().await.expect("a request");
    let local_trace = header(&sent, "traceparent").expect("a traceparent")[3..35].to_owned();
    assert_ne!(local_trace, TRACE);
    let spans = sink.trace(&local_trace, 2).await;
    let server = only(&spans, SpanKind::Server);
    assert_eq!((server.parent.as_str(), hex(&server.links[0].trace_id).as_str()), ("", TRACE));
}

#[tokio::test]
async fn inbound_ignore_discards_the_remote_context_and_baggage() {
    let sink = Sink::start();
    let relay = Relay::start(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &sink.url), ("TELEMETRY_INBOUND", "ignore")]);
    let (to, mut requests) = recording_server().await;
    relay.call(&[("traceparent", &traceparent("00")), ("baggage", "k=v")], &to).await;
    let sent = requests.recv().await.expect("a request");
    let local_trace = header(&sent, "traceparent").expect("a traceparent")[3..35].to_owned();
    assert!(local_trace != TRACE && header(&sent, "baggage").is_none());
    assert!(sink.trace(&local_trace, 2).await.iter().all(|span| span.links.is_empty()));
}

#[tokio::test]
async fn baggage_allowlist_filters_and_survives_malformed_metadata() {
    let relay = Relay::start(&[("OTEL_TRACES_EXPORTER", "none"), ("TELEMETRY_BAGGAGE_ALLOW", "tenant")]);
    let (to, mut requests) = recording_server().await;
    relay.call(&[("baggage", "tenant=a%20b,secret=1")], &to).await;
    assert_eq!(header(&requests.recv().await.expect("a request"), "baggage"), Some("tenant=a%20b"));
    // This header makes the stock libraries panic.
    let response = relay.call(&[("baggage", "tenant=v;m=a%0Ab")], &to).await;
    assert_eq!(response.status(), 200);
}

#[tokio::test]
async fn xray_and_b3_propagate_the_trace() {
    let sink = Sink::start();
    let relay =
        Relay::start(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &sink.url), ("OTEL_PROPAGATORS", "xray,b3multi")]);
    let (to, mut requests) = recording_server().await;
    let root = "Root=1-4bf92f35-77b34da6a3ce929d0e0e4736";
    relay.call(&[("x-amzn-trace-id", root)], &to).await;
    let sent = requests.recv().await.expect("a request");
    assert!(header(&sent, "x-amzn-trace-id").is_some_and(|value| value.starts_with(root)), "{sent}");
    assert_eq!(header(&sent, "x-b3-traceid"), Some(TRACE));
    assert_eq!(header(&sent, "traceparent"), None);
    // A load balancer's `Root` alone has no parent id: the trace is continued without a parent.
    assert_eq!(only(&sink.trace(TRACE, 2).await, SpanKind::Server).parent, "");
}

#[tokio::test]
async fn tracestate_passes_services_that_read_several_formats() {
    let variables = [("OTEL_TRACES_EXPORTER", "none"), ("OTEL_PROPAGATORS", "tracecontext,baggage,b3,xray")];
    let (first, second) = (Relay::start(&variables), Relay::start(&variables));
    let (to, mut requests) = recording_server().await;
    let last = json!([{ "url": to, "arguments": [] }]);
    let calls = json!([{ "url": format!("http://{}/relay", second.address()), "arguments": last }]);
    let response =
        first.post(&[("traceparent", &traceparent("01")), ("tracestate", "vendor=1,other=2")], &calls).await;
    assert_eq!(response.status(), 200);
    let sent = requests.recv().await.expect("a request");
    assert!(header(&sent, "x-amzn-trace-id").is_some() && header(&sent, "b3").is_some(), "{sent}");
    assert!(header(&sent, "traceparent").is_some_and(|value| value.contains(TRACE)), "{sent}");
    assert_eq!(header(&sent, "tracestate"), Some("vendor=1,other=2"));
}

#[tokio::test]
async fn sigterm_exports_all_ended_spans() {
    let sink = Sink::start();
    // Nothing is exported before shutdown.
    let variables =
        [("OTEL_EXPORTER_OTLP_ENDPOINT", sink.url.as_str()), ("OTEL_BSP_SCHEDULE_DELAY", "60000")];
    let relay = Relay::start(&variables);
    let (to, _requests) = recording_server().await;
    for _ in 0..20 {
        relay.call(&[("traceparent", &traceparent("01"))], &to).await;
    }
    assert!(sink.all().is_empty());
    let (took, success, printed) = relay.stop();
    assert!(success, "{printed}");
    assert!(took < Duration::from_secs(4), "{took:?}");
    assert_eq!(sink.trace(TRACE, 40).await.len(), 40);
}

#[tokio::test]
async fn unresponsive_backend_delays_no_exit_and_is_logged_once() {
    // This backend accepts connections and never responds.
    let silent = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let endpoint = format!("http://{}", silent.local_addr().expect("an address"));
    let variables =
        [("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()), ("OTEL_EXPORTER_OTLP_TIMEOUT", "200")];
    let relay = Relay::start(&variables);
    let (to, _requests) = recording_server().await;
    for _ in 0..10 {
        assert_eq!(relay.call(&[], &to).await.status(), 200);
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    let (took, success, printed) = relay.stop();
    assert!(took < Duration::from_secs(7), "{took:?}");
    assert!(!success, "lost spans make the exit fail: {printed}");
    assert_eq!(printed.matches("wait in the queue").count(), 1, "{printed}");
    let total = printed.lines().filter(|line| line.contains("20 since the start; last: http")).count();
    assert_eq!((total, printed.matches("telemetry::export").count()), (1, 2), "{printed}");
}

#[tokio::test]
async fn export_resumes_after_an_outage() {
    let closed = ClosedPort::new();
    let address = closed.address();
    let relay = Relay::start(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &closed.url())]);
    let (to, _requests) = recording_server().await;
    relay.call(&[("traceparent", &traceparent("01"))], &to).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    drop(closed);
    let sink = Sink::start_at(address);
    assert_eq!(sink.trace(TRACE, 2).await.len(), 2);
    assert!(relay.stop().1);
}

#[tokio::test]
async fn stderr_log_lines_carry_trace_and_span_ids() {
    let relay = Relay::start(&[("OTEL_TRACES_EXPORTER", "none"), ("RUST_LOG", "info")]);
    let (to, mut requests) = recording_server().await;
    let response = relay.call(&[], &to).await;
    assert_eq!(response.headers().get("traceresponse"), None, "the trace is not recorded");
    let sent = requests.recv().await.expect("a request");
    let trace = &header(&sent, "traceparent").expect("a traceparent")[3..35];
    let (_, success, printed) = relay.stop();
    assert!(success);
    let line = printed.lines().find(|line| line.contains("relaying")).unwrap_or_else(|| panic!("{printed}"));
    assert!(line.contains(&format!("trace_id={trace} span_id=")), "{line}");
}

#[tokio::test]
async fn ratio_sampler_records_a_share_of_the_traces() {
    let sink = Sink::start();
    let relay = Relay::start(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &sink.url),
        ("OTEL_TRACES_SAMPLER", "parentbased_traceidratio"),
        ("OTEL_TRACES_SAMPLER_ARG", "0.5"),
    ]);
    let (to, mut requests) = recording_server().await;
    let mut sampled = 0;
    for _ in 0..60 {
        relay.call(&[], &to).await;
        let sent = requests.recv().await.expect("a request");
        sampled += usize::from(header(&sent, "traceparent").expect("a traceparent").ends_with("-03"));
    }
    assert!((10..50).contains(&sampled), "{sampled} of 60");
    assert!(relay.stop().1);
    assert_eq!(sink.all().len(), sampled * 2);
}
