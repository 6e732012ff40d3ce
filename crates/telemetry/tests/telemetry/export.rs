//! Export of all three signals over every protocol, from a separate process.

use std::process::Command;
use std::time::Duration;

use tokio::net::TcpListener;

use crate::background_server::answering;
#[cfg(feature = "grpc")]
use crate::grpc;
use crate::relay::{Relay, binary, recording_server};
use crate::sink::Sink;
use crate::tls::{self, PemFiles};

pub(crate) const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
pub(crate) const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// Variables that export all three signals to `url`.
pub(crate) fn all_signals<'a>(url: &'a str, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
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

/// Sends one request to a relay with these variables. Returns its standard error.
pub(crate) async fn relay_one_request(variables: &[(&str, &str)]) -> String {
    let relay = Relay::start(variables);
    let (to, _requests) = recording_server().await;
    assert_eq!(relay.call(&[("traceparent", PARENT)], &to).await.status(), 200);
    let (_, success, printed) = relay.stop();
    assert!(success, "{printed}");
    printed
}

/// Checks that exactly the two spans of the request arrived, metrics, and one log record of its event.
pub(crate) fn assert_all_signals(sink: &Sink) {
    let spans = sink.all();
    assert_eq!(spans.len(), 2, "the exporter's activity is never traced: {spans:#?}");
    assert!(spans.iter().all(|span| span.trace_id == TRACE));
    let metrics = format!("{:?}", sink.metrics.lock().expect("no panic"));
    assert!(metrics.contains("http.server.request.duration"), "{metrics}");
    let logs = format!("{:?}", sink.logs.lock().expect("no panic"));
    assert_eq!(logs.matches("relaying").count(), 1, "{logs}");
    for target in ["hyper", "h2", "rustls", "telemetry::export"] {
        assert!(
            !logs.contains(&format!("name: \"{target}")),
            "events of the exporters are not exported: {logs}"
        );
    }
}

#[tokio::test]
async fn http_protobuf_exports_all_signals_with_headers() {
    let sink = Sink::start();
    let printed = relay_one_request(&all_signals(
        &sink.url,
        &[("OTEL_EXPORTER_OTLP_HEADERS", "x-key=s%20cret,x-other=1")],
    ))
    .await;
    assert_all_signals(&sink);
    for path in ["/v1/traces", "/v1/metrics", "/v1/logs"] {
        assert_eq!(sink.header(path, "content-type").as_deref(), Some("application/x-protobuf"));
        assert_eq!(sink.header(path, "x-key").as_deref(), Some("s cret"));
        assert_eq!(sink.header(path, "content-encoding"), None);
        let agent = concat!("telemetry-rust/", env!("CARGO_PKG_VERSION"));
        assert_eq!(sink.header(path, "user-agent").as_deref(), Some(agent));
    }
    assert_eq!(printed, "");
}

#[tokio::test]
async fn a_configured_user_agent_is_that_of_all_signals() {
    let sink = Sink::start();
    relay_one_request(&all_signals(&sink.url, &[("OTEL_EXPORTER_OTLP_HEADERS", "User-Agent=feed%2F1")]))
        .await;
    for path in ["/v1/traces", "/v1/metrics", "/v1/logs"] {
        assert_eq!(sink.header(path, "user-agent").as_deref(), Some("feed/1"), "{path}");
    }
}

#[tokio::test]
async fn http_json_exports_all_signals() {
    let sink = Sink::start();
    let printed =
        relay_one_request(&all_signals(&sink.url, &[("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json")])).await;
    assert_all_signals(&sink);
    for path in ["/v1/traces", "/v1/metrics", "/v1/logs"] {
        assert_eq!(sink.header(path, "content-type").as_deref(), Some("application/json"));
    }
    assert_eq!(printed, "");
}

#[tokio::test]
async fn export_body_is_compressed_when_configured() {
    for protocol in ["http/protobuf", "http/json"] {
        let sink = Sink::start();
        let more = [("OTEL_EXPORTER_OTLP_PROTOCOL", protocol), ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip")];
        relay_one_request(&all_signals(&sink.url, &more)).await;
        assert_all_signals(&sink);
        for path in ["/v1/traces", "/v1/metrics", "/v1/logs"] {
            assert_eq!(sink.header(path, "content-encoding").as_deref(), Some("gzip"));
        }
    }
}

#[cfg(feature = "grpc")]
#[tokio::test]
async fn grpc_exports_all_signals_with_headers_and_compression() {
    for compression in ["none", "gzip"] {
        let sink = grpc::backend().await;
        let more = [
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "x-key=s%20cret"),
            ("OTEL_EXPORTER_OTLP_COMPRESSION", compression),
        ];
        let printed = relay_one_request(&all_signals(&sink.url, &more)).await;
        assert_all_signals(&sink);
        for path in ["traces", "metrics", "logs"] {
            assert_eq!(sink.header(path, "x-key").as_deref(), Some("s cret"));
            let agent = concat!("telemetry-rust/", env!("CARGO_PKG_VERSION"));
            assert_eq!(sink.header(path, "user-agent").as_deref(), Some(agent));
            let encoding = (compression == "gzip").then_some("gzip");
            assert_eq!(sink.header(path, "grpc-encoding").as_deref(), encoding);
        }
        assert_eq!(printed, "");
    }
}

#[cfg(feature = "grpc")]
#[tokio::test]
async fn grpc_rejection_is_logged_with_the_backends_message() {
    let sink = grpc::backend().await;
    let more = [("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"), ("OTEL_EXPORTER_OTLP_HEADERS", "x-key=wrong")];
    let relay = Relay::start(&all_signals(&sink.url, &more));
    let (to, _requests) = recording_server().await;
    relay.call(&[("traceparent", PARENT)], &to).await;
    let (_, success, printed) = relay.stop();
    assert!(!success, "lost spans make the exit fail");
    assert!(printed.contains("answered grpc-status 16: no such key"), "{printed}");
    assert!(!printed.contains("wrong"), "secret headers are never printed: {printed}");
    assert!(sink.all().is_empty());
}

#[tokio::test]
async fn tls_trusts_the_configured_certificate_authority_for_http() {
    let files = PemFiles::generate();
    let certificate = files.path_text("ca");
    for protocol in ["http/protobuf", "http/json"] {
        let sink = Sink::start();
        let proxy = tls::proxy(&sink.url, &files, None).await;
        let more =
            [("OTEL_EXPORTER_OTLP_PROTOCOL", protocol), ("OTEL_EXPORTER_OTLP_CERTIFICATE", &*certificate)];
        assert_eq!(relay_one_request(&all_signals(&proxy, &more)).await, "");
        assert_all_signals(&sink);
    }
}

#[cfg(feature = "grpc")]
#[tokio::test]
async fn grpc_exports_over_mutual_tls() {
    let (files, clients) = (PemFiles::generate(), PemFiles::generate());
    let (certificate, client, key) =
        (files.path_text("ca"), clients.path_text("cert"), clients.path_text("key"));
    let sink = grpc::backend().await;
    let proxy = tls::proxy(&sink.url, &files, Some(&clients)).await;
    let more = [
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        ("OTEL_EXPORTER_OTLP_CERTIFICATE", &*certificate),
        ("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", &*client),
        ("OTEL_EXPORTER_OTLP_CLIENT_KEY", &*key),
    ];
    assert_eq!(relay_one_request(&all_signals(&proxy, &more)).await, "");
    assert_all_signals(&sink);
}

#[tokio::test]
async fn http_exports_over_mutual_tls() {
    let (files, clients) = (PemFiles::generate(), PemFiles::generate());
    let (certificate, client, key) =
        (files.path_text("ca"), clients.path_text("cert"), clients.path_text("key"));
    let sink = Sink::start();
    let proxy = tls::proxy(&sink.url, &files, Some(&clients)).await;
    let more = [
        ("OTEL_EXPORTER_OTLP_CERTIFICATE", &*certificate),
        ("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", &*client),
        ("OTEL_EXPORTER_OTLP_CLIENT_KEY", &*key),
    ];
    assert_eq!(relay_one_request(&all_signals(&proxy, &more)).await, "");
    assert_all_signals(&sink);
}

/// Sends one request to a relay whose exports to `url` fail. Returns its standard error.
pub(crate) async fn stderr_of_failed_export(url: &str, more: &[(&str, &str)]) -> String {
    let mut variables = all_signals(url, more);
    variables.push(("OTEL_BSP_EXPORT_TIMEOUT", "300"));
    let relay = Relay::start(&variables);
    let (to, _requests) = recording_server().await;
    relay.call(&[], &to).await;
    let (took, success, printed) = relay.stop();
    assert!(!success && took < Duration::from_secs(7), "{took:?} {printed}");
    printed
}

#[tokio::test]
async fn tls_failure_is_logged_with_the_variable_to_set() {
    let (files, others) = (PemFiles::generate(), PemFiles::generate());
    let (certificate, wrong) = (files.path_text("ca"), others.path_text("ca"));
    let sink = Sink::start();
    let proxy = tls::proxy(&sink.url, &files, None).await;
    let printed = stderr_of_failed_export(&proxy, &[("OTEL_EXPORTER_OTLP_CERTIFICATE", &*wrong)]).await;
    assert!(printed.contains("invalid peer certificate"), "{printed}");
    assert!(printed.contains("name its authority's PEM file in OTEL_EXPORTER_OTLP_CERTIFICATE"), "{printed}");
    let proxy = tls::proxy(&sink.url, &files, Some(&others)).await;
    let printed = stderr_of_failed_export(&proxy, &[("OTEL_EXPORTER_OTLP_CERTIFICATE", &*certificate)]).await;
    assert!(printed.contains("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE"), "{printed}");
    assert!(sink.all().is_empty());
}

#[tokio::test]
async fn tls_failure_of_honeycomb_names_the_variable_that_honeycomb_reads() {
    let (files, others) = (PemFiles::generate(), PemFiles::generate());
    let wrong = others.path_text("ca");
    let (sink, local) = (Sink::start(), Sink::start());
    let proxy = tls::proxy(&sink.url, &files, None).await;
    let honeycomb =
        [("HONEYCOMB_API_KEY", "0123"), ("HONEYCOMB_API_ENDPOINT", &*proxy), ("SSL_CERT_FILE", &*wrong)];
    let printed = stderr_of_failed_export(&local.url, &honeycomb).await;
    assert!(printed.contains("name its authority's PEM file in SSL_CERT_FILE"), "{printed}");
}

#[tokio::test]
async fn a_partial_success_is_logged_with_its_reason() {
    let body = r#"{"partialSuccess":{"rejectedSpans":"1","errorMessage":"the quota is used up"}}"#;
    let warning = r#"{"partialSuccess":{"errorMessage":"the key expires tomorrow"}}"#;
    for (body, rejected) in [(body, true), (warning, false)] {
        let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length";
        let answer = format!("{head}: {}\r\n\r\n{body}", body.len());
        let url = answering(answer.leak()).await;
        let variables = [
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json"),
            ("OTEL_METRICS_EXPORTER", "none"),
            ("OTEL_LOGS_EXPORTER", "none"),
        ];
        let relay = Relay::start(&all_signals(&url, &variables));
        let (to, _requests) = recording_server().await;
        relay.call(&[], &to).await;
        let (_, success, printed) = relay.stop();
        assert_eq!(success, !rejected, "{printed}");
        let expected = if rejected { "the quota is used up" } else { "the key expires tomorrow" };
        assert!(printed.contains(expected), "{printed}");
    }
}

#[tokio::test]
async fn a_web_page_in_place_of_an_answer_is_a_failure() {
    let url =
        answering("HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 6\r\n\r\n<html>").await;
    let printed = stderr_of_failed_export(&url, &[]).await;
    assert!(printed.contains("a web page, not OTLP"), "{printed}");
}

#[test]
fn unusable_certificate_fails_startup_with_its_reason() {
    let files = PemFiles::generate();
    let (key, certificate) = (files.path_text("key"), files.path_text("cert"));
    for (variables, expected) in [
        (vec![("OTEL_EXPORTER_OTLP_CERTIFICATE", "/nowhere.pem")], "/nowhere.pem"),
        (vec![("OTEL_EXPORTER_OTLP_CERTIFICATE", &*key)], "key contains no certificate"),
        (
            vec![("OTEL_EXPORTER_OTLP_CLIENT_KEY", &*key)],
            "set both OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE and",
        ),
        (
            vec![
                ("OTEL_EXPORTER_OTLP_CLIENT_KEY", &*certificate),
                ("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", &*certificate),
            ],
            "as PEM; check SSL_CERT_FILE",
        ),
    ] {
        let output =
            Command::new(binary()).arg("127.0.0.1:0").envs(variables).output().expect("the relay runs");
        let printed = String::from_utf8(output.stderr).expect("text");
        assert!(!output.status.success() && printed.contains(expected), "{printed}");
    }
}

#[test]
fn a_key_in_place_of_a_certificate_is_not_repeated() {
    for variable in ["OTEL_EXPORTER_OTLP_CERTIFICATE", "SSL_CERT_FILE"] {
        let key = [(variable, "hcaik_S3CRET0123")];
        let output = Command::new(binary()).arg("127.0.0.1:0").envs(key).output().expect("the relay runs");
        let printed = String::from_utf8(output.stderr).expect("text");
        assert!(!output.status.success() && printed.contains("a name that may be a key"), "{printed}");
        assert!(!printed.contains("S3CRET"), "{printed}");
    }
}

#[tokio::test]
async fn exporter_activity_is_never_exported_whatever_the_log_level() {
    let mut sinks = vec![("http/protobuf", Sink::start()), ("http/json", Sink::start())];
    #[cfg(feature = "grpc")]
    sinks.push(("grpc", grpc::backend().await));
    for (protocol, sink) in sinks {
        let more = [("OTEL_EXPORTER_OTLP_PROTOCOL", protocol), ("RUST_LOG", "trace")];
        let printed = relay_one_request(&all_signals(&sink.url, &more)).await;
        assert!(printed.contains("hyper_util::"), "events of the exporter are printed: {printed}");
        assert_all_signals(&sink);
        let events = sink.all().into_iter().flat_map(|span| span.events);
        assert!(events.into_iter().all(|event| event.name == "relaying"), "{protocol}: {:#?}", sink.all());
    }
}

#[tokio::test]
async fn unresponsive_backend_is_abandoned_after_the_timeout() {
    let silent = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}", silent.local_addr().expect("an address"));
    let more = [("OTEL_EXPORTER_OTLP_TIMEOUT", "100")];
    let printed = stderr_of_failed_export(&url, &more).await;
    // Each signal logs its failure once, and spans what was dropped in the end.
    assert_eq!(printed.matches("telemetry::export").count(), 4, "{printed}");
    for expected in [
        "spans cannot be exported",
        "spans were dropped reason",
        "metrics could not be exported",
        "log records could not",
    ] {
        assert_eq!(printed.matches(expected).count(), 1, "{printed}");
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
    let (to, _requests) = recording_server().await;
    relay.call(&[("traceparent", PARENT)], &to).await;
    let printed = relay.stop_and_read_stdout();
    assert!(printed.contains(&format!("span trace_id={TRACE}")), "{printed}");
    assert!(printed.contains("http.server.request.duration"), "{printed}");
    assert!(printed.contains("relaying"), "{printed}");
}

#[tokio::test]
async fn exporter_none_still_propagates_contexts() {
    let sink = Sink::start();
    let variables = [("OTEL_EXPORTER_OTLP_ENDPOINT", sink.url.as_str()), ("OTEL_TRACES_EXPORTER", "none")];
    let relay = Relay::start(&variables);
    let (to, mut requests) = recording_server().await;
    relay.call(&[("traceparent", PARENT)], &to).await;
    let sent = requests.recv().await.expect("a request");
    assert!(sent.contains(&format!("traceparent: 00-{TRACE}-")) && !sent.contains(PARENT), "{sent}");
    assert!(relay.stop().1);
    assert!(sink.request_headers.lock().expect("no panic").is_empty());
}
