//! What passes between this system and strangers.

use opentelemetry::baggage::BaggageExt;
use opentelemetry::trace::FutureExt;
use opentelemetry::{Context, KeyValue};
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use reqwest_middleware::ClientBuilder;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::app::harness;
use crate::relay::{Relay, header, listener, parent};
use crate::sink::{Sink, hex, only};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

/// The head of a request to `host`, which stands for `to`, with baggage in the context.
async fn sent_to(host: &str, to: &str, told: &mut tokio::sync::mpsc::UnboundedReceiver<String>) -> String {
    harness();
    let address = to.strip_prefix("http://").and_then(|to| to.strip_suffix('/')).expect("an address");
    let address: std::net::SocketAddr = address.parse().expect("an address");
    let client = reqwest::Client::builder().resolve(host, address).build().expect("a client");
    let client = telemetry::client::instrument(ClientBuilder::new(client)).build();
    let context = Context::new().with_baggage([KeyValue::new("tenant", "ours")]);
    let url = format!("http://{host}:{}/", address.port());
    client.get(url).send().with_context(context).await.expect("an answer");
    told.recv().await.expect("a request")
}

#[tokio::test]
async fn baggage_goes_to_hosts_of_ours_and_to_no_other() {
    let (to, mut told) = listener().await;
    for own in ["users", "localhost"] {
        let sent = sent_to(own, &to, &mut told).await;
        assert_eq!(header(&sent, "baggage"), Some("tenant=ours"), "{own}");
        assert!(header(&sent, "traceparent").is_some());
    }
    for stranger in ["stranger.example", "localhost.stranger.example"] {
        let sent = sent_to(stranger, &to, &mut told).await;
        assert_eq!(header(&sent, "baggage"), None, "{stranger}");
        assert!(header(&sent, "traceparent").is_some(), "the trace goes on: {stranger}");
    }
}

#[tokio::test]
async fn a_redirect_to_a_stranger_takes_no_baggage_along() {
    harness();
    let (to, mut told) = listener().await;
    let port = to.rsplit(':').next().and_then(|rest| rest.strip_suffix('/')).expect("a port").to_owned();
    let redirecting = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let from = redirecting.local_addr().expect("an address");
    let target = to.clone();
    tokio::spawn(async move {
        // To a stranger first, to a host of ours then.
        for location in [format!("http://stranger.example:{port}/"), target] {
            let (mut stream, _) = redirecting.accept().await.expect("a connection");
            let mut heard = vec![0; 8192];
            let _ = stream.read(&mut heard).await;
            let answer = format!(
                "HTTP/1.1 307 Moved\r\nlocation: {location}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
            );
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    let client = reqwest::Client::builder()
        .redirect(telemetry::client::redirects())
        .resolve("stranger.example", ([127, 0, 0, 1], 0).into())
        .build()
        .expect("a client");
    let client = telemetry::client::instrument(ClientBuilder::new(client)).build();
    let context = || Context::new().with_baggage([KeyValue::new("tenant", "ours")]);
    let answer =
        client.get(format!("http://{from}/")).send().with_context(context()).await.expect("an answer");
    assert_eq!(answer.status(), 307, "it is given back, and not followed");
    let answer =
        client.get(format!("http://{from}/")).send().with_context(context()).await.expect("an answer");
    assert_eq!(answer.status(), 200);
    let sent = told.recv().await.expect("a request");
    assert_eq!(header(&sent, "baggage"), Some("tenant=ours"), "{sent}");
    assert!(told.try_recv().is_err(), "nothing else came");
}

#[tokio::test]
async fn baggage_from_outside_passes_by_its_key_alone() {
    for (allowed, expected) in
        [("", None), ("tenant", Some("tenant=a%20b")), ("*", Some("tenant=a%20b,secret=1")), ("other", None)]
    {
        let relay = Relay::start(&[("OTEL_TRACES_EXPORTER", "none"), ("TELEMETRY_BAGGAGE_ALLOW", allowed)]);
        let (to, mut told) = listener().await;
        relay.call(&[("baggage", "tenant=a%20b,secret=1")], &to).await;
        let sent = told.recv().await.expect("a request");
        let passed = header(&sent, "baggage").map(|baggage| {
            let mut members: Vec<&str> = baggage.split(',').collect();
            members.sort_unstable_by(|one, other| other.cmp(one));
            members.join(",")
        });
        assert_eq!(passed.as_deref(), expected, "{allowed}");
    }
}

/// The trace that a stranger's request with these flags ends in, and its server span if it was recorded.
async fn decided(inbound: &str, sampler: &str, flags: &str) -> (String, Option<crate::sink::Span>) {
    let sink = Sink::start();
    let relay = Relay::start(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", sink.url.as_str()),
        ("TELEMETRY_INBOUND", inbound),
        ("OTEL_TRACES_SAMPLER", sampler),
    ]);
    let (to, mut told) = listener().await;
    relay.call(&[("traceparent", &parent(flags)), ("tracestate", "their=1")], &to).await;
    let sent = told.recv().await.expect("a request");
    assert!(relay.stop().1);
    let sent_parent = header(&sent, "traceparent").expect("a traceparent").to_owned();
    assert_eq!(header(&sent, "tracestate").is_some(), inbound == "continue", "{sent}");
    let spans = sink.all();
    let server = (!spans.is_empty()).then(|| only(&spans, SpanKind::Server).clone());
    (sent_parent[3..35].to_owned(), server)
}

#[tokio::test]
async fn continue_goes_on_with_the_strangers_trace_and_decision() {
    for (flags, recorded) in [("01", true), ("00", false)] {
        let (trace, server) = decided("continue", "parentbased_always_on", flags).await;
        assert_eq!((trace.as_str(), server.is_some()), (TRACE, recorded));
        assert!(server.is_none_or(|span| span.parent == "00f067aa0ba902b7" && span.links.is_empty()));
    }
}

#[tokio::test]
async fn link_and_ignore_decide_here_whatever_the_stranger_decided() {
    for inbound in ["link", "ignore"] {
        for flags in ["00", "01"] {
            let (trace, server) = decided(inbound, "parentbased_always_on", flags).await;
            assert_ne!(trace, TRACE);
            let server = server.unwrap_or_else(|| panic!("{inbound} {flags}: decided to record"));
            assert_eq!((server.trace_id.as_str(), server.parent.as_str()), (trace.as_str(), ""));
            let linked: Vec<String> = server.links.iter().map(|link| hex(&link.trace_id)).collect();
            assert_eq!(linked, if inbound == "link" { vec![TRACE.to_owned()] } else { Vec::new() });
            // The other way round: the stranger asks for a record, and none is made.
            let (trace, server) = decided(inbound, "parentbased_always_off", flags).await;
            assert!(trace != TRACE && server.is_none(), "{inbound} {flags}");
        }
    }
}
