//! Shutdown of a process, also during and after an outage.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tokio::net::TcpListener;

use crate::closed_port::ClosedPort;
use crate::relay::{Relay, example, recording_server, terminate};
use crate::sink::Sink;

const RUNTIMES: [&str; 3] = ["actix", "current-thread", "multi-thread"];
/// Number of spans that the example creates.
const SPANS: usize = 101;
/// Five seconds, plus a margin for a loaded machine.
const DEADLINE: Duration = Duration::from_secs(7);

/// Starts the example on this runtime. Returns once it has created its spans.
fn start(runtime: &str, variables: &[(&str, &str)]) -> Child {
    let mut command = Command::new(example("runtimes"));
    command.arg(runtime).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.envs(variables.iter().copied()).spawn().expect("the example runs");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("a pipe")).read_line(&mut line).expect("a line");
    assert_eq!(line, "ready\n");
    child
}

/// Sends SIGTERM and waits. Returns the time to exit, whether it succeeded, and its standard error.
fn stop(mut child: Child) -> (Duration, bool, String) {
    let started = Instant::now();
    terminate(&child);
    let mut printed = String::new();
    child.stderr.take().expect("a pipe").read_to_string(&mut printed).expect("text");
    let status = child.wait().expect("the process exits");
    (started.elapsed(), status.success(), printed)
}

/// Variables with which nothing is exported before shutdown.
fn export_at_shutdown(url: &str) -> [(&str, &str); 6] {
    [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", url),
        ("OTEL_BSP_SCHEDULE_DELAY", "60000"),
        ("OTEL_BLRP_SCHEDULE_DELAY", "60000"),
        ("OTEL_METRIC_EXPORT_INTERVAL", "60000"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "2000"),
        ("RUST_LOG", "warn"),
    ]
}

#[tokio::test]
async fn sigterm_flushes_all_signals_on_every_runtime_and_protocol() {
    for runtime in RUNTIMES {
        let mut sinks = vec![("http/protobuf", Sink::start()), ("http/json", Sink::start())];
        #[cfg(feature = "grpc")]
        sinks.push(("grpc", crate::grpc::backend().await));
        for (protocol, sink) in sinks {
            let mut variables = export_at_shutdown(&sink.url).to_vec();
            variables.push(("OTEL_EXPORTER_OTLP_PROTOCOL", protocol));
            let child = start(runtime, &variables);
            assert!(sink.all().is_empty());
            let (took, success, printed) = stop(child);
            assert!(success && took < DEADLINE, "{runtime} {protocol}: {took:?} {printed}");
            assert_eq!(sink.all().len(), SPANS, "{runtime} {protocol}");
            let logs = format!("{:?}", sink.logs.lock().expect("no panic"));
            assert_eq!(logs.matches("at work").count(), SPANS - 1, "{runtime} {protocol}");
            assert_eq!(logs.matches("stopping").count(), 1, "{runtime} {protocol}");
            assert!(!sink.metrics.lock().expect("no panic").is_empty(), "{runtime} {protocol}");
        }
    }
}

#[tokio::test]
async fn unreachable_backend_does_not_delay_exit_on_any_runtime() {
    // All three signals: one backend refuses connections, the other accepts them and never responds.
    let closed = ClosedPort::new();
    let silent = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    for address in [closed.address(), silent.local_addr().expect("an address")] {
        let url = format!("http://{address}");
        for runtime in RUNTIMES {
            let (took, success, printed) = stop(start(runtime, &export_at_shutdown(&url)));
            assert!(took < DEADLINE, "{runtime} {address}: {took:?}");
            assert!(!success, "lost spans make the exit fail: {printed}");
            assert!(printed.matches("spans ca").count() <= 1, "{printed}");
        }
    }
}

#[tokio::test]
async fn outage_drops_and_counts_spans_beyond_the_queue_then_recovers() {
    let closed = ClosedPort::new();
    let (address, url) = (closed.address(), closed.url());
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", url.as_str()),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "10"),
        ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "4"),
        ("RUST_LOG", "warn"),
    ];
    let relay = Relay::start(&variables);
    let (to, _requests) = recording_server().await;
    // Forty spans exceed the queue of ten and the pending batch of four.
    for _ in 0..20 {
        assert_eq!(relay.call(&[], &to).await.status(), 200);
    }
    drop(closed);
    let sink = Sink::start_at(address);
    let exported = sink.until(|spans| (spans.len() >= 10).then_some(spans.len())).await;
    assert!(exported <= 14, "{exported}");
    // Later spans are exported again.
    let response = relay.call(&[], &to).await;
    let trace = response.headers()["traceresponse"].to_str().expect("text")[3..35].to_owned();
    sink.trace(&trace, 2).await;
    let (_, success, printed) = relay.stop();
    assert!(success, "an outage that has ended does not make the exit fail: {printed}");
    assert!(sink.all().len() < 42, "spans were dropped");
    assert_eq!(printed.matches("wait in the queue").count(), 1, "one warning a minute: {printed}");
    let total =
        printed.lines().filter(|line| line.contains("since the start; last: the queue was full")).count();
    assert_eq!((total, printed.matches("telemetry::export").count()), (1, 2), "{printed}");
}
