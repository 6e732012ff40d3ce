//! Every way to a backend, for all three signals, from a process of its own.

use std::process::Command;
use std::time::Duration;

use tokio::net::TcpListener;

#[cfg(feature = "grpc")]
use crate::grpc;
use crate::relay::{Relay, binary, listener};
use crate::sink::Sink;
use crate::tls::{self, Files};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// All three signals on, to `url`.
fn all<'a>(url: &'a str, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut variables = vec![
        ("OTEL_EXPORTER_OTLP_ENDPOINT", url),
        ("OTEL_METRICS_EXPORTER", "otlp"),
        ("OTEL_LOGS_EXPORTER", "otlp"),
        ("OTEL_BLRP_SCHEDULE_DELAY", "20"),
        ("RUST_LOG", "warn"),
    ];
    variables.extend(more);
    variables
}

/// One request through a relay with these variables; what it printed.
async fn relayed(variables: &[(&str, &str)]) -> String {
    let relay = Relay::start(variables);
    let (to, _told) = listener().await;
    assert_eq!(relay.call(&[("traceparent", PARENT)], &to).await.status(), 200);
    let (_, success, printed) = relay.stop();
    assert!(success, "{printed}");
    printed
}

/// The spans of the request and nothing else, metrics, and the record of the one event.
fn has_all_signals(sink: &Sink) {
    let spans = sink.all();
    assert_eq!(spans.len(), 2, "the exporter's own work is never traced: {spans:#?}");
    assert!(spans.iter().all(|span| span.trace_id == TRACE));
    let metrics = format!("{:?}", sink.metrics.lock().expect("no panic"));
    assert!(metrics.contains("http.server.request.duration"), "{metrics}");
    let logs = format!("{:?}", sink.logs.lock().expect("no panic"));
    assert_eq!(logs.matches("relaying").count(), 1, "{logs}");
    for own in ["hyper", "h2", "rustls", "telemetry::export"] {
        assert!(
            !logs.contains(&format!("name: \"{own}")),
            "the exporters' own events are no records: {logs}"
        );
    }
}

#[tokio::test]
async fn http_protobuf_carries_all_signals_with_headers() {
    let sink = Sink::start();
    let printed =
        relayed(&all(&sink.url, &[("OTEL_EXPORTER_OTLP_HEADERS", "x-key=s%20cret,x-other=1")])).await;
    has_all_signals(&sink);
    for path in ["/v1/traces", "/v1/metrics", "/v1/logs"] {
        assert_eq!(sink.header(path, "content-type").as_deref(), Some("application/x-protobuf"));
        assert_eq!(sink.header(path, "x-key").as_deref(), Some("s cret"));
        assert_eq!(sink.header(path, "content-encoding"), None);
    }
    assert_eq!(printed, "");
}

#[tokio::test]
async fn http_json_carries_all_signals() {
    let sink = Sink::start();
    let printed = relayed(&all(&sink.url, &[("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json")])).await;
    has_all_signals(&sink);
    for path in ["/v1/traces", "/v1/metrics", "/v1/logs"] {
        assert_eq!(sink.header(path, "content-type").as_deref(), Some("application/json"));
    }
    assert_eq!(printed, "");
}

#[tokio::test]
async fn a_body_is_compressed_when_asked() {
    for protocol in ["http/protobuf", "http/json"] {
        let sink = Sink::start();
        let more = [("OTEL_EXPORTER_OTLP_PROTOCOL", protocol), ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip")];
        relayed(&all(&sink.url, &more)).await;
        has_all_signals(&sink);
        for path in ["/v1/traces", "/v1/metrics", "/v1/logs"] {
            assert_eq!(sink.header(path, "content-encoding").as_deref(), Some("gzip"));
        }
    }
}

#[cfg(feature = "grpc")]
#[tokio::test]
async fn grpc_carries_all_signals_with_headers_and_compression() {
    for compression in ["none", "gzip"] {
        let sink = grpc::backend().await;
        let more = [
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "x-key=s%20cret"),
            ("OTEL_EXPORTER_OTLP_COMPRESSION", compression),
        ];
        let printed = relayed(&all(&sink.url, &more)).await;
        has_all_signals(&sink);
        for path in ["traces", "metrics", "logs"] {
            assert_eq!(sink.header(path, "x-key").as_deref(), Some("s cret"));
            let encoding = (compression == "gzip").then_some("gzip");
            assert_eq!(sink.header(path, "grpc-encoding").as_deref(), encoding);
        }
        assert_eq!(printed, "");
    }
}

#[cfg(feature = "grpc")]
#[tokio::test]
async fn a_refusal_of_grpc_is_told_of_in_the_backends_words() {
    let sink = grpc::backend().await;
    let more = [("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"), ("OTEL_EXPORTER_OTLP_HEADERS", "x-key=wrong")];
    let relay = Relay::start(&all(&sink.url, &more));
    let (to, _told) = listener().await;
    relay.call(&[("traceparent", PARENT)], &to).await;
    let (_, success, printed) = relay.stop();
    assert!(!success, "spans were lost, and the exit says so");
    assert!(printed.contains("answered grpc-status 16: no such key"), "{printed}");
    assert!(!printed.contains("wrong"), "a key is never printed: {printed}");
    assert!(sink.all().is_empty());
}

#[tokio::test]
async fn tls_trusts_the_authorities_of_the_file_over_every_protocol() {
    let files = Files::make();
    let certificate = files.name("ca");
    for protocol in ["http/protobuf", "http/json"] {
        let sink = Sink::start();
        let door = tls::door(&sink.url, &files, None).await;
        let more =
            [("OTEL_EXPORTER_OTLP_PROTOCOL", protocol), ("OTEL_EXPORTER_OTLP_CERTIFICATE", &*certificate)];
        assert_eq!(relayed(&all(&door, &more)).await, "");
        has_all_signals(&sink);
    }
}

#[cfg(feature = "grpc")]
#[tokio::test]
async fn tls_carries_grpc_too() {
    let (files, clients) = (Files::make(), Files::make());
    let (certificate, client, key) = (files.name("ca"), clients.name("cert"), clients.name("key"));
    let sink = grpc::backend().await;
    let door = tls::door(&sink.url, &files, Some(&clients)).await;
    let more = [
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        ("OTEL_EXPORTER_OTLP_CERTIFICATE", &*certificate),
        ("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", &*client),
        ("OTEL_EXPORTER_OTLP_CLIENT_KEY", &*key),
    ];
    assert_eq!(relayed(&all(&door, &more)).await, "");
    has_all_signals(&sink);
}

#[tokio::test]
async fn a_backend_that_asks_for_a_certificate_gets_the_clients() {
    let (files, clients) = (Files::make(), Files::make());
    let (certificate, client, key) = (files.name("ca"), clients.name("cert"), clients.name("key"));
    let sink = Sink::start();
    let door = tls::door(&sink.url, &files, Some(&clients)).await;
    let more = [
        ("OTEL_EXPORTER_OTLP_CERTIFICATE", &*certificate),
        ("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", &*client),
        ("OTEL_EXPORTER_OTLP_CLIENT_KEY", &*key),
    ];
    assert_eq!(relayed(&all(&door, &more)).await, "");
    has_all_signals(&sink);
}

/// What is printed when nothing arrives at `url`.
async fn failing(url: &str, more: &[(&str, &str)]) -> String {
    let mut variables = all(url, more);
    variables.push(("OTEL_BSP_EXPORT_TIMEOUT", "300"));
    let relay = Relay::start(&variables);
    let (to, _told) = listener().await;
    relay.call(&[], &to).await;
    let (took, success, printed) = relay.stop();
    assert!(!success && took < Duration::from_secs(7), "{took:?} {printed}");
    printed
}

#[tokio::test]
async fn a_wrong_authority_or_no_certificate_is_told_of_with_what_to_do() {
    let (files, others) = (Files::make(), Files::make());
    let (certificate, wrong) = (files.name("ca"), others.name("ca"));
    let sink = Sink::start();
    let door = tls::door(&sink.url, &files, None).await;
    let printed = failing(&door, &[("OTEL_EXPORTER_OTLP_CERTIFICATE", &*wrong)]).await;
    assert!(printed.contains("invalid peer certificate"), "{printed}");
    assert!(printed.contains("name its authority's PEM file in OTEL_EXPORTER_OTLP_CERTIFICATE"), "{printed}");
    let door = tls::door(&sink.url, &files, Some(&others)).await;
    let printed = failing(&door, &[("OTEL_EXPORTER_OTLP_CERTIFICATE", &*certificate)]).await;
    assert!(printed.contains("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE"), "{printed}");
    assert!(sink.all().is_empty());
}

#[test]
fn unusable_certificates_stop_the_start_and_say_which() {
    let files = Files::make();
    let (key, certificate) = (files.name("key"), files.name("cert"));
    for (variables, said) in [
        (vec![("OTEL_EXPORTER_OTLP_CERTIFICATE", "/nowhere.pem")], "/nowhere.pem"),
        (vec![("OTEL_EXPORTER_OTLP_CERTIFICATE", &*key)], "NoCertificate"),
        (vec![("OTEL_EXPORTER_OTLP_CLIENT_KEY", &*key)], "HalfAnIdentity"),
        (
            vec![
                ("OTEL_EXPORTER_OTLP_CLIENT_KEY", &*certificate),
                ("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", &*certificate),
            ],
            "Pem",
        ),
    ] {
        let output = Command::new(binary()).arg("127.0.0.1:0").envs(variables).output().expect("it runs");
        let printed = String::from_utf8(output.stderr).expect("text");
        assert!(!output.status.success() && printed.contains(said), "{printed}");
    }
}

#[tokio::test]
async fn the_exporters_own_work_is_never_traced_nor_exported_however_much_is_printed() {
    let mut sinks = vec![("http/protobuf", Sink::start()), ("http/json", Sink::start())];
    #[cfg(feature = "grpc")]
    sinks.push(("grpc", grpc::backend().await));
    for (protocol, sink) in sinks {
        let more = [("OTEL_EXPORTER_OTLP_PROTOCOL", protocol), ("RUST_LOG", "trace")];
        let printed = relayed(&all(&sink.url, &more)).await;
        assert!(printed.contains("hyper_util::"), "it is at work: {printed}");
        has_all_signals(&sink);
        let events = sink.all().into_iter().flat_map(|span| span.events);
        assert!(events.into_iter().all(|event| event.name == "relaying"), "{protocol}: {:#?}", sink.all());
    }
}

#[tokio::test]
async fn a_backend_that_answers_too_late_is_given_up_after_the_timeout() {
    let silent = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}", silent.local_addr().expect("an address"));
    let more = [("OTEL_EXPORTER_OTLP_TIMEOUT", "100")];
    let printed = failing(&url, &more).await;
    // Each signal tells of itself, once.
    assert_eq!(printed.matches("telemetry::export").count(), 3, "{printed}");
    for said in ["spans cannot be exported", "metrics could not be exported", "log records could not"] {
        assert!(printed.contains(said), "{printed}");
    }
}

#[tokio::test]
async fn console_prints_every_signal_on_standard_output() {
    let variables = [
        ("OTEL_TRACES_EXPORTER", "console"),
        ("OTEL_METRICS_EXPORTER", "console"),
        ("OTEL_LOGS_EXPORTER", "console"),
    ];
    let relay = Relay::start(&variables);
    let (to, _told) = listener().await;
    relay.call(&[("traceparent", PARENT)], &to).await;
    let printed = relay.output();
    assert!(printed.contains(&format!("span trace_id={TRACE}")), "{printed}");
    assert!(printed.contains("http.server.request.duration"), "{printed}");
    assert!(printed.contains("relaying"), "{printed}");
}

#[tokio::test]
async fn none_exports_nothing_and_still_carries_contexts_on() {
    let sink = Sink::start();
    let variables = [("OTEL_EXPORTER_OTLP_ENDPOINT", sink.url.as_str()), ("OTEL_TRACES_EXPORTER", "none")];
    let relay = Relay::start(&variables);
    let (to, mut told) = listener().await;
    relay.call(&[("traceparent", PARENT)], &to).await;
    let sent = told.recv().await.expect("a request");
    assert!(sent.contains(&format!("traceparent: 00-{TRACE}-")) && !sent.contains(PARENT), "{sent}");
    assert!(relay.stop().1);
    assert!(sink.heads.lock().expect("no panic").is_empty());
}
