//! The relay example as a process: what only the environment, a signal or an outage shows.

use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

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
        // Nothing of the surrounding environment decides here.
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

    /// SIGTERM, and what it took to end: the time, success, and what was printed on standard error.
    pub(crate) fn stop(mut self) -> (Duration, bool, String) {
        let began = Instant::now();
        terminate(&self.child);
        let mut printed = String::new();
        self.child.stderr.take().expect("a pipe").read_to_string(&mut printed).expect("text");
        let status = self.child.wait().expect("it ends");
        (began.elapsed(), status.success(), printed)
    }

    /// SIGTERM, and what it printed on standard output.
    pub(crate) fn output(mut self) -> String {
        terminate(&self.child);
        let mut printed = String::new();
        self.stdout.read_to_string(&mut printed).expect("text");
        assert!(self.child.wait().expect("it ends").success());
        printed
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> &str {
        self.url.strip_prefix("http://").and_then(|url| url.strip_suffix("/relay")).expect("a URL")
    }

    /// Has it call `to` once.
    pub(crate) async fn call(&self, headers: &[(&str, &str)], to: &str) -> reqwest::Response {
        self.post(headers, &json!([{ "url": to, "arguments": [] }])).await
    }

    /// Has it make these calls.
    pub(crate) async fn post(&self, headers: &[(&str, &str)], calls: &Value) -> reqwest::Response {
        let mut request = reqwest::Client::new().post(&self.url).json(calls);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send().await.expect("an answer")
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

/// Cargo builds examples before it runs tests, into a directory beside the tests' own.
pub(crate) fn example(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("a path");
    let target = test.parent().and_then(|deps| deps.parent()).expect("a target directory");
    target.join("examples").join(name)
}

/// Takes any request, and tells the head of the first one.
pub(crate) async fn listener() -> (String, tokio::sync::mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}/", listener.local_addr().expect("an address"));
    let (tell, told) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.expect("a connection");
            let tell = tell.clone();
            tokio::spawn(async move {
                let mut heard = vec![0; 8192];
                let length = stream.read(&mut heard).await.unwrap_or(0);
                let _ = tell.send(String::from_utf8_lossy(&heard[..length]).into_owned());
                let answer = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
                let _ = stream.write_all(answer.as_bytes()).await;
            });
        }
    });
    (url, told)
}

pub(crate) fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}

pub(crate) fn parent(sampled: &str) -> String {
    format!("00-{TRACE}-00f067aa0ba902b7-{sampled}")
}

#[tokio::test]
async fn rust_log_changes_what_is_printed_and_never_what_is_linked() {
    for directives in ["off", "warn", "somebody=info", "trace"] {
        let sink = Sink::start();
        let relay = Relay::start(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &sink.url), ("RUST_LOG", directives)]);
        let (to, mut told) = listener().await;
        relay.call(&[("traceparent", &parent("01"))], &to).await;
        let spans = sink.trace(TRACE, 2).await;
        let client = only(&spans, SpanKind::Client);
        let sent = told.recv().await.expect("a request");
        assert_eq!(
            header(&sent, "traceparent"),
            Some(format!("00-{TRACE}-{}-01", client.span_id).as_str()),
            "{directives}"
        );
    }
}

#[tokio::test]
async fn a_disabled_sdk_passes_contexts_on_as_they_came() {
    let relay = Relay::start(&[("OTEL_SDK_DISABLED", "true")]);
    let (to, mut told) = listener().await;
    let answer = relay.call(&[("traceparent", &parent("01")), ("tracestate", "a=1")], &to).await;
    assert_eq!(answer.headers().get("traceresponse"), None);
    let sent = told.recv().await.expect("a request");
    assert_eq!(header(&sent, "traceparent"), Some(parent("01").as_str()));
    assert_eq!(header(&sent, "tracestate"), Some("a=1"));
    relay.call(&[], &to).await;
    assert_eq!(header(&told.recv().await.expect("a request"), "traceparent"), None);
}

#[tokio::test]
async fn the_edge_can_link_to_a_strangers_trace_and_decide_for_itself() {
    let sink = Sink::start();
    let relay = Relay::start(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &sink.url), ("TELEMETRY_INBOUND", "link")]);
    let (to, mut told) = listener().await;
    relay.call(&[("traceparent", &parent("00"))], &to).await;
    let sent = told.recv().await.expect("a request");
    let own = header(&sent, "traceparent").expect("a traceparent")[3..35].to_owned();
    assert_ne!(own, TRACE);
    let spans = sink.trace(&own, 2).await;
    let server = only(&spans, SpanKind::Server);
    assert_eq!((server.parent.as_str(), hex(&server.links[0].trace_id).as_str()), ("", TRACE));
}

#[tokio::test]
async fn the_edge_can_ignore_a_stranger() {
    let sink = Sink::start();
    let relay = Relay::start(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &sink.url), ("TELEMETRY_INBOUND", "ignore")]);
    let (to, mut told) = listener().await;
    relay.call(&[("traceparent", &parent("00")), ("baggage", "k=v")], &to).await;
    let sent = told.recv().await.expect("a request");
    let own = header(&sent, "traceparent").expect("a traceparent")[3..35].to_owned();
    assert!(own != TRACE && header(&sent, "baggage").is_none());
    assert!(sink.trace(&own, 2).await.iter().all(|span| span.links.is_empty()));
}

#[tokio::test]
async fn baggage_passes_the_edge_by_an_allowlist() {
    let relay = Relay::start(&[("OTEL_TRACES_EXPORTER", "none"), ("TELEMETRY_BAGGAGE_ALLOW", "tenant")]);
    let (to, mut told) = listener().await;
    relay.call(&[("baggage", "tenant=a%20b,secret=1")], &to).await;
    assert_eq!(header(&told.recv().await.expect("a request"), "baggage"), Some("tenant=a%20b"));
    // The header that panics the stock libraries.
    let answer = relay.call(&[("baggage", "tenant=v;m=a%0Ab")], &to).await;
    assert_eq!(answer.status(), 200);
}

#[tokio::test]
async fn other_formats_link_too() {
    let sink = Sink::start();
    let relay =
        Relay::start(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &sink.url), ("OTEL_PROPAGATORS", "xray,b3multi")]);
    let (to, mut told) = listener().await;
    let root = "Root=1-4bf92f35-77b34da6a3ce929d0e0e4736";
    relay.call(&[("x-amzn-trace-id", root)], &to).await;
    let sent = told.recv().await.expect("a request");
    assert!(header(&sent, "x-amzn-trace-id").is_some_and(|value| value.starts_with(root)), "{sent}");
    assert_eq!(header(&sent, "x-b3-traceid"), Some(TRACE));
    assert_eq!(header(&sent, "traceparent"), None);
    // A load balancer's root alone is continued, below nobody.
    assert_eq!(only(&sink.trace(TRACE, 2).await, SpanKind::Server).parent, "");
}

#[tokio::test]
async fn sigterm_loses_no_finished_span() {
    let sink = Sink::start();
    // Nothing leaves before the end.
    let variables =
        [("OTEL_EXPORTER_OTLP_ENDPOINT", sink.url.as_str()), ("OTEL_BSP_SCHEDULE_DELAY", "60000")];
    let relay = Relay::start(&variables);
    let (to, _told) = listener().await;
    for _ in 0..20 {
        relay.call(&[("traceparent", &parent("01"))], &to).await;
    }
    assert!(sink.all().is_empty());
    let (took, success, printed) = relay.stop();
    assert!(success, "{printed}");
    assert!(took < Duration::from_secs(4), "{took:?}");
    assert_eq!(sink.trace(TRACE, 40).await.len(), 40);
}

#[tokio::test]
async fn a_dead_backend_does_not_hold_the_exit_and_is_told_of_once() {
    // It accepts connections and never answers.
    let silent = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let endpoint = format!("http://{}", silent.local_addr().expect("an address"));
    let variables =
        [("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()), ("OTEL_EXPORTER_OTLP_TIMEOUT", "200")];
    let relay = Relay::start(&variables);
    let (to, _told) = listener().await;
    for _ in 0..10 {
        assert_eq!(relay.call(&[], &to).await.status(), 200);
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    let (took, success, printed) = relay.stop();
    assert!(took < Duration::from_secs(7), "{took:?}");
    assert!(!success, "spans were lost, and the exit says so: {printed}");
    assert_eq!(printed.matches("telemetry::export").count(), 1, "{printed}");
}

#[tokio::test]
async fn an_outage_ends_by_itself() {
    let reserved = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = reserved.local_addr().expect("an address");
    drop(reserved);
    let relay = Relay::start(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &format!("http://{address}"))]);
    let (to, _told) = listener().await;
    relay.call(&[("traceparent", &parent("01"))], &to).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let sink = Sink::start_at(address);
    assert_eq!(sink.trace(TRACE, 2).await.len(), 2);
    assert!(relay.stop().1);
}

#[tokio::test]
async fn lines_carry_the_ids_of_their_span() {
    let relay = Relay::start(&[("OTEL_TRACES_EXPORTER", "none"), ("RUST_LOG", "info")]);
    let (to, mut told) = listener().await;
    let answer = relay.call(&[], &to).await;
    assert_eq!(answer.headers().get("traceresponse"), None, "nobody records it");
    let sent = told.recv().await.expect("a request");
    let trace = &header(&sent, "traceparent").expect("a traceparent")[3..35];
    let (_, success, printed) = relay.stop();
    assert!(success);
    let line = printed.lines().find(|line| line.contains("relaying")).unwrap_or_else(|| panic!("{printed}"));
    assert!(line.contains(&format!("trace_id={trace} span_id=")), "{line}");
}

#[tokio::test]
async fn a_share_of_the_traces_is_kept() {
    let sink = Sink::start();
    let relay = Relay::start(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &sink.url),
        ("OTEL_TRACES_SAMPLER", "parentbased_traceidratio"),
        ("OTEL_TRACES_SAMPLER_ARG", "0.5"),
    ]);
    let (to, mut told) = listener().await;
    let mut kept = 0;
    for _ in 0..60 {
        relay.call(&[], &to).await;
        let sent = told.recv().await.expect("a request");
        kept += usize::from(header(&sent, "traceparent").expect("a traceparent").ends_with("-03"));
    }
    assert!((10..50).contains(&kept), "{kept} of 60");
    assert!(relay.stop().1);
    assert_eq!(sink.all().len(), kept * 2);
}
