//! It takes no more than it may, whatever arrives: memory as the system counts it, bytes on the disk.

use std::{fs, path::Path};

use opentelemetry_proto::tonic::trace::v1::Span;
use tempfile::TempDir;

use crate::{
    process::{Waterfall, fails},
    spans::{self, failed, of_service, request, span, text},
};

const MIB: u64 = 1 << 20;
/// What the process needs beside what it may keep: its code, its threads, and requests of these tests on their way in.
const OVERHEAD_MIB: u64 = 96;

/// Text without a pattern.
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

/// Sends so many requests over several connections at once.
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

/// Batches from 1 to 2,000 spans, eight to a trace, each unlike the others.
fn mixed(number: u64) -> Vec<u8> {
    let batch = [1, 2_000, 7, 300, 30][usize::try_from(number % 5).unwrap()];
    let spans = (0..batch).map(|id| {
        let mut span = of_trace((number << 20 | id) / 8 + 1, span(1, id + 1, 0, "GET /users/{handle}"));
        span.attributes =
            (0..8).map(|key| text(&format!("key.{key}"), &noise(number << 20 | id << 4 | key, 12))).collect();
        span
    });
    spans::body(spans.collect())
}

/// As many traces as fit into a request: each costs the index many times what it costs the sender.
fn tiny(number: u64) -> Vec<u8> {
    let spans = (0..30_000).map(|id| Span {
        trace_id: u128::from(number << 20 | id | 1 << 60).to_be_bytes().to_vec(),
        span_id: vec![1; 8],
        ..Span::default()
    });
    spans::body(spans.collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_does_not_take_more_memory_than_it_may() {
    let waterfall = Waterfall::with(&[("WATERFALL_BODY_LIMIT", "4MiB"), ("WATERFALL_MEMORY_LIMIT", "32MiB")]);
    flood(&waterfall, 300, mixed).await;
    let after_mixed = waterfall.peak_mib();
    flood(&waterfall, 12, tiny).await;
    let status = waterfall.json("/api/ui/status").await;
    assert!(status["memory_bytes"].as_u64().unwrap() <= 32 * MIB, "{status}");
    assert!(status["evicted_traces"].as_u64() > status["traces"].as_u64(), "{status}");
    let most = waterfall.peak_mib();
    assert!(most <= 32 + OVERHEAD_MIB, "{most} MiB, {after_mixed} MiB before the last flood: {status}");
}

fn on_disk(folder: &Path) -> u64 {
    use std::os::unix::fs::MetadataExt;
    let files = fs::read_dir(folder).unwrap().filter_map(|entry| entry.unwrap().metadata().ok());
    files.map(|file| file.blocks() * 512).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_does_not_take_more_of_the_disk_than_it_may() {
    let folder = TempDir::new().unwrap();
    let limit = 32 * MIB;
    let waterfall = Waterfall::with(&[
        ("WATERFALL_BODY_LIMIT", "4MiB"),
        ("WATERFALL_DATA", folder.path().to_str().unwrap()),
        ("WATERFALL_DISK_LIMIT", "32MiB"),
    ]);
    for round in 0..8_u64 {
        let mut most = 0;
        // Three megabytes that nothing can pack, in one request.
        for number in 0..4 {
            let mut large = of_trace(round * 4 + number + 1, span(1, 1, 0, "large"));
            large.attributes = vec![text("pad", &noise(round * 4 + number, 3_000_000))];
            waterfall.export(&request(vec![of_service("shop", vec![large])])).await;
            most = most.max(on_disk(folder.path()));
        }
        assert!(most <= limit, "{} MiB", most / MIB);
    }
    let status = waterfall.json("/api/ui/status").await;
    assert!(status["evicted_traces"].as_u64() > Some(8) && status["traces"].as_u64() > Some(2), "{status}");
}

#[tokio::test]
async fn the_oldest_traces_go_when_memory_is_full() {
    let waterfall =
        Waterfall::with(&[("WATERFALL_BODY_LIMIT", "64KiB"), ("WATERFALL_MEMORY_LIMIT", "256KiB")]);
    for trace in 1..=200 {
        let mut span = of_trace(trace, span(1, 1, 0, "big"));
        span.attributes = vec![text("padding", &noise(trace, 10_000))];
        waterfall.export(&request(vec![of_service("shop", vec![span])])).await;
    }
    let list = waterfall.json("/api/ui/traces").await;
    let left = list["traces"].as_array().unwrap().len();
    assert!((10..=25).contains(&left), "{left}");
    assert_eq!(waterfall.get("/api/ui/traces/1").await.status(), 404);
    assert_eq!(waterfall.get(&format!("/api/ui/traces/{:x}", 200)).await.status(), 200);
}

#[tokio::test]
async fn errors_stay_longer_if_that_is_asked_for() {
    let limits = [("WATERFALL_BODY_LIMIT", "64KiB"), ("WATERFALL_MEMORY_LIMIT", "256KiB")];
    for (keep, kept) in [(None, 404), (Some(("WATERFALL_KEEP", "errors,slow:10s")), 200)] {
        let waterfall = Waterfall::with(&limits.into_iter().chain(keep).collect::<Vec<_>>());
        let broken = failed(of_trace(1, span(1, 1, 0, "broken")), "boom");
        waterfall.export(&request(vec![of_service("shop", vec![broken])])).await;
        for trace in 2..=100 {
            let mut ordinary = of_trace(trace, span(1, 1, 0, "ordinary"));
            ordinary.attributes = vec![text("padding", &noise(trace, 10_000))];
            waterfall.export(&request(vec![of_service("shop", vec![ordinary])])).await;
        }
        assert_eq!(waterfall.get("/api/ui/traces/1").await.status(), kept);
        assert_eq!(waterfall.get("/api/ui/traces/2").await.status(), 404);
    }
    let (status, said) = fails(&[("WATERFALL_KEEP", "failures")]);
    assert_eq!(status.code(), Some(1));
    assert_eq!(
        said.lines().last().unwrap(),
        "waterfall: WATERFALL_KEEP must be errors, slow:DURATION such as slow:500ms, or both with a comma between, not \"failures\""
    );
}

/// What the store packs into a two-hundredth.
#[tokio::test]
async fn what_is_found_and_what_is_shown_of_one_span_holds_no_whole_trace() {
    let waterfall = Waterfall::start();
    for id in 1..=24 {
        let attributes = vec![text("said.by", "all"), text("large", &"x".repeat(4 << 20))];
        let large = Span { attributes, ..span(7, id, 0, "large") };
        waterfall.export(&request(vec![of_service("shop", vec![large])])).await;
    }
    let before = waterfall.peak_mib();
    let found = waterfall.json("/api/ui/traces?q=said.by%3Dall").await;
    assert_eq!(found["traces"][0]["spans"], 24);
    waterfall.json(&format!("/api/ui/traces/{}/spans/{}", spans::trace_hex(7), spans::span_hex(9))).await;
    let more = waterfall.peak_mib() - before;
    assert!(more < 24, "{more} MiB more for 96 MiB of spans");
}

/// What is packed so well may be more than any memory when it is unpacked.
#[tokio::test]
async fn a_trace_that_is_too_large_to_be_read_says_so_everywhere() {
    let settings = [("WATERFALL_MEMORY_LIMIT", "32MiB"), ("WATERFALL_BODY_LIMIT", "16MiB")];
    let waterfall = Waterfall::with(&settings);
    // 128 MiB may be read at once. One trace is above that, the other one is large.
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
        let answer = waterfall.get(&path).await;
        assert_eq!(answer.status(), 422, "{path}");
        let said = answer.text().await.unwrap();
        let names = "this is 133 MiB when it is unpacked, and 128 MiB may be read at once";
        assert!(said.contains(names) && said.contains("WATERFALL_MEMORY_LIMIT"), "{path}: {said}");
    }
    let more = waterfall.peak_mib() - before;
    assert!(more < 24, "{more} MiB more for what was not read");
    // Two of these have no room beside one another: one waits for the other.
    let path = format!("/api/ui/traces/{large}");
    let (one, other) = tokio::join!(waterfall.json(&path), waterfall.json(&path));
    assert_eq!((one["rows"].as_array().unwrap().len(), &one), (20, &other));
    let more = waterfall.peak_mib() - before;
    assert!(more < 80 + 48, "{more} MiB more for 80 MiB of spans");
}
