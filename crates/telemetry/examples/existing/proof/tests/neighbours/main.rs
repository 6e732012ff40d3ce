//! Applications with neighbours that the crate's own workspace cannot have. `../neighbours.sh` builds them first, and runs these
//! tests.

#[path = "../../../../../tests/telemetry/background_server.rs"]
#[expect(dead_code, reason = "the crate's own tests use the rest")]
mod background_server;
#[path = "../../../../../tests/telemetry/sink.rs"]
#[expect(dead_code, reason = "the crate's own tests use the rest")]
mod sink;
#[path = "../../../../../tests/telemetry/tls.rs"]
mod tls;

use std::process::{Command, Output};

use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use sink::{Sink, Span};
use tls::PemFiles;

const KEYS_ARE_UNIQUE: bool = true;

/// Runs a binary of this workspace until its end.
fn run(name: &str, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let test = std::env::current_exe().expect("a path");
    let target = test.parent().and_then(|deps| deps.parent()).expect("a target directory");
    let mut command = Command::new(target.join(name));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("OTEL_") || name == "RUST_LOG") {
        command.env_remove(name);
    }
    command.env("OTEL_METRICS_EXPORTER", "none").env("OTEL_LOGS_EXPORTER", "none");
    command
        .args(arguments)
        .envs(variables.iter().copied())
        .output()
        .expect("it runs: start with neighbours.sh")
}

#[track_caller]
fn named<'a>(spans: &'a [Span], name: &str) -> &'a Span {
    spans.iter().find(|span| span.name == name).unwrap_or_else(|| panic!("{name}: {spans:#?}"))
}

#[actix_web::test]
async fn spans_are_whole_beside_tokios_console_which_sees_its_tasks() {
    let sink = Sink::start();
    let directory = tempfile::tempdir().expect("a directory");
    let recording = directory.path().join("recording");
    let arguments = [recording.to_str().expect("text")];
    let output = run("console", &arguments, &[("OTEL_EXPORTER_OTLP_ENDPOINT", &sink.url)]);
    assert!(output.status.success(), "{output:?}");
    let spans = sink.all();
    assert_eq!(spans.len(), 2, "{spans:#?}");
    let (outer, inner) = (named(&spans, "outer"), named(&spans, "inner"));
    assert_eq!((&inner.trace_id, &inner.parent), (&outer.trace_id, &outer.span_id));
    assert_eq!(outer.integer("app.id"), Some(7));
    assert_eq!(inner.events.len(), 1, "{inner:#?}");
    let recorded = std::fs::read_to_string(&recording).expect("the recording");
    assert!(recorded.contains("a task"), "{recorded}");
}

#[actix_web::test]
async fn spans_of_axum_tracing_opentelemetry_join_the_trace_within_the_callers_context() {
    let sink = Sink::start();
    let filter = ("TELEMETRY_FILTER", "info,otel::tracing=trace");
    let output = run("axum-service", &[], &[("OTEL_EXPORTER_OTLP_ENDPOINT", &sink.url), filter]);
    assert!(output.status.success(), "{output:?}");
    let spans = sink.all();
    assert_eq!(spans.len(), 8, "{spans:#?}");
    let server = |route: &str| named(&spans, &format!("GET {route}"));
    let (alone, joined) = (server("/alone/posts/{id}"), server("/joined/posts/{id}"));
    let call = |of: &str| {
        let ends = |span: &&Span| span.text("url.full").is_some_and(|url| url.ends_with(of));
        spans.iter().find(ends).expect("a call")
    };
    let caller = call("/joined/posts/7");
    assert_eq!((&joined.trace_id, &joined.parent), (&caller.trace_id, &caller.span_id));
    assert_ne!(
        alone.trace_id,
        call("/alone/posts/7").trace_id,
        "README.md says that it needs the other middleware"
    );
    for server in [alone, joined] {
        assert_eq!(server.kind, SpanKind::Server);
        assert_eq!(server.integer("http.response.status_code"), Some(200));
        let load = spans.iter().find(|span| span.name == "load" && span.parent == server.span_id);
        assert_eq!(load.map(|load| &load.trace_id), Some(&server.trace_id), "{spans:#?}");
    }
}

/// Runs `aws-lc` or `aws-lc-and-ring` with an https endpoint. Returns what it printed, and the names of the exported spans.
async fn run_with_tls(name: &str, arguments: &[&str]) -> (String, Vec<String>) {
    let (sink, files) = (Sink::start(), PemFiles::generate());
    let url = tls::proxy(&sink.url, &files, None).await;
    let authority = files.path_text("ca");
    let variables = [("OTEL_EXPORTER_OTLP_ENDPOINT", &*url), ("OTEL_EXPORTER_OTLP_CERTIFICATE", &authority)];
    let output = run(name, arguments, &variables);
    assert!(output.status.success(), "{output:?}");
    let printed = String::from_utf8(output.stdout).expect("text");
    (printed, sink.all().into_iter().map(|span| span.name).collect())
}

#[actix_web::test]
async fn without_tls_ring_rustls_keeps_aws_lc_as_its_default_and_spans_are_exported_with_it() {
    for arguments in [&[][..], &["install"]] {
        let (printed, spans) = run_with_tls("aws-lc", arguments).await;
        assert_eq!((&*printed, spans), ("true true\n", vec!["handshake".to_owned()]), "{arguments:?}");
    }
}

#[actix_web::test]
async fn with_tls_ring_the_application_installs_its_provider_and_spans_are_exported_either_way() {
    for (arguments, expected) in [(&[][..], "false false\n"), (&["install"], "true true\n")] {
        let (printed, spans) = run_with_tls("aws-lc-and-ring", arguments).await;
        assert_eq!((&*printed, spans), (expected, vec!["handshake".to_owned()]), "{arguments:?}");
    }
}
