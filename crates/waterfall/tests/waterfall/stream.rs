//! The stream of new and changed traces.

use std::{
    io::Write,
    net::TcpStream,
    time::{Duration, Instant},
};

use crate::{
    process::{DEADLINE, Waterfall},
    spans::{of_service, request, span, trace_hex},
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
        let event =
            format!("event: trace\ndata: {{\"trace_id\":\"{}\",\"version\":{version}}}\n\n", trace_hex(7));
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
