//! Server spans: attributes, errors, streamed bodies, disconnects and propagation.

use std::time::Duration;

use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use reqwest::header::HeaderMap;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::app::{Harness, harness};
use crate::sink::{Span, event_text, only};

/// The trace and span ids of `traceresponse`.
fn traceresponse_ids(headers: &HeaderMap) -> (String, String) {
    let value = headers.get("traceresponse").expect("a traceresponse").to_str().expect("text");
    let parts: Vec<&str> = value.split('-').collect();
    assert_eq!(parts.iter().map(|part| part.len()).collect::<Vec<_>>(), [2, 32, 16, 2], "{value}");
    (parts[1].to_owned(), parts[2].to_owned())
}

async fn get(path: &str) -> (reqwest::Response, Vec<Span>) {
    let Harness { url, sink, .. } = harness();
    let response = reqwest::get(format!("{url}{path}")).await.expect("a response");
    let (trace_id, span_id) = traceresponse_ids(response.headers());
    let spans = sink.trace(&trace_id, 1).await;
    assert_eq!(spans[0].span_id, span_id);
    (response, spans)
}

/// Sends raw bytes. Reads the response until the server closes the connection.
async fn raw(request: &str) -> String {
    let address = harness().url.strip_prefix("http://").expect("a scheme");
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    stream.write_all(request.as_bytes()).await.expect("the request is sent");
    let mut response = String::new();
    stream.read_to_string(&mut response).await.expect("a response");
    response
}

fn header<'a>(response: &'a str, name: &str) -> Option<&'a str> {
    response.lines().find_map(|line| {
        let (key, value) = line.split_once(": ")?;
        key.eq_ignore_ascii_case(name).then_some(value)
    })
}

async fn raw_span(request: &str) -> (String, Span) {
    let response = raw(request).await;
    let value =
        header(&response, "traceresponse").unwrap_or_else(|| panic!("no traceresponse in {response}"));
    let spans = harness().sink.trace(&value[3..35], 1).await;
    (response, spans.into_iter().next().expect("a span"))
}

#[actix_web::test]
async fn server_span_has_the_conventions_attributes_and_types() {
    let Harness { url, sink, .. } = harness();
    let client = reqwest::Client::builder().user_agent("tester/1").build().expect("a client");
    let response = client.get(format!("{url}/hello/you?q=1&token=abc")).send().await.expect("a response");
    let (trace_id, _) = traceresponse_ids(response.headers());
    let spans = sink.trace(&trace_id, 1).await;
    let span = only(&spans, SpanKind::Server);
    let port: i64 = url.rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port");
    assert_eq!(span.name, "GET /hello/{name}");
    assert_eq!(span.text("http.request.method"), Some("GET"));
    assert_eq!(span.text("http.route"), Some("/hello/{name}"));
    assert_eq!(span.integer("http.response.status_code"), Some(200));
    assert_eq!(span.text("url.scheme"), Some("http"));
    assert_eq!(span.text("url.path"), Some("/hello/you"));
    assert_eq!(span.text("url.query"), Some("q=1&token=REDACTED"));
    assert_eq!(span.text("server.address"), Some("127.0.0.1"));
    assert_eq!(span.integer("server.port"), Some(port));
    assert_eq!(span.text("client.address"), Some("127.0.0.1"));
    assert_eq!(span.text("network.peer.address"), Some("127.0.0.1"));
    assert!(span.integer("network.peer.port").is_some_and(|port| port > 0));
    assert_eq!(span.text("network.protocol.version"), Some("1.1"));
    assert_eq!(span.text("user_agent.original"), Some("tester/1"));
    assert_eq!(span.attributes.len(), 13, "{:?}", span.attributes);
    assert_eq!((span.status, span.parent.as_str()), (0, ""));
    assert!(span.end >= span.start);
}

#[actix_web::test]
async fn resource_identifies_the_service() {
    let (_, spans) = get("/hello/resource").await;
    let resource = &spans[0].resource;
    let text = |key: &str| format!("{:?}", resource[key]);
    assert!(text("service.name").contains("harness"));
    assert!(text("service.version").contains("1.2.3"));
    assert!(text("deployment.environment.name").contains("test"));
    assert!(text("telemetry.sdk.language").contains("rust"));
    assert!(resource.contains_key("service.instance.id"));
}

#[actix_web::test]
async fn unmatched_path_has_no_route() {
    let (response, spans) = get("/nowhere").await;
    assert_eq!(response.status(), 404);
    assert_eq!(spans[0].name, "GET");
    assert_eq!(spans[0].text("http.route"), None);
    assert_eq!(spans[0].integer("http.response.status_code"), Some(404));
    assert_eq!(spans[0].status, 0);
    assert_eq!(spans[0].text("error.type"), None);
}

#[actix_web::test]
async fn disallowed_method_has_a_route_only_if_the_resource_matches() {
    // `#[get]` guards the whole resource, so another method matches no route.
    let request = "DELETE /hello/x HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
    let (response, span) = raw_span(request).await;
    assert!(response.starts_with("HTTP/1.1 404"), "{response}");
    assert_eq!((span.name.as_str(), span.text("http.route")), ("DELETE", None));
    // `web::resource` matches the path and rejects the method itself.
    let (response, spans) = get("/only-post").await;
    assert_eq!(response.status(), 405);
    assert_eq!((spans[0].name.as_str(), spans[0].text("http.route")), ("GET /only-post", Some("/only-post")));
}

#[actix_web::test]
async fn unknown_method_is_recorded_as_other_with_the_original() {
    let (_, span) = raw_span("BREW /hello/pot HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await;
    assert_eq!(span.name, "HTTP");
    assert_eq!(span.text("http.request.method"), Some("_OTHER"));
    assert_eq!(span.text("http.request.method_original"), Some("BREW"));
}

#[actix_web::test]
async fn http_1_0_request_without_host_has_no_server_address() {
    let (_, span) = raw_span("GET /hello/old HTTP/1.0\r\n\r\n").await;
    assert_eq!(span.text("network.protocol.version"), Some("1.0"));
    assert_eq!(span.text("server.address"), None);
    assert_eq!(span.integer("server.port"), None);
    assert_eq!(span.text("user_agent.original"), None);
}

#[actix_web::test]
async fn http_2_protocol_version_is_recorded() {
    let client = reqwest::Client::builder().http2_prior_knowledge().build().expect("a client");
    let response = client.get(format!("{}/hello/h2", harness().url)).send().await.expect("a response");
    let (trace_id, _) = traceresponse_ids(response.headers());
    let spans = harness().sink.trace(&trace_id, 1).await;
    assert_eq!(spans[0].text("network.protocol.version"), Some("2"));
    assert_eq!(spans[0].text("server.address"), Some("127.0.0.1"));
}

#[actix_web::test]
async fn head_request_is_not_recorded_as_a_client_disconnect() {
    let (_, span) = raw_span("HEAD /hello/x HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await;
    assert_eq!((span.status, span.text("error.type")), (0, None));
}

#[actix_web::test]
async fn handler_panic_is_a_500_with_an_exception_event() {
    let (response, spans) = get("/panics").await;
    assert_eq!(response.status(), 500);
    assert_eq!(response.headers()["content-type"], "application/problem+json");
    let span = only(&spans, SpanKind::Server);
    assert_eq!((&*span.name, span.text("http.route")), ("GET /panics", Some("/panics")));
    assert_eq!(span.integer("http.response.status_code"), Some(500));
    assert_eq!(span.text("error.type"), Some("500"));
    assert_eq!(span.status, 2);
    let event = span.event("exception");
    assert_eq!(event_text(event, "exception.message").as_deref(), Some("as asked"));
    assert_eq!(event_text(event, "exception.type").as_deref(), Some("panic"));
    let body = response.text().await.expect("a body");
    assert!(!body.contains("as asked"), "{body}");
    assert_eq!(get("/hello/again").await.0.status(), 200);
}

#[actix_web::test]
async fn panic_on_an_untraced_path_is_a_500() {
    let response = reqwest::get(format!("{}/untraced/panics", harness().url)).await.expect("a response");
    assert_eq!(response.status(), 500);
    assert_eq!(response.headers()["content-type"], "application/problem+json");
}

#[actix_web::test]
async fn server_error_sets_error_status_and_keeps_the_recorded_exception() {
    let (response, spans) = get("/fails").await;
    assert_eq!(response.status(), 500);
    assert_eq!((spans[0].status, spans[0].text("error.type")), (2, Some("500")));
    let message = event_text(spans[0].event("exception"), "exception.message");
    assert_eq!(message.as_deref(), Some("the disk is full"));
    let kind = event_text(spans[0].event("exception"), "exception.type");
    assert_eq!(kind.as_deref(), Some("std::io::error::Error"));
}

#[actix_web::test]
async fn middleware_error_has_its_status_and_traceresponse() {
    let (response, spans) = get("/refused").await;
    assert_eq!(response.status(), 503);
    assert_eq!((&*spans[0].name, spans[0].text("http.route")), ("GET /refused", Some("/refused")));
    assert_eq!(spans[0].integer("http.response.status_code"), Some(503));
    assert_eq!((spans[0].status, spans[0].text("error.type")), (2, Some("503")));
    assert_eq!(response.text().await.expect("a body"), "not now");
}

#[actix_web::test]
async fn server_span_lasts_until_the_response_body_ends() {
    let Harness { url, sink, .. } = harness();
    let response = reqwest::get(format!("{url}/long-stream")).await.expect("a response");
    let (trace_id, _) = traceresponse_ids(response.headers());
    assert_eq!(response.bytes().await.expect("a body").len(), 25);
    let spans = sink.trace(&trace_id, 1).await;
    assert!(spans[0].end - spans[0].start >= 450_000_000, "{} ns", spans[0].end - spans[0].start);
    assert_eq!(spans[0].status, 0);
}

#[actix_web::test]
async fn failed_response_body_sets_error_status() {
    let Harness { url, sink, .. } = harness();
    let response = reqwest::get(format!("{url}/broken-stream")).await.expect("a response");
    let (trace_id, _) = traceresponse_ids(response.headers());
    assert!(response.bytes().await.is_err());
    let spans = sink.trace(&trace_id, 1).await;
    assert_eq!((spans[0].status, spans[0].text("error.type")), (2, Some("response_body")));
    assert_eq!(spans[0].integer("http.response.status_code"), Some(200));
    assert_eq!(
        event_text(spans[0].event("exception"), "exception.message").as_deref(),
        Some("the stream failed")
    );
}

#[actix_web::test]
async fn a_panic_in_a_response_body_is_no_disconnect_of_the_client() {
    let Harness { url, sink, .. } = harness();
    let response = reqwest::get(format!("{url}/panicking-stream")).await.expect("a response");
    let (trace_id, _) = traceresponse_ids(response.headers());
    assert!(response.bytes().await.is_err());
    let spans = sink.trace(&trace_id, 1).await;
    assert_eq!((spans[0].status, spans[0].text("error.type")), (2, Some("panic")));
}

#[actix_web::test]
async fn client_disconnect_during_a_streamed_response_is_recorded() {
    let Harness { url, sink, .. } = harness();
    let response = reqwest::get(format!("{url}/long-stream")).await.expect("a response");
    let (trace_id, _) = traceresponse_ids(response.headers());
    drop(response);
    let spans = sink.trace(&trace_id, 1).await;
    assert_eq!((spans[0].status, spans[0].text("error.type")), (2, Some("client_disconnected")));
}

#[actix_web::test]
async fn stream_reset_before_the_response_is_recorded_as_cancelled() {
    let Harness { url, sink, .. } = harness();
    let client = reqwest::Client::builder()
        .http2_prior_knowledge()
        .timeout(Duration::from_millis(100))
        .build()
        .expect("a client");
    let parent = "00-c0ffee00000000000000000000000001-00000000000000c1-01";
    let outcome = client.get(format!("{url}/sleeps")).header("traceparent", parent).send().await;
    assert!(outcome.expect_err("a timeout").is_timeout());
    drop(client);
    let spans = sink.trace("c0ffee00000000000000000000000001", 1).await;
    assert_eq!(spans[0].text("url.path"), Some("/sleeps"));
    let kind = spans[0].text("error.type");
    assert!(matches!(kind, Some("cancelled" | "client_disconnected")), "{:#?}", spans[0]);
    assert_eq!(spans[0].status, 2);
}

/// actix does not tell a handler that its client has disconnected.
/// The kernel accepts a response that fits in one write.
/// The span therefore describes the work that was done.
#[actix_web::test]
async fn http_1_handler_completes_after_a_client_disconnect() {
    let parent = "00-c0ffee00000000000000000000000002-00000000000000c1-01";
    let address = harness().url.strip_prefix("http://").expect("a scheme");
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    let request = format!("GET /sleeps HTTP/1.1\r\nhost: a\r\ntraceparent: {parent}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("the request is sent");
    drop(stream);
    let spans = harness().sink.trace("c0ffee00000000000000000000000002", 1).await;
    let span = &spans[0];
    assert_eq!(
        (span.name.as_str(), span.integer("http.response.status_code")),
        ("GET /sleeps", Some(200)),
        "{span:#?}"
    );
    assert!(span.end - span.start >= 450_000_000, "{span:#?}");
    assert!(
        matches!((span.status, span.text("error.type")), (0, None) | (2, Some("client_disconnected"))),
        "{span:#?}"
    );
}

#[actix_web::test]
async fn truncated_request_is_not_a_server_error() {
    let parent = "00-c0ffee00000000000000000000000003-00000000000000c1-01";
    let request = format!(
        "POST /body-length HTTP/1.1\r\nhost: a\r\ntraceparent: {parent}\r\ncontent-length: 100\r\n\r\nonly this"
    );
    let address = harness().url.strip_prefix("http://").expect("a scheme");
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    stream.write_all(request.as_bytes()).await.expect("half of the request is sent");
    drop(stream);
    let spans = harness().sink.trace("c0ffee00000000000000000000000003", 1).await;
    let (status, kind) = (spans[0].integer("http.response.status_code"), spans[0].text("error.type"));
    assert!(status == Some(400) && spans[0].status == 0 || kind == Some("cancelled"), "{:#?}", spans[0]);
    assert_eq!(spans[0].name, if status.is_some() { "POST /body-length" } else { "POST" });
}

#[actix_web::test]
async fn child_that_outlives_the_request_does_not_extend_the_server_span() {
    let Harness { url, sink, .. } = harness();
    let response = reqwest::get(format!("{url}/outlived")).await.expect("a response");
    let (trace_id, _) = traceresponse_ids(response.headers());
    let spans = sink.trace(&trace_id, 2).await;
    let server = only(&spans, SpanKind::Server);
    let after = only(&spans, SpanKind::Internal);
    assert_eq!(after.parent, server.span_id);
    assert!(server.end < after.end - 200_000_000, "{} {}", server.end, after.end);
}

#[actix_web::test]
async fn task_that_never_ends_does_not_hold_the_server_span_back() {
    let Harness { url, sink, .. } = harness();
    let response = reqwest::get(format!("{url}/spawns")).await.expect("a response");
    let (trace_id, _) = traceresponse_ids(response.headers());
    let spans = sink.trace(&trace_id, 2).await;
    let server = only(&spans, SpanKind::Server);
    assert_eq!(server.integer("http.response.status_code"), Some(200));
    let later = only(&spans, SpanKind::Internal);
    assert_eq!((&*later.name, &later.parent), ("later", &server.span_id));
    assert!(server.end < later.start, "the span ended with its response");
}

#[actix_web::test]
async fn untraced_path_has_no_span_and_no_traceresponse() {
    let Harness { url, sink, .. } = harness();
    let response = reqwest::get(format!("{url}/health")).await.expect("a response");
    assert_eq!(response.headers().get("traceresponse"), None);
    get("/hello/after-health").await;
    assert!(sink.all().iter().all(|span| span.text("url.path") != Some("/health")));
}

#[actix_web::test]
async fn untraced_prefixes_and_predicates_exclude_exactly_their_requests() {
    let Harness { url, .. } = harness();
    let client = reqwest::Client::new();
    let is_traced = async |request: reqwest::RequestBuilder| {
        request.send().await.expect("a response").headers().contains_key("traceresponse")
    };
    for path in ["/static", "/static/", "/static/page.js"] {
        assert!(!is_traced(client.get(format!("{url}{path}"))).await, "{path}");
    }
    assert!(is_traced(client.get(format!("{url}/statics"))).await);
    assert!(!is_traced(client.get(format!("{url}/hello/x")).header("x-probe", "1")).await);
    assert!(is_traced(client.get(format!("{url}/hello/x"))).await);
}

#[actix_web::test]
async fn inbound_trace_is_continued_with_its_tracestate() {
    let Harness { url, sink, .. } = harness();
    let client = reqwest::Client::new();
    let request = client
        .get(format!("{url}/hello/child"))
        .header("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
        .header("tracestate", "congo=t61rcWkgMzE")
        .header("tracestate", "foo@@bar=1");
    let response = request.send().await.expect("a response");
    assert_eq!(traceresponse_ids(response.headers()).0, "4bf92f3577b34da6a3ce929d0e0e4736");
    let spans = sink.trace("4bf92f3577b34da6a3ce929d0e0e4736", 1).await;
    assert_eq!(spans[0].parent, "00f067aa0ba902b7");
    assert_eq!(spans[0].trace_state, "congo=t61rcWkgMzE,foo@@bar=1");
    assert_eq!(spans[0].flags, 0x301, "sampled, and the parent is remote");
}

#[actix_web::test]
async fn unsampled_trace_is_not_recorded() {
    let Harness { url, sink, .. } = harness();
    let client = reqwest::Client::new();
    let request = client
        .get(format!("{url}/hello/quiet"))
        .header("traceparent", "00-5bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00");
    let response = request.send().await.expect("a response");
    assert_eq!(response.headers().get("traceresponse"), None, "the trace is not recorded");
    get("/hello/after-quiet").await;
    assert!(sink.all().iter().all(|span| span.trace_id != "5bf92f3577b34da6a3ce929d0e0e4736"));
}
