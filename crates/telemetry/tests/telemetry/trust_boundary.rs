//! Trust boundary: baggage to and from foreign hosts, and trace contexts of untrusted clients.

use opentelemetry::baggage::BaggageExt;
use opentelemetry::trace::FutureExt;
use opentelemetry::{Context, KeyValue};
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use reqwest_middleware::ClientBuilder;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::app::harness;
use crate::relay::{Relay, header, recording_server, traceparent};
use crate::sink::{Sink, hex, only};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

/// Sends a request with baggage to `host`, which resolves to `to`. Returns the head that arrived.
async fn sent_to(
    host: &str,
    to: &str,
    requests: &mut tokio::sync::mpsc::UnboundedReceiver<String>,
) -> String {
    harness();
    let address = to.strip_prefix("http://").and_then(|to| to.strip_suffix('/')).expect("an address");
    let address: std::net::SocketAddr = address.parse().expect("an address");
    let client = reqwest::Client::builder().resolve(host, address).build().expect("a client");
    let client = telemetry::client::instrument(ClientBuilder::new(client)).build();
    let context = Context::new().with_baggage([KeyValue::new("tenant", "ours")]);
    let url = format!("http://{host}:{}/", address.port());
    client.get(url).send().with_context(context).await.expect("a response");
    requests.recv().await.expect("a request")
}

#[tokio::test]
async fn baggage_is_sent_to_own_hosts_only() {
    let (to, mut requests) = recording_server().await;
    for own_host in ["users", "localhost"] {
        let sent = sent_to(own_host, &to, &mut requests).await;
        assert_eq!(header(&sent, "baggage"), Some("tenant=ours"), "{own_host}");
        assert!(header(&sent, "traceparent").is_some());
    }
    for foreign in ["foreign.example", "localhost.foreign.example"] {
        let sent = sent_to(foreign, &to, &mut requests).await;
        assert_eq!(header(&sent, "baggage"), None, "{foreign}");
        assert!(header(&sent, "traceparent").is_some(), "the trace is propagated: {foreign}");
    }
}

#[tokio::test]
async fn redirect_to_a_foreign_host_is_not_followed_with_baggage() {
    harness();
    let (to, mut requests) = recording_server().await;
    let port = to.rsplit(':').next().and_then(|rest| rest.strip_suffix('/')).expect("a port").to_owned();
    let redirecting = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let from = redirecting.local_addr().expect("an address");
    let target = to.clone();
    tokio::spawn(async move {
        // The first redirect leads to a foreign host, the second to an own host.
        for location in [format!("http://foreign.example:{port}/"), target] {
            let (mut stream, _) = redirecting.accept().await.expect("a connection");
            let mut received = vec![0; 8192];
            let _ = stream.read(&mut received).await;
            let response = format!(
                "HTTP/1.1 307 Moved\r\nlocation: {location}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
            );
            let _ = stream.write_all(response.as_bytes()).await;
        }
    });
    let client = reqwest::Client::builder()
        .redirect(telemetry::client::redirects())
        .resolve("foreign.example", ([127, 0, 0, 1], 0).into())
        .build()
        .expect("a client");
    let client = telemetry::client::instrument(ClientBuilder::new(client)).build();
    let context = || Context::new().with_baggage([KeyValue::new("tenant", "ours")]);
    let response =
        client.get(format!("http://{from}/")).send().with_context(context()).await.expect("a response");
    assert_eq!(response.status(), 307, "the redirect is returned, not followed");
    let response =
        client.get(format!("http://{from}/")).send().with_context(context()).await.expect("a response");
    assert_eq!(response.status(), 200);
    let sent = requests.recv().await.expect("a request");
    assert_eq!(header(&sent, "baggage"), Some("tenant=ours"), "{sent}");
    assert!(requests.try_recv().is_err(), "no other request arrived");
}

#[tokio::test]
async fn inbound_baggage_is_filtered_by_the_key_allowlist() {
    for (allowed, expected) in
        [("", None), ("tenant", Some("tenant=a%20b")), ("*", Some("tenant=a%20b,secret=1")), ("other", None)]
    {
        let relay = Relay::start(&[("OTEL_TRACES_EXPORTER", "none"), ("TELEMETRY_BAGGAGE_ALLOW", allowed)]);
        let (to, mut requests) = recording_server().await;
        relay.call(&[("baggage", "tenant=a%20b,secret=1")], &to).await;
        let sent = requests.recv().await.expect("a request");
        let passed = header(&sent, "baggage").map(|baggage| {
            let mut members: Vec<&str> = baggage.split(',').collect();
            members.sort_unstable_by(|one, other| other.cmp(one));
            members.join(",")
        });
        assert_eq!(passed.as_deref(), expected, "{allowed}");
    }
}

/// Sends a request of an untrusted client with these trace flags.
///
/// Returns the trace id that is propagated, and the server span if it was recorded.
async fn receive_untrusted(inbound: &str, sampler: &str, flags: &str) -> (String, Option<crate::sink::Span>) {
    let sink = Sink::start();
    let relay = Relay::start(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", sink.url.as_str()),
        ("TELEMETRY_INBOUND", inbound),
        ("OTEL_TRACES_SAMPLER", sampler),
    ]);
    let (to, mut requests) = recording_server().await;
    relay.call(&[("traceparent", &traceparent(flags)), ("tracestate", "their=1")], &to).await;
    let sent = requests.recv().await.expect("a request");
    assert!(relay.stop().1);
    let sent_parent = header(&sent, "traceparent").expect("a traceparent").to_owned();
    assert_eq!(header(&sent, "tracestate").is_some(), inbound == "continue", "{sent}");
    let spans = sink.all();
    let server = (!spans.is_empty()).then(|| only(&spans, SpanKind::Server).clone());
    (sent_parent[3..35].to_owned(), server)
}

#[tokio::test]
async fn inbound_continue_keeps_the_remote_trace_and_sampling_decision() {
    for (flags, recorded) in [("01", true), ("00", false)] {
        let (trace, server) = receive_untrusted("continue", "parentbased_always_on", flags).await;
        assert_eq!((trace.as_str(), server.is_some()), (TRACE, recorded));
        assert!(server.is_none_or(|span| span.parent == "00f067aa0ba902b7" && span.links.is_empty()));
    }
}

#[tokio::test]
async fn inbound_link_and_ignore_start_a_trace_sampled_locally() {
    for inbound in ["link", "ignore"] {
        for flags in ["00", "01"] {
            let (trace, server) = receive_untrusted(inbound, "parentbased_always_on", flags).await;
            assert_ne!(trace, TRACE);
            let server = server.unwrap_or_else(|| panic!("{inbound} {flags}: not recorded"));
            assert_eq!((server.trace_id.as_str(), server.parent.as_str()), (trace.as_str(), ""));
            let linked: Vec<String> = server.links.iter().map(|link| hex(&link.trace_id)).collect();
            assert_eq!(linked, if inbound == "link" { vec![TRACE.to_owned()] } else { Vec::new() });
            // Conversely, the local sampler records nothing even if the client has set the sampled flag.
            let (trace, server) = receive_untrusted(inbound, "parentbased_always_off", flags).await;
            assert!(trace != TRACE && server.is_none(), "{inbound} {flags}");
        }
    }
}
