//! Memory and disk limits hold under any load: resident memory as the system counts it, blocks on the disk.

use std::{fs, path::Path};

use opentelemetry_proto::tonic::trace::v1::Span;
use tempfile::TempDir;

use crate::{
    process::{Waterfall, fails},
    spans::{self, failed, of_service, request, span, text},
};

const MIB: u64 = 1 << 20;
/// Memory of the process above its limit: code, threads, and the requests of these tests while they are received.
const OVERHEAD_MIB: u64 = 96;

/// Text that cannot be compressed.
fn noise(seed: u64, bytes: usize) -> String {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        char::from(b'0' + u8::try_from(state >> 58).unwrap())
    };
    (0..bytes).map(|_| next()).collect()
}

fn of_trace(trace: u64, span: Span) -> Span {
    Span { trace_id: u128::from(trace).to_be_bytes().to_vec(), ..span }
}

/// Sends requests over several connections at the same time.
async fn flood(waterfall: &Waterfall, requests: u64, body: impl Fn(u64) -> Vec<u8> + Copy + Send + 'static) {
    const SENDERS: u64 = 4;
    let senders = (0..SENDERS).map(|sender| {
        let (client, url) = (waterfall.client.clone(), format!("{}/v1/traces", waterfall.ready.otlp_http));
        tokio::spawn(async move {
            for number in (0..requests).filter(|number| number % SENDERS == sender) {
                let sending = client.post(&url).header("content-type", "application/x-protobuf");
                assert_eq!(sending.body(body(number)).send().await.unwrap().status(), 200);
            }
        })
    });
    for sender in senders.collect::<Vec<_>>() {
        sender.await.unwrap();
    }
}

/// Batches of 1 to 2,000 spans, eight in each trace, with different attributes.
fn mixed_batch(number: u64) -> Vec<u8> {
    let batch = [1, 2_000, 7, 300, 30][usize::try_from(number % 5).unwrap()];
    let spans = (0..batch).map(|id| {
        let mut span = of_trace((number << 20 | id) / 8 + 1, span(1, id + 1, 0, "GET /users/{handle}"));
        span.attributes =
            (0..8).map(|key| text(&format!("key.{key}"), &noise(number << 20 | id << 4 | key, 12))).collect();
        span
    });
    spans::body(spans.collect())
}

/// As many one-span traces as fit in a request. Each costs the index many times its size on the wire.
fn tiny_traces(number: u64) -> Vec<u8> {
    let spans = (0..30_000).map(|id| Span {
        trace_id: u128::from(number << 20 | id | 1 << 60).to_be_bytes().to_vec(),
        span_id: vec![1; 8],
        ..Span::default()
    });
    spans::body(spans.collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_stays_within_the_limit_under_a_flood() {
    let waterfall = Waterfall::with(&[("WATERFALL_BODY_LIMIT", "4MiB"), ("WATERFALL_MEMORY_LIMIT", "32MiB")]);
    flood(&waterfall, 300, mixed_batch).await;
    let after_mixed = waterfall.peak_mib();
    flood(&waterfall, 12, tiny_traces).await;
    let status = waterfall.json("/api/ui/status").await;
    assert!(status["memory_bytes"].as_u64().unwrap() <= 32 * MIB, "{status}");
    assert!(status["evicted_traces"].as_u64() > status["traces"].as_u64(), "{status}");
    let peak = waterfall.peak_mib();
    assert!(peak <= 32 + OVERHEAD_MIB, "{peak} MiB, {after_mixed} MiB before the last flood: {status}");
}

fn disk_usage(folder: &Path) -> u64 {
    use std::os::unix::fs::MetadataExt;
    let files = fs::read_dir(folder).unwrap().filter_map(|entry| entry.unwrap().metadata().ok());
    files.map(|file| file.blocks() * 512).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn files_stay_within_the_disk_limit_under_a_flood() {
    let folder = TempDir::new().unwrap();
    let limit = 32 * MIB;
    let waterfall = Waterfall::with(&[
        ("WATERFALL_BODY_LIMIT", "4MiB"),
        ("WATERFALL_DATA", folder.path().to_str().unwrap()),
        ("WATERFALL_DISK_LIMIT", "32MiB"),
    ]);
    for round in 0..8_u64 {
        let mut peak = 0;
        // A request with three megabytes that cannot be compressed.
        for number in 0..4 {
            let mut large = of_trace(round * 4 + number + 1, span(1, 1, 0, "large"));
            large.attributes = vec![text("pad", &noise(round * 4 + number, 3_000_000))];
            waterfall.export(&request(vec![of_service("shop", vec![large])])).await;
            peak = peak.max(disk_usage(folder.path()));
        }
        assert!(peak <= limit, "{} MiB", peak / MIB);
    }
    let status = waterfall.json("/api/ui/status").await;
    assert!(status["evicted_traces"].as_u64() > Some(8) && status["traces"].as_u64() > Some(2), "{status}");
}

#[tokio::test]
async fn the_oldest_traces_are_evicted_when_memory_is_full() {
    let waterfall =
        Waterfall::with(&[("WATERFALL_BODY_LIMIT", "64KiB"), ("WATERFALL_MEMORY_LIMIT", "256KiB")]);
    for trace in 1..=200 {
        let mut span = of_trace(trace, span(1, 1, 0, "big"));
        span.attributes = vec![text("padding", &noise(trace, 10_000))];
        waterfall.export(&request(vec![of_service("shop", vec![span])])).await;
    }
    let list = waterfall.json("/api/ui/traces").await;
    let remaining = list["traces"].as_array().unwrap().len();
    assert!((10..=25).contains(&remaining), "{remaining}");
    assert_eq!(waterfall.get("/api/ui/traces/1").await.status(), 404);
    assert_eq!(waterfall.get(&format!("/api/ui/traces/{:x}", 200)).await.status(), 200);
}

#[tokio::test]
async fn errors_are_retained_longer_when_configured() {
    let limits = [("WATERFALL_BODY_LIMIT", "64KiB"), ("WATERFALL_MEMORY_LIMIT", "256KiB")];
    for (retention, status) in [(None, 404), (Some(("WATERFALL_KEEP", "errors,slow:10s")), 200)] {
        let waterfall = Waterfall::with(&limits.into_iter().chain(retention).collect::<Vec<_>>());
        let broken = failed(of_trace(1, span(1, 1, 0, "broken")), "boom");
        waterfall.export(&request(vec![of_service("shop", vec![broken])])).await;
        for trace in 2..=100 {
            let mut ordinary = of_trace(trace, span(1, 1, 0, "ordinary"));
            ordinary.attributes = vec![text("padding", &noise(trace, 10_000))];
            waterfall.export(&request(vec![of_service("shop", vec![ordinary])])).await;
        }
        assert_eq!(waterfall.get("/api/ui/traces/1").await.status(), status);
        assert_eq!(waterfall.get("/api/ui/traces/2").await.status(), 404);
    }
    let (status, stderr) = fails(&[("WATERFALL_KEEP", "failures")]);
    assert_eq!(status.code(), Some(1));
    assert_eq!(
        stderr.lines().last().unwrap(),
        "waterfall: WATERFALL_KEEP must be errors, slow:DURATION such as slow:500ms, \
         or both with a comma between, not \"failures\""
    );
}

/// The store compresses these spans to a two-hundredth of their size.
#[tokio::test]
async fn search_and_span_details_do_not_load_the_whole_trace() {
    let waterfall = Waterfall::start();
    for id in 1..=24 {
        let attributes = vec![text("author", "all"), text("large", &"x".repeat(4 << 20))];
        let large = Span { attributes, ..span(7, id, 0, "large") };
        waterfall.export(&request(vec![of_service("shop", vec![large])])).await;
    }
    let before = waterfall.peak_mib();
    let found = waterfall.json("/api/ui/traces?q=author%3Dall").await;
    assert_eq!(found["traces"][0]["spans"], 24);
    waterfall.json(&format!("/api/ui/traces/{}/spans/{}", spans::trace_hex(7), spans::span_hex(9))).await;
    let growth = waterfall.peak_mib() - before;
    assert!(growth < 24, "{growth} MiB for 96 MiB of spans");
}

/// Data that compresses well may exceed all memory when decompressed.
#[tokio::test]
async fn a_trace_above_the_read_budget_is_a_422_in_every_api() {
    let settings = [("WATERFALL_MEMORY_LIMIT", "32MiB"), ("WATERFALL_BODY_LIMIT", "16MiB")];
    let waterfall = Waterfall::with(&settings);
    // The read budget is 128 MiB. One trace exceeds it, the other one fits.
    for (trace, spans) in [(7, 33), (8, 20)] {
        for id in 1..=spans {
            let large =
                Span { attributes: vec![text("large", &"x".repeat(4 << 20))], ..span(trace, id, 0, "large") };
            waterfall.export(&request(vec![of_service("shop", vec![large])])).await;
        }
    }
    let before = waterfall.peak_mib();
    let [too_large, large] = [7, 8].map(spans::trace_hex);
    let paths = [
        format!("/api/ui/traces/{too_large}"),
        format!("/api/ui/traces/{too_large}/export?format=otlp"),
        format!("/api/traces/{too_large}"),
        format!("/api/v3/traces/{too_large}"),
        format!("/api/traces?traceID={too_large}"),
    ];
    for path in paths {
        let response = waterfall.get(&path).await;
        assert_eq!(response.status(), 422, "{path}");
        let text = response.text().await.unwrap();
        let sizes = "the trace has 133 MiB when decompressed, and the limit is 128 MiB";
        assert!(text.contains(sizes) && text.contains("WATERFALL_MEMORY_LIMIT"), "{path}: {text}");
    }
    let growth = waterfall.peak_mib() - before;
    assert!(growth < 24, "{growth} MiB for traces that were not read");
    // Two reads of this trace exceed the budget together, so one waits for the other.
    let path = format!("/api/ui/traces/{large}");
    let (one, other) = tokio::join!(waterfall.json(&path), waterfall.json(&path));
    assert_eq!((one["rows"].as_array().unwrap().len(), &one), (20, &other));
    let growth = waterfall.peak_mib() - before;
    assert!(growth < 80 + 48, "{growth} MiB for 80 MiB of spans");
}
