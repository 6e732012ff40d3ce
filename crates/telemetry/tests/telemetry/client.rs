//! Client spans: attributes, errors, retries and propagation.

use std::time::Duration;

use futures_util::FutureExt;
use http::Extensions;
use http_body_util::BodyExt;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use reqwest::{Request, Response, StatusCode, Version};
use reqwest_middleware::{ClientBuilder, Middleware, Next};
use reqwest_retry::RetryTransientMiddleware;
use reqwest_retry::policies::ExponentialBackoff;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tracing::Instrument;

use crate::app::{Harness, client, harness};
use crate::closed_port::ClosedPort;
use crate::sink::{Span, event_text, only};

/// Runs `work` within a root span. Returns the trace id and the output of `work`.
async fn in_root_span<T>(work: impl Future<Output = T>) -> (String, T) {
    harness();
    let root = tracing::info_span!(parent: None, "root");
    async { (telemetry::trace_id_of_current().expect("a trace"), work.await) }.instrument(root).await
}

/// Runs `work` within a root span. Returns its only client span and its output.
async fn client_span<T>(work: impl Future<Output = T>) -> (Span, T) {
    let (trace_id, outcome) = in_root_span(work).await;
    let spans = harness().sink.trace(&trace_id, 2).await;
    (only(&spans, SpanKind::Client).clone(), outcome)
}

/// Starts a server that writes these bytes to every connection and closes it. Returns its URL.
async fn serve_bytes(bytes: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.expect("a connection");
            tokio::spawn(async move {
                let mut received = [0; 4096];
                let _ = stream.read(&mut received).await;
                let _ = stream.write_all(bytes.as_bytes()).await;
            });
        }
    });
    format!("http://{address}")
}

#[tokio::test]
async fn client_span_has_the_conventions_attributes_and_types() {
    let url = &harness().url;
    let port: i64 = url.rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port");
    let credentials = url.replace("http://", "http://me:secret@");
    let (trace_id, _) = in_root_span(async {
        let request =
            client().get(format!("{credentials}/hello/x?sig=abc&q=1")).header("user-agent", "tester/2");
        request.send().await.expect("a response").text().await.expect("a body")
    })
    .await;
    let spans = harness().sink.trace(&trace_id, 3).await;
    let span = only(&spans, SpanKind::Client);
    assert_eq!(span.name, "GET");
    assert_eq!(span.text("http.request.method"), Some("GET"));
    assert_eq!(span.integer("http.response.status_code"), Some(200));
    // reqwest moves credentials from the URL to a header. The span must not contain them.
    assert_eq!(span.text("url.full"), Some(format!("{url}/hello/x?sig=REDACTED&q=1").as_str()));
    assert_eq!(span.text("server.address"), Some("127.0.0.1"));
    assert_eq!(span.integer("server.port"), Some(port));
    assert_eq!(span.text("network.peer.address"), Some("127.0.0.1"));
    assert_eq!(span.integer("network.peer.port"), Some(port));
    assert_eq!(span.text("network.protocol.version"), Some("1.1"));
    assert_eq!(span.text("user_agent.original"), Some("tester/2"));
    assert_eq!(span.attributes.len(), 9, "{:?}", span.attributes);
    assert_eq!(span.status, 0);
    let server = only(&spans, SpanKind::Server);
    assert_eq!(server.parent, span.span_id);
}

#[tokio::test]
async fn application_spans_join_the_trace_of_the_request() {
    let Harness { url, sink, .. } = harness();
    let response = reqwest::get(format!("{url}/calls")).await.expect("a response");
    let trace_id = response.headers()["traceresponse"].to_str().expect("text")[3..35].to_owned();
    let spans = sink.trace(&trace_id, 4).await;
    let named =
        |name: &str| spans.iter().find(|span| span.name == name).unwrap_or_else(|| panic!("{spans:#?}"));
    let (outer, work, call, inner) =
        (named("GET /calls"), named("work"), named("GET"), named("GET /hello/{name}"));
    assert_eq!(outer.parent, "");
    assert_eq!(work.parent, outer.span_id);
    assert_eq!(call.parent, work.span_id);
    assert_eq!(inner.parent, call.span_id);
    assert_eq!(work.kind, SpanKind::Internal);
    assert_eq!(work.integer("app.count"), Some(3));
    assert_eq!(work.integer("app.late"), Some(7));
    assert_eq!(work.text("app.name"), Some("inner"));
    assert_eq!(work.events[0].name, "half-way");
    assert_eq!(inner.flags & 0x300, 0x300, "the parent is remote");
    assert_eq!(work.flags & 0x300, 0x100, "the parent is local");
    assert_eq!(outer.flags & 0xff, 0x03, "sampled, with a random trace id");
}

#[tokio::test]
async fn client_span_of_a_4xx_response_has_error_status() {
    let url = serve_bytes("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").await;
    let (span, _) = client_span(async { client().get(url).send().await.expect("a response").status() }).await;
    assert_eq!((span.status, span.text("error.type")), (2, Some("404")));
    assert_eq!(span.integer("http.response.status_code"), Some(404));
}

#[tokio::test]
async fn refused_connection_sets_error_status_and_exception() {
    let closed = ClosedPort::new();
    let (span, outcome) = client_span(async { client().get(closed.url()).send().await }).await;
    assert!(outcome.is_err());
    assert_eq!((span.status, span.text("error.type")), (2, Some("connect")));
    assert!(event_text(span.event("exception"), "exception.message").is_some());
    assert_eq!(span.integer("http.response.status_code"), None);
}

#[tokio::test]
async fn secrets_in_the_url_of_a_failed_call_are_redacted() {
    let closed = ClosedPort::new();
    let url = format!("{}/?token=hidden&q=shown", closed.url());
    let (trace_id, ()) = in_root_span(async {
        let error = client().get(&url).send().await.expect_err("the connection is refused");
        telemetry::record_error(&error);
    })
    .await;
    let spans = harness().sink.trace(&trace_id, 2).await;
    let all = format!("{spans:?}");
    assert!(all.contains("q=shown") && !all.contains("hidden"), "{all}");
}

#[tokio::test]
async fn call_timeout_sets_error_status() {
    let url = format!("{}/sleeps", harness().url);
    let (trace_id, outcome) =
        in_root_span(async { client().get(url).timeout(Duration::from_millis(50)).send().await }).await;
    assert!(outcome.is_err());
    // The server span arrives as well.
    let spans = harness().sink.trace(&trace_id, 3).await;
    let span = only(&spans, SpanKind::Client);
    assert_eq!((span.status, span.text("error.type")), (2, Some("timeout")));
}

#[tokio::test]
async fn dropped_call_future_is_recorded_as_cancelled() {
    let url = format!("{}/sleeps", harness().url);
    let (trace_id, outcome) = in_root_span(async {
        tokio::time::timeout(Duration::from_millis(50), client().get(url).send()).await
    })
    .await;
    assert!(outcome.is_err());
    let spans = harness().sink.trace(&trace_id, 3).await;
    let span = only(&spans, SpanKind::Client);
    assert_eq!((span.status, span.text("error.type")), (2, Some("cancelled")));
}

#[tokio::test]
async fn client_span_lasts_until_the_response_body_ends() {
    let url = format!("{}/long-stream", harness().url);
    let (trace_id, length) = in_root_span(async {
        client().get(url).send().await.expect("a response").bytes().await.expect("a body").len()
    })
    .await;
    assert_eq!(length, 25);
    let spans = harness().sink.trace(&trace_id, 3).await;
    let span = only(&spans, SpanKind::Client);
    assert!(span.end - span.start >= 450_000_000, "{} ns", span.end - span.start);
}

#[tokio::test]
async fn truncated_response_body_sets_error_status_on_the_client_span() {
    let url = serve_bytes("HTTP/1.1 200 OK\r\ncontent-length: 100\r\nconnection: close\r\n\r\nshort").await;
    let (span, outcome) =
        client_span(async { client().get(url).send().await.expect("a response").bytes().await }).await;
    assert!(outcome.is_err());
    assert_eq!((span.status, span.text("error.type")), (2, Some("body")));
    assert_eq!(span.integer("http.response.status_code"), Some(200));
}

#[tokio::test]
async fn client_span_of_a_response_without_a_body_ends_with_its_head() {
    let url = serve_bytes("HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").await;
    let (trace_id, response) =
        in_root_span(async { client().get(url).send().await.expect("a response") }).await;
    // The response is not dropped yet.
    let spans = harness().sink.trace(&trace_id, 2).await;
    assert_eq!(only(&spans, SpanKind::Client).integer("http.response.status_code"), Some(200));
    assert_eq!(response.bytes().await.expect("a body"), "");
}

#[tokio::test]
async fn trailers_of_a_chunked_body_pass_through() {
    let url = serve_bytes(
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n2\r\nhi\r\n0\r\nx-sum: 7\r\n\r\n",
    )
    .await;
    let (_, body) = client_span(async {
        let response = client().get(url).send().await.expect("a response");
        http::Response::from(response).into_body().collect().await.expect("a body")
    })
    .await;
    assert_eq!(body.trailers().map(|trailers| &trailers["x-sum"]), Some(&"7".parse().expect("a value")));
    assert_eq!(body.to_bytes(), "hi");
}

#[tokio::test]
async fn instrumented_response_keeps_head_url_content_length_and_peer() {
    let url = format!("{}/hello/full", harness().url);
    let response = client().get(&url).send().await.expect("a response");
    assert_eq!(response.url().as_str(), url);
    assert_eq!((response.status(), response.version()), (StatusCode::OK, Version::HTTP_11));
    assert!(response.headers().contains_key("traceresponse"));
    assert_eq!(response.content_length(), Some(11));
    assert!(response.remote_addr().is_some());
    assert_eq!(response.text().await.expect("a body"), "hello, full");
}

#[tokio::test]
async fn each_retry_has_its_own_span_with_a_resend_count() {
    let url =
        serve_bytes("HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
            .await;
    let policy = ExponentialBackoff::builder()
        .retry_bounds(Duration::from_millis(1), Duration::from_millis(2))
        .build_with_max_retries(2);
    let builder =
        ClientBuilder::new(reqwest::Client::new()).with(RetryTransientMiddleware::new_with_policy(policy));
    assert_eq!(resend_counts(builder, url, 3).await, [None, Some(1), Some(2)]);
}

/// Middleware that sends a request twice. It awaits or abandons the first attempt.
struct SendTwice {
    awaits_first: bool,
}

#[async_trait::async_trait]
impl Middleware for SendTwice {
    async fn handle(
        &self,
        request: Request,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> reqwest_middleware::Result<Response> {
        let first = next.clone().run(request.try_clone().expect("no body"), extensions);
        if self.awaits_first {
            first.await?;
        } else {
            assert!(first.now_or_never().is_none(), "the first attempt is still pending");
        }
        next.run(request, extensions).await
    }
}

#[tokio::test]
async fn resend_count_includes_abandoned_attempts_but_not_successful_ones() {
    let url = serve_bytes("HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").await;
    for (awaits_first, expected) in [(false, Some(1)), (true, None)] {
        let builder = ClientBuilder::new(reqwest::Client::new()).with(SendTwice { awaits_first });
        assert_eq!(resend_counts(builder, url.clone(), 2).await, [None, expected]);
    }
}

/// The `http.request.resend_count` of each attempt at a request, in ascending order.
async fn resend_counts(builder: ClientBuilder, url: String, attempts: usize) -> Vec<Option<i64>> {
    let client = telemetry::client::instrument(builder).build();
    let (trace_id, _) =
        in_root_span(async { client.get(url).send().await.expect("a response").status() }).await;
    let spans = harness().sink.trace(&trace_id, attempts + 1).await;
    let calls = spans.iter().filter(|span| span.kind == SpanKind::Client);
    let mut counts: Vec<_> = calls.map(|span| span.integer("http.request.resend_count")).collect();
    counts.sort_unstable();
    counts
}

#[tokio::test]
async fn http_2_protocol_version_is_recorded_on_both_sides() {
    let client = reqwest::Client::builder().http2_prior_knowledge().build().expect("a client");
    let client = telemetry::client::instrument(ClientBuilder::new(client)).build();
    let url = format!("{}/hello/h2", harness().url);
    let (trace_id, _) =
        in_root_span(async { client.get(url).send().await.expect("a response").text().await }).await;
    let spans = harness().sink.trace(&trace_id, 3).await;
    assert_eq!(only(&spans, SpanKind::Client).text("network.protocol.version"), Some("2"));
    assert_eq!(only(&spans, SpanKind::Server).text("network.protocol.version"), Some("2"));
}

#[tokio::test]
async fn http_1_0_response_sets_the_protocol_version_of_the_client_span() {
    let url = serve_bytes("HTTP/1.0 200 OK\r\n\r\nold").await;
    let (span, body) =
        client_span(async { client().get(url).send().await.expect("a response").text().await }).await;
    assert_eq!(body.expect("a body"), "old");
    assert_eq!((span.text("network.protocol.version"), span.status), (Some("1.0"), 0));
}

#[tokio::test]
async fn unknown_client_method_is_recorded_as_other() {
    let url = serve_bytes("HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").await;
    let brew = reqwest::Method::from_bytes(b"BREW").expect("a method");
    let (span, _) =
        client_span(async { client().request(brew, url).send().await.expect("a response") }).await;
    assert_eq!(span.name, "HTTP");
    assert_eq!(span.text("http.request.method"), Some("_OTHER"));
    assert_eq!(span.text("http.request.method_original"), Some("BREW"));
}

#[tokio::test]
async fn failed_request_body_is_recorded_on_both_sides() {
    let chunks = futures_util::stream::unfold(false, |started| async move {
        if started {
            tokio::time::sleep(Duration::from_millis(50)).await;
            return Some((Err(std::io::Error::other("the stream failed")), true));
        }
        Some((Ok("a beginning"), true))
    });
    let url = format!("{}/body-length", harness().url);
    let (trace_id, outcome) = in_root_span(async {
        client()
            .post(url)
            .body(reqwest::Body::wrap_stream(chunks))
            .send()
            .await
            .map(|response| response.status())
    })
    .await;
    assert!(outcome.is_err(), "{outcome:?}");
    let spans = harness().sink.trace(&trace_id, 3).await;
    let span = only(&spans, SpanKind::Client);
    assert_eq!((span.status, span.text("error.type")), (2, Some("request")));
    let message = event_text(span.event("exception"), "exception.message").expect("a message");
    assert!(message.contains("the stream failed"), "{message}");
    // The server received half a request: the span has status 400 or is cancelled.
    let server = only(&spans, SpanKind::Server);
    let (status, kind) = (server.integer("http.response.status_code"), server.text("error.type"));
    assert!(status == Some(400) || kind == Some("cancelled"), "{server:#?}");
}

#[tokio::test]
async fn both_spans_cover_a_streamed_request_body() {
    let chunks = futures_util::stream::unfold(0, |sent| async move {
        tokio::time::sleep(Duration::from_millis(100)).await;
        (sent < 4).then_some((Ok::<_, std::io::Error>("chunk"), sent + 1))
    });
    let url = format!("{}/body-length", harness().url);
    let (trace_id, outcome) = in_root_span(async {
        let response = client().post(url).body(reqwest::Body::wrap_stream(chunks)).send().await;
        response.expect("a response").text().await.expect("a body")
    })
    .await;
    assert_eq!(outcome, "20");
    let spans = harness().sink.trace(&trace_id, 3).await;
    for span in spans.iter().filter(|span| span.kind != SpanKind::Internal) {
        assert!(span.end - span.start >= 350_000_000 && span.status == 0, "{span:#?}");
    }
}
