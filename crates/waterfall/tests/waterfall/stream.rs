//! Live updates as server-sent events.

use std::{
    io::Write,
    net::TcpStream,
    time::{Duration, Instant},
};

use opentelemetry_proto::tonic::trace::v1::Span;

use crate::{
    process::{DEADLINE, Waterfall},
    spans::{failed, of_service, request, span, text, trace_hex},
};

/// Reads until `wanted` has been received.
pub(crate) async fn read_until(response: &mut reqwest::Response, wanted: &str) -> String {
    let mut text = String::new();
    let reading = async {
        while !text.contains(wanted) {
            let chunk = response.chunk().await.unwrap().expect("the stream ended");
            text.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    };
    tokio::time::timeout(DEADLINE, reading).await.unwrap_or_else(|_| panic!("{wanted} was not received"));
    text
}

#[tokio::test]
async fn a_new_trace_and_each_change_of_it_are_events() {
    let waterfall = Waterfall::start();
    let mut stream = waterfall.get("/api/stream").await;
    assert_eq!(stream.headers()["content-type"], "text/event-stream");
    read_until(&mut stream, "connected").await;
    let mut last = 0;
    for id in 1..4 {
        waterfall.export(&request(vec![of_service("shop", vec![span(7, id, id - 1, "step")])])).await;
        let version =
            waterfall.json(&format!("/api/ui/traces/{}", trace_hex(7))).await["version"].as_u64().unwrap();
        assert!(version > last);
        last = version;
        let event = format!(
            "id: {version}\nevent: trace\ndata: {{\"trace_id\":\"{}\",\"version\":{version}}}\n\n",
            trace_hex(7)
        );
        read_until(&mut stream, &event).await;
    }
}

#[tokio::test]
async fn a_change_is_sent_within_half_a_second() {
    let waterfall = Waterfall::start();
    let mut stream = waterfall.get("/api/stream").await;
    read_until(&mut stream, "connected").await;
    let started = Instant::now();
    waterfall.export(&request(vec![of_service("shop", vec![span(7, 1, 0, "step")])])).await;
    read_until(&mut stream, "event: trace").await;
    assert!(started.elapsed() < Duration::from_millis(500), "{:?}", started.elapsed());
}

#[tokio::test]
async fn a_stream_with_a_query_has_only_matching_traces() {
    let waterfall = Waterfall::start();
    let mut stream = waterfall.get("/api/stream?q=http.route%3D%2Fbuy%20status%3Derror").await;
    read_until(&mut stream, "connected").await;
    let routed =
        |trace: u8| Span { attributes: vec![text("http.route", "/buy")], ..span(trace, 1, 0, "POST") };
    waterfall
        .export(&request(vec![of_service("shop", vec![routed(1), failed(span(2, 1, 0, "GET"), "down")])]))
        .await;
    waterfall.export(&request(vec![of_service("shop", vec![failed(routed(3), "down")])])).await;
    let events = read_until(&mut stream, &trace_hex(3)).await;
    assert!(!events.contains(&trace_hex(1)) && !events.contains(&trace_hex(2)), "{events}");
    assert_eq!(waterfall.get("/api/stream?q=status%3Dbroken").await.status(), 400);
}

#[tokio::test]
async fn a_reconnecting_client_gets_resync() {
    let waterfall = Waterfall::start();
    let url = format!("{}/api/stream", waterfall.ready.http);
    let mut stream = waterfall.client.get(url).header("last-event-id", "7").send().await.unwrap();
    read_until(&mut stream, "event: resync").await;
}

#[tokio::test]
async fn an_idle_stream_sends_alive() {
    let waterfall = Waterfall::start();
    let mut stream = waterfall.get("/api/stream").await;
    read_until(&mut stream, "event: alive").await;
}

#[tokio::test]
async fn open_streams_are_limited_and_closed_ones_are_released() {
    for (path, max) in [("/api/stream?q=status%3Derror", 32), ("/api/stream", 256)] {
        let waterfall = Waterfall::start();
        let mut streams = Vec::new();
        let refused = loop {
            let response = waterfall.get(path).await;
            if response.status() != 200 {
                break response;
            }
            streams.push(response);
            assert!(streams.len() <= max, "{path}");
        };
        assert_eq!((refused.status().as_u16(), streams.len()), (503, max), "{path}");
        // Other requests are not affected.
        assert_eq!(waterfall.get("/api/ui/status").await.status(), 200);
        drop(streams);
        let started = Instant::now();
        while waterfall.get(path).await.status() != 200 {
            assert!(started.elapsed() < DEADLINE, "{path}: no stream was released");
            // The server notices a closed connection when it writes to it.
            waterfall
                .export(&request(vec![of_service("shop", vec![failed(span(7, 1, 0, "step"), "down")])]))
                .await;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// The client never reads, while more events are sent than socket buffers and queues can hold.
#[tokio::test]
async fn a_client_that_does_not_read_blocks_nobody() {
    let waterfall = Waterfall::start();
    let address = waterfall.ready.http.trim_start_matches("http://");
    let mut stalled = TcpStream::connect(address).unwrap();
    write!(stalled, "GET /api/stream HTTP/1.1\r\nhost: {address}\r\n\r\n").unwrap();
    for round in 0..30_u64 {
        let spans = (1..=2_000_u64).map(|id| {
            let mut span = span(7, id, 0, "flood");
            span.trace_id[..8].copy_from_slice(&(round * 10_000 + id).to_be_bytes());
            span
        });
        waterfall.export(&request(vec![of_service("shop", spans.collect())])).await;
    }
    assert_eq!(waterfall.json("/api/ui/traces?limit=5").await["traces"].as_array().unwrap().len(), 5);
    drop(stalled);
}
