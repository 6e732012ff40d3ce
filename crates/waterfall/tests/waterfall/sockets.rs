//! Unusual use of connections: pipelining, half-closed sockets, malformed heads and frames.

use std::io::Write;

use crate::{
    encoding::{GRPC, JSON, PROTOBUF},
    process::{Waterfall, command},
    spans::{body, span},
    wire::{EXPORT, Http2, Wire, frame},
};

#[tokio::test]
async fn pipelined_requests_are_answered_in_order() {
    let waterfall = Waterfall::start();
    let mut wire = Wire::open(&waterfall.ready.otlp_http);
    let post = |body: &str, length: usize| {
        format!(
            "POST /v1/traces HTTP/1.1\r\nhost: x\r\ncontent-type: {}\r\ncontent-length: {length}\r\n\r\n{body}",
            JSON.1
        )
    };
    wire.send(post("{}", 2) + &post("{x", 2) + &post("{}", 2));
    // The bad request does not close the connection, because its body was read.
    let responses = [wire.until("{}"), wire.until("column 2\"}"), wire.until("{}")];
    for (response, status) in responses.iter().zip([200, 400, 200]) {
        assert!(response.starts_with(&format!("HTTP/1.1 {status} ")), "{responses:?}");
    }
}

#[tokio::test]
async fn a_half_closed_connection_gets_its_response() {
    let waterfall = Waterfall::start();
    let mut wire = Wire::open(&waterfall.ready.otlp_http);
    wire.send_head(JSON.1, 2);
    wire.send("{}");
    wire.0.shutdown(std::net::Shutdown::Write).unwrap();
    let response = wire.rest();
    assert!(response.starts_with("HTTP/1.1 200 ") && response.ends_with("\r\n\r\n{}"), "{response}");
    let mut cut = Wire::open(&waterfall.ready.otlp_http);
    cut.send_head(JSON.1, 100);
    cut.send("{");
    cut.0.shutdown(std::net::Shutdown::Write).unwrap();
    assert!(!cut.rest().contains(" 200 "));
    assert_eq!(waterfall.post("/v1/traces", &[JSON], b"{}".to_vec()).await.status(), 200);
}

#[tokio::test]
async fn malformed_heads_are_refused() {
    let waterfall = Waterfall::start();
    for head in [
        "\u{0}\u{1}\u{2}\r\n\r\n".to_owned(),
        "POST /v1/traces HTTP/9.9\r\n\r\n".to_owned(),
        format!("POST /v1/traces HTTP/1.1\r\nhost: x\r\nx: {}\r\n\r\n", "y".repeat(1 << 20)),
        format!("POST /{} HTTP/1.1\r\nhost: x\r\n\r\n", "y".repeat(1 << 20)),
        "POST /v1/traces HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}".to_owned(),
        "POST /v1/traces HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n{}".to_owned(),
        "POST /v1/traces HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n".to_owned(),
    ] {
        let mut wire = Wire::open(&waterfall.ready.otlp_http);
        // It may be refused before everything is sent.
        let _ = wire.0.write_all(head.as_bytes());
        let response = wire.rest();
        assert!(!response.contains(" 200 "), "{response}");
    }
    assert_eq!(waterfall.post("/v1/traces", &[JSON], b"{}".to_vec()).await.status(), 200);
}

#[tokio::test]
async fn malformed_frames_get_a_status() {
    let waterfall = Waterfall::with(&[("WATERFALL_BODY_LIMIT", "1MiB")]);
    let http2 = Http2::open(&waterfall.ready.otlp_grpc).await;
    let good = body(vec![span(7, 1, 0, "buy")]);
    let length = u32::try_from(good.len()).unwrap();
    let large = vec![0; (1 << 20) + 1];
    for (body, code) in [
        (frame(0, length, &good), "0"),
        (vec![], "3"),
        (vec![0, 0, 0], "3"),
        (frame(0, u32::MAX, &good), "3"),
        (frame(0, length + 1, &good), "3"),
        (frame(0, length - 1, &good), "3"),
        ([frame(0, length, &good), frame(0, length, &good)].concat(), "3"),
        ([frame(0, length, &good), vec![0]].concat(), "3"),
        (frame(1, length, &good), "3"),
        (frame(7, length, &good), "3"),
        (frame(0, u32::try_from(large.len()).unwrap(), &large), "8"),
    ] {
        let response = http2.call(EXPORT, &[GRPC], body).await;
        assert_eq!((response.status.as_u16(), response.code()), (200, code), "{response:?}");
        assert_eq!(response.headers["content-type"], "application/grpc");
    }
    let unknown_method =
        http2.call("/opentelemetry.proto.collector.trace.v1.TraceService/Import", &[GRPC], vec![]).await;
    assert_eq!(unknown_method.code(), "12");
    let unknown_encoding =
        http2.call(EXPORT, &[GRPC, ("grpc-encoding", "br")], frame(1, length, &good)).await;
    assert_eq!(unknown_encoding.code(), "12");
    assert_eq!(unknown_encoding.headers["grpc-accept-encoding"], "gzip, identity");
    for other in
        ["application/json", "application/grpc-web", "application/grpc+json", "application/x-protobuf"]
    {
        let response = http2.call(EXPORT, &[("content-type", other)], frame(0, length, &good)).await;
        assert_eq!(response.status, 415, "{other}");
    }
    let charset = [("content-type", "application/grpc+proto; charset=utf-8")];
    assert_eq!(http2.call(EXPORT, &charset, frame(0, length, &good)).await.code(), "0");
}

#[tokio::test]
async fn a_thousand_concurrent_calls_on_one_connection_succeed() {
    let waterfall = Waterfall::start();
    let http2 = Http2::open(&waterfall.ready.otlp_grpc).await;
    // After its first response a client knows the limit of concurrent calls, and queues the rest.
    assert_eq!(http2.call(EXPORT, &[GRPC], frame(0, 0, &[])).await.code(), "0");
    let calls = (1..=1000).map(|id| {
        let body = body(vec![span(7, id, 0, "step")]);
        let http2 = http2.clone();
        async move { http2.call(EXPORT, &[GRPC], frame(0, u32::try_from(body.len()).unwrap(), &body)).await }
    });
    for response in futures_util::future::join_all(calls).await {
        assert_eq!(response.code(), "0");
    }
    assert_eq!(waterfall.rows(7).await.len(), 1000);
}

#[tokio::test]
async fn http_1_on_the_grpc_port_is_answered_with_the_right_port() {
    let waterfall = Waterfall::start();
    let mut wire = Wire::open(&waterfall.ready.otlp_grpc);
    wire.send_head(PROTOBUF.1, 1 << 16);
    wire.send(vec![0; 1 << 16]);
    let response = wire.rest();
    let port = |url: &str| url.rsplit_once(':').unwrap().1.to_owned();
    let (http, page) = (port(&waterfall.ready.otlp_http), port(&waterfall.ready.http));
    let told = format!("Send OTLP over HTTP to port {http}. The traces are shown on port {page}.\n");
    assert!(response.starts_with("HTTP/1.1 400 ") && response.ends_with(&told), "{response}");
}

#[tokio::test]
async fn log_messages_about_bad_requests_are_rate_limited() {
    let waterfall = Waterfall::of(command(&[("RUST_LOG", "info")]));
    for _ in 0..300 {
        waterfall.post("/v1/traces", &[JSON], b"{".to_vec()).await;
    }
    let lines = waterfall.log().matches("export refused").count();
    assert!((1..100).contains(&lines), "{lines} lines");
}

#[tokio::test(flavor = "multi_thread")]
async fn idle_grpc_connections_make_room_for_a_new_sender() {
    /// An empty SETTINGS frame (RFC 9113, section 6.5).
    const SETTINGS: [u8; 9] = [0, 0, 0, 4, 0, 0, 0, 0, 0];
    let waterfall = Waterfall::start();
    let preface = [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".as_slice(), &SETTINGS].concat();
    let idle: Vec<_> = (0..600)
        .map(|_| {
            let mut wire = Wire::open(&waterfall.ready.otlp_grpc);
            wire.send(&preface);
            wire
        })
        .collect();
    let http2 = Http2::open(&waterfall.ready.otlp_grpc).await;
    assert_eq!(http2.call(EXPORT, &[GRPC], frame(0, 0, &[])).await.code(), "0");
    drop(idle);
}
