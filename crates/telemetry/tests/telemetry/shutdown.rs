//! The end of a process, and outages before it.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tokio::net::TcpListener;

use crate::relay::{Relay, example, listener, terminate};
use crate::sink::Sink;

const FLAVOURS: [&str; 3] = ["actix", "current-thread", "multi-thread"];
/// What the example makes.
const SPANS: usize = 101;
/// Five seconds, and what a loaded machine adds.
const DEADLINE: Duration = Duration::from_secs(7);

/// The example on this runtime, once it has made its spans.
fn started(flavour: &str, variables: &[(&str, &str)]) -> Child {
    let mut command = Command::new(example("runtimes"));
    command.arg(flavour).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.envs(variables.iter().copied()).spawn().expect("the example runs");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("a pipe")).read_line(&mut line).expect("a line");
    assert_eq!(line, "ready\n");
    child
}

/// SIGTERM: how long it took to end, whether well, and what was printed.
fn stopped(mut child: Child) -> (Duration, bool, String) {
    let began = Instant::now();
    terminate(&child);
    let mut printed = String::new();
    child.stderr.take().expect("a pipe").read_to_string(&mut printed).expect("text");
    let status = child.wait().expect("it ends");
    (began.elapsed(), status.success(), printed)
}

/// Nothing leaves by itself before the end.
fn patient(url: &str) -> [(&str, &str); 6] {
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
async fn sigterm_loses_nothing_on_any_runtime_over_any_protocol() {
    for flavour in FLAVOURS {
        let mut sinks = vec![("http/protobuf", Sink::start()), ("http/json", Sink::start())];
        #[cfg(feature = "grpc")]
        sinks.push(("grpc", crate::grpc::backend().await));
        for (protocol, sink) in sinks {
            let mut variables = patient(&sink.url).to_vec();
            variables.push(("OTEL_EXPORTER_OTLP_PROTOCOL", protocol));
            let child = started(flavour, &variables);
            assert!(sink.all().is_empty());
            let (took, success, printed) = stopped(child);
            assert!(success && took < DEADLINE, "{flavour} {protocol}: {took:?} {printed}");
            assert_eq!(sink.all().len(), SPANS, "{flavour} {protocol}");
            let logs = format!("{:?}", sink.logs.lock().expect("no panic"));
            assert_eq!(logs.matches("at work").count(), SPANS - 1, "{flavour} {protocol}");
            assert_eq!(logs.matches("stopping").count(), 1, "{flavour} {protocol}");
            assert!(!sink.metrics.lock().expect("no panic").is_empty(), "{flavour} {protocol}");
        }
    }
}

#[tokio::test]
async fn a_dead_backend_does_not_hold_the_exit_on_any_runtime() {
    // One that nobody listens at, and one that accepts and never answers: for all three signals.
    let gone =
        std::net::TcpListener::bind("127.0.0.1:0").expect("a free port").local_addr().expect("an address");
    let silent = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    for address in [gone, silent.local_addr().expect("an address")] {
        let url = format!("http://{address}");
        for flavour in FLAVOURS {
            let (took, success, printed) = stopped(started(flavour, &patient(&url)));
            assert!(took < DEADLINE, "{flavour} {address}: {took:?}");
            assert!(!success, "spans were lost, and the exit says so: {printed}");
            assert!(printed.matches("spans ca").count() <= 1, "{printed}");
        }
    }
}

#[tokio::test]
async fn an_outage_drops_what_does_not_fit_counts_it_and_ends_by_itself() {
    let reserved = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = reserved.local_addr().expect("an address");
    drop(reserved);
    let url = format!("http://{address}");
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", url.as_str()),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "10"),
        ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "4"),
        ("RUST_LOG", "warn"),
    ];
    let relay = Relay::start(&variables);
    let (to, _told) = listener().await;
    // The queue's ten, the batch of four that is tried, and more than that.
    for _ in 0..20 {
        assert_eq!(relay.call(&[], &to).await.status(), 200);
    }
    let sink = Sink::start_at(address);
    let kept = sink.until(|spans| (spans.len() >= 10).then_some(spans.len())).await;
    assert!(kept <= 14, "{kept}");
    // It goes on as if nothing had been.
    let answer = relay.call(&[], &to).await;
    let trace = answer.headers()["traceresponse"].to_str().expect("text")[3..35].to_owned();
    sink.trace(&trace, 2).await;
    let (_, success, printed) = relay.stop();
    assert!(!success, "what was dropped is told of at the end: {printed}");
    let dropped = 40 - sink.all().len() + 2;
    assert!(printed.contains(&format!("Dropped {{ dropped: {dropped} }}")), "{dropped}: {printed}");
    assert_eq!(printed.matches("telemetry::export").count(), 1, "one warning a minute: {printed}");
}
