//! Overload: an exhausted budget, slow senders and a full disk are reported so that a sender knows whether to retry.

use std::{io::Write, time::Instant};

use base64::{Engine, prelude::BASE64_STANDARD_NO_PAD};
use prost::Message;

use crate::{
    encoding::{GRPC, JSON, PROTOBUF},
    process::{DEADLINE, Waterfall, command_within},
    rpc::{RetryInfo, Status},
    spans::{self, span, text, trace_hex},
    wire::{EXPORT, Http2, Wire, frame},
};

/// The smallest body limit that can be configured.
const LIMIT: usize = 65_536;

fn with_small_limit() -> Waterfall {
    Waterfall::with(&[("WATERFALL_BODY_LIMIT", "64KiB")])
}

/// Bodies of that size in the request budget.
const MAX_BODIES: usize = 4;

/// A sender that stops before its last byte, and so occupies the budget of a whole body.
fn holder(waterfall: &Waterfall) -> Wire {
    let mut wire = Wire::open(&waterfall.ready.otlp_http);
    wire.send_head(JSON.1, LIMIT);
    // A refused sender is disconnected before it has sent everything.
    let _ = wire.0.write_all(&vec![b' '; LIMIT - 1]);
    wire
}

/// Sends requests until one is refused because of the budget, and returns its response. Each request uses the budget
/// for a moment: a holder that is refused because of it is replaced.
async fn until_full(waterfall: &Waterfall, holders: &mut [Wire], body: &[u8]) -> reqwest::Response {
    let started = Instant::now();
    loop {
        let response = waterfall.post("/v1/traces", &[PROTOBUF], body.to_vec()).await;
        if response.status() == 503 {
            return response;
        }
        assert!(started.elapsed() < DEADLINE, "{}", response.status());
        for refused in holders.iter_mut().filter(|holder| holder.is_answered()) {
            *refused = holder(waterfall);
        }
    }
}

async fn until_accepted(waterfall: &Waterfall, body: &[u8]) {
    let started = Instant::now();
    while waterfall.post("/v1/traces", &[PROTOBUF], body.to_vec()).await.status() != 200 {
        assert!(started.elapsed() < DEADLINE);
    }
}

#[tokio::test]
async fn an_exhausted_budget_is_a_retryable_error_until_it_is_released() {
    let waterfall = with_small_limit();
    let mut holders: Vec<_> = (0..MAX_BODIES).map(|_| holder(&waterfall)).collect();
    let note = text("note", &"x".repeat(4096));
    let mut large = span(7, 1, 0, "buy");
    large.attributes.push(note);
    let body = spans::body(vec![large]);

    let response = until_full(&waterfall, &mut holders, &body).await;
    assert_eq!(response.headers()["retry-after"], "1");
    assert_eq!(response.headers()["content-type"], PROTOBUF.1);
    let status = Status::decode(response.bytes().await.unwrap()).unwrap();
    assert_eq!(status.code, 14);
    assert!(status.message.contains("try again"), "{}", status.message);

    let response = waterfall.post("/v1/traces", &[JSON], vec![b' '; 4096]).await;
    assert_eq!((response.status().as_u16(), response.headers()["retry-after"].to_str().unwrap()), (503, "1"));
    assert_eq!(response.json::<serde_json::Value>().await.unwrap()["code"], 14);

    let http2 = Http2::open(&waterfall.ready.otlp_grpc).await;
    let length = u32::try_from(body.len()).unwrap();
    let response = http2.call(EXPORT, &[GRPC], frame(0, length, &body)).await;
    assert_eq!(response.code(), "14");
    let details = BASE64_STANDARD_NO_PAD.decode(&response.headers["grpc-status-details-bin"]).unwrap();
    let status = Status::decode(&*details).unwrap();
    assert_eq!(status.details[0].type_url, "type.googleapis.com/google.rpc.RetryInfo");
    let info = RetryInfo::decode(&*status.details[0].value).unwrap();
    assert_eq!(info.retry_delay.unwrap().seconds, 1);

    drop(holders);
    until_accepted(&waterfall, &body).await;
    assert_eq!(http2.call(EXPORT, &[GRPC], frame(0, length, &body)).await.code(), "0");
}

#[tokio::test(flavor = "multi_thread")]
async fn heads_and_bodies_that_never_end_time_out_and_others_are_served_meanwhile() {
    // The response to a slow body is one after which OTLP allows a retry.
    let waterfall = with_small_limit();
    let open = || Wire::open(&waterfall.ready.otlp_http);
    let (mut silent, mut head, mut body, mut chunks) = (open(), open(), open(), open());
    silent.send("");
    head.send("POST /v1/traces HTTP/1.1\r\nhost: x\r\n");
    body.send_head(JSON.1, 100);
    body.send(r#"{"resourceSpans""#);
    chunks.send(format!(
        "POST /v1/traces HTTP/1.1\r\nhost: x\r\ncontent-type: {}\r\ntransfer-encoding: chunked\r\n\r\n1\r\n\n\r\n",
        PROTOBUF.1
    ));
    let grpc = Wire::open(&waterfall.ready.otlp_grpc);
    let http2 = Http2::open(&waterfall.ready.otlp_grpc).await;
    let response =
        tokio::spawn(async move { http2.call_without_end(EXPORT, &[GRPC], frame(0, 100, b"x")).await });

    assert_eq!(waterfall.post("/v1/traces", &[JSON], b"{}".to_vec()).await.status(), 200);
    let ends =
        [silent, head, body, chunks, grpc].map(|mut wire| tokio::task::spawn_blocking(move || wire.rest()));
    let [silent, head, body, chunks, grpc] = futures_util::future::join_all(ends).await.try_into().unwrap();
    for cut_off in [silent.unwrap(), head.unwrap()] {
        assert!(cut_off.is_empty() || cut_off.starts_with("HTTP/1.1 408 "), "{cut_off}");
    }
    assert_eq!(grpc.unwrap(), "");
    let body = body.unwrap();
    assert!(
        body.starts_with("HTTP/1.1 504 ") && body.contains(r#"{"code":4,"message":"the body did not arrive"#),
        "{body}"
    );
    assert!(chunks.unwrap().starts_with("HTTP/1.1 504 "));
    assert_eq!(response.await.unwrap().code(), "4");
}

#[tokio::test]
async fn a_full_disk_is_a_503_and_earlier_traces_stay_readable() {
    let folder = tempfile::tempdir().unwrap();
    let settings = [("WATERFALL_DATA", folder.path().to_str().unwrap()), ("WATERFALL_BODY_LIMIT", "1MiB")];
    // No file may grow beyond 8 MiB: then writes fail, as on a full disk.
    let waterfall = Waterfall::of(command_within("ulimit -f 16384", &settings));

    let mut sent = 0;
    let refused = loop {
        sent += 1;
        assert!(sent < 100, "no write failed");
        let spans = (1..=4000).map(|id| span(sent, id, 0, &format!("{sent:-<200}"))).collect();
        let response = waterfall.post("/v1/traces", &[PROTOBUF], spans::body(spans)).await;
        if response.status() != 200 {
            break response;
        }
    };
    assert_eq!((refused.status().as_u16(), refused.headers()["retry-after"].to_str().unwrap()), (503, "1"));
    let status = Status::decode(refused.bytes().await.unwrap()).unwrap();
    assert_eq!(status.code, 14);
    assert!(status.message.contains("cannot be stored"), "{}", status.message);
    assert!(sent > 1);
    for trace in 1..sent {
        let rows = &waterfall.json(&format!("/api/ui/traces/{}", trace_hex(trace))).await["rows"];
        assert_eq!(rows.as_array().unwrap().len(), 4000, "{trace}");
    }
    assert_eq!(waterfall.get(&format!("/api/ui/traces/{}", trace_hex(sent))).await.status(), 404);
}
