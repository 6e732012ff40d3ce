//! The stream of new and changed traces.

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

/// Reads until `wanted` has come.
pub(crate) async fn read_until(answer: &mut reqwest::Response, wanted: &str) -> String {
    let mut text = String::new();
    let reading = async {
        while !text.contains(wanted) {
            let part = answer.chunk().await.unwrap().expect("the stream goes on");
            text.push_str(std::str::from_utf8(&part).unwrap());
        }
    };
    tokio::time::timeout(DEADLINE, reading).await.unwrap_or_else(|_| panic!("{wanted} did not come"));
    text
}

#[tokio::test]
async fn a_new_trace_and_each_change_of_it_are_told() {
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
async fn a_change_is_told_within_a_fraction_of_a_second() {
    let waterfall = Waterfall::start();
    let mut stream = waterfall.get("/api/stream").await;
    read_until(&mut stream, "connected").await;
    let begun = Instant::now();
    waterfall.export(&request(vec![of_service("shop", vec![span(7, 1, 0, "step")])])).await;
    read_until(&mut stream, "event: trace").await;
    assert!(begun.elapsed() < Duration::from_millis(500), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_watcher_with_a_query_is_told_what_matches_and_nothing_else() {
    let waterfall = Waterfall::start();
    let mut stream = waterfall.get("/api/stream?q=http.route%3D%2Fbuy%20status%3Derror").await;
    read_until(&mut stream, "connected").await;
    let routed =
        |trace: u8| Span { attributes: vec![text("http.route", "/buy")], ..span(trace, 1, 0, "POST") };
    waterfall
        .export(&request(vec![of_service("shop", vec![routed(1), failed(span(2, 1, 0, "GET"), "down")])]))
        .await;
    waterfall.export(&request(vec![of_service("shop", vec![failed(routed(3), "down")])])).await;
    let told = read_until(&mut stream, &trace_hex(3)).await;
    assert!(!told.contains(&trace_hex(1)) && !told.contains(&trace_hex(2)), "{told}");
    assert_eq!(waterfall.get("/api/stream?q=status%3Dbroken").await.status(), 400);
}

#[tokio::test]
async fn a_watcher_that_comes_back_is_told_to_look_again() {
    let waterfall = Waterfall::start();
    let url = format!("{}/api/stream", waterfall.ready.http);
    let mut back = waterfall.client.get(url).header("last-event-id", "7").send().await.unwrap();
    read_until(&mut back, "event: resync").await;
}

#[tokio::test]
async fn a_quiet_stream_says_that_it_is_alive() {
    let waterfall = Waterfall::start();
    let mut stream = waterfall.get("/api/stream").await;
    read_until(&mut stream, "event: alive").await;
}

#[tokio::test]
async fn there_is_an_end_to_watchers_and_their_places_are_given_back() {
    for (path, most) in [("/api/stream?q=status%3Derror", 32), ("/api/stream", 256)] {
        let waterfall = Waterfall::start();
        let mut watching = Vec::new();
        let refused = loop {
            let answer = waterfall.get(path).await;
            if answer.status() != 200 {
                break answer;
            }
            watching.push(answer);
            assert!(watching.len() <= most, "{path}");
        };
        assert_eq!((refused.status().as_u16(), watching.len()), (503, most), "{path}");
        // The page is served all the same.
        assert_eq!(waterfall.get("/api/ui/status").await.status(), 200);
        drop(watching);
        let begun = Instant::now();
        while waterfall.get(path).await.status() != 200 {
            assert!(begun.elapsed() < DEADLINE, "{path}: no place is given back");
            // A closed connection is seen when something is written to it.
            waterfall
                .export(&request(vec![of_service("shop", vec![failed(span(7, 1, 0, "step"), "down")])]))
                .await;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// The watcher asks and then never reads; the flood goes on past all that sockets and queues can hold.
#[tokio::test]
async fn a_watcher_that_does_not_read_holds_up_nobody() {
    let waterfall = Waterfall::start();
    let address = waterfall.ready.http.trim_start_matches("http://");
    let mut lazy = TcpStream::connect(address).unwrap();
    write!(lazy, "GET /api/stream HTTP/1.1\r\nhost: {address}\r\n\r\n").unwrap();
    for round in 0..30_u64 {
        let spans = (1..=2_000_u64).map(|id| {
            let mut span = span(7, id, 0, "flood");
            span.trace_id[..8].copy_from_slice(&(round * 10_000 + id).to_be_bytes());
            span
        });
        waterfall.export(&request(vec![of_service("shop", spans.collect())])).await;
    }
    assert_eq!(waterfall.json("/api/ui/traces?limit=5").await["traces"].as_array().unwrap().len(), 5);
    drop(lazy);
}
