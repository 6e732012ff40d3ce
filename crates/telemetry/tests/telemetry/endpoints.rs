//! Every spelling of an endpoint: it goes where it says, or the process refuses to start in one sentence.

use std::net::SocketAddr;
use std::process::Command;

use crate::background_server::counting;
use crate::export::all_signals;
use crate::relay::{Relay, binary, recording_server};
use crate::sink::Sink;

async fn call(variables: &[(&str, &str)]) -> String {
    let relay = Relay::start(variables);
    let (to, _requests) = recording_server().await;
    assert_eq!(relay.call(&[], &to).await.status(), 200);
    let (_, success, printed) = relay.stop();
    assert!(success, "{printed}");
    printed
}

#[tokio::test]
async fn an_endpoint_that_cannot_be_used_is_refused_at_the_start() {
    for (endpoint, protocol, problem) in [
        ("localhost:4318", "http/protobuf", "it has no scheme"),
        ("unix:///run/S3CRET.sock", "grpc", "its scheme is not http or https"),
        ("http://me:S3CRET@127.0.0.1:65536", "http/json", "its port is not a number from 1 to 65535"),
        ("http://127.0.0.1:0", "http/protobuf", "its port is not a number from 1 to 65535"),
        ("http://[fe80::1%25S3CRET]:4318", "http/protobuf", "its IPv6 address has a zone"),
        ("http://::1:4318", "http/protobuf", "its host is not a name"),
        ("localhost:99999", "grpc", "its port is not a number from 1 to 65535"),
    ] {
        for (signal, name) in [
            ("TRACES", "OTEL_EXPORTER_OTLP_ENDPOINT"),
            ("METRICS", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"),
            ("LOGS", "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT"),
        ] {
            if protocol == "grpc" && !cfg!(feature = "grpc") {
                continue;
            }
            let mut command = Command::new(binary());
            command.arg("127.0.0.1:0").env(name, endpoint).env("OTEL_EXPORTER_OTLP_PROTOCOL", protocol);
            for other in ["TRACES", "METRICS", "LOGS"].into_iter().filter(|other| *other != signal) {
                command.env(format!("OTEL_{other}_EXPORTER"), "none");
            }
            let output = command.output().expect("the relay runs");
            let printed = String::from_utf8(output.stderr).expect("text");
            assert!(!output.status.success(), "{endpoint}: {printed}");
            assert!(printed.contains(&format!("{name} cannot be used: {problem}")), "{endpoint}: {printed}");
            assert!(!printed.contains("S3CRET") && printed.trim().lines().count() == 1, "{printed}");
        }
    }
}

#[tokio::test]
async fn user_password_and_query_are_sent_as_the_url_says() {
    let (url, requests) = counting("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    let url = url.replace("http://", "http://me:p%40ss@");
    call(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &format!("{url}/base/?tenant=a"))]).await;
    let head = requests.first().expect("a request");
    assert!(head.starts_with("POST /base/v1/traces?tenant=a HTTP/1.1\r\n"), "{head}");
    assert!(head.contains("authorization: Basic bWU6cEBzcw==\r\n"), "{head}");
    assert!(!head.contains('@'), "{head}");
}

#[tokio::test]
async fn an_ipv6_address_in_brackets_is_reached() {
    let sink = Sink::start_at(SocketAddr::from((std::net::Ipv6Addr::LOCALHOST, 0)));
    assert!(sink.url.starts_with("http://[::1]:"), "{}", sink.url);
    call(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &sink.url)]).await;
    assert_eq!(sink.all().len(), 2);
}

#[tokio::test]
async fn no_log_line_contains_the_password_or_key_of_an_endpoint_at_any_level() {
    let secrets = ["S3CRET-PASSWORD", "UzNDUkVULVBBU1NXT1JE", "S3CRET-KEY", "S3CRET-HEADER"];
    let mut sinks = vec![("http/protobuf", Sink::start()), ("http/json", Sink::start())];
    #[cfg(feature = "grpc")]
    sinks.push(("grpc", crate::grpc::backend().await));
    for (protocol, sink) in sinks {
        let with_password = sink.url.replace("http://", "http://me:S3CRET-PASSWORD@");
        let url = format!("{with_password}/?token=S3CRET-KEY");
        let more = [
            ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
            ("OTEL_EXPORTER_OTLP_HEADERS", "x-key=S3CRET-HEADER"),
            ("RUST_LOG", "trace"),
        ];
        let printed = call(&all_signals(&url, &more)).await;
        assert!(printed.contains("hyper_util::"), "{printed}");
        for secret in secrets {
            let line = printed.lines().find(|line| line.contains(secret));
            assert_eq!(line, None, "{protocol}");
        }
        assert_eq!(sink.all().len(), 2, "{protocol}");
        // Of a backend that is gone, too.
        let gone = "http://me:S3CRET-PASSWORD@127.0.0.1:9/?token=S3CRET-KEY";
        let relay =
            Relay::start(&all_signals(gone, &[&more[..], &[("OTEL_BSP_EXPORT_TIMEOUT", "200")]].concat()));
        let (to, _requests) = recording_server().await;
        relay.call(&[], &to).await;
        let (_, _, printed) = relay.stop();
        assert!(printed.contains("could not be exported"), "{printed}");
        for secret in secrets {
            let line = printed.lines().find(|line| line.contains(secret));
            assert_eq!(line, None, "{protocol}");
        }
    }
}
