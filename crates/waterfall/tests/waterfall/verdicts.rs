//! What the list says about a trace beyond its counts: `GET /api/ui/traces`.

use std::{fs::File, io::Read, path::PathBuf};

use flate2::read::GzDecoder;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, Span};
use serde_json::{Value, json};

use crate::{
    encoding::JSON,
    process::Waterfall,
    spans::{MS, START, failed, of_service, request, span, text},
};

const SERVER: i32 = 2;
const CLIENT: i32 = 3;
const PRODUCER: i32 = 4;
const CONSUMER: i32 = 5;

/// Spans that one listing analyses.
const MAX_ANALYSED: u64 = 100_000;

/// A span of trace 7 with times in milliseconds.
fn timed(id: u64, parent: u64, kind: i32, from: u64, to: u64) -> Span {
    Span {
        kind,
        start_time_unix_nano: START + from * MS,
        end_time_unix_nano: START + to * MS,
        ..span(7, id, parent, &format!("span {id}"))
    }
}

async fn listed(waterfall: &Waterfall) -> Vec<Value> {
    let list = waterfall.json("/api/ui/traces?limit=5000").await;
    list["traces"].as_array().unwrap().clone()
}

/// The list's entry of a trace that consists of these spans.
async fn entry_of(sent: Vec<ResourceSpans>) -> Value {
    let waterfall = Waterfall::start();
    waterfall.export(&request(sent)).await;
    listed(&waterfall).await.remove(0)
}

#[tokio::test]
async fn a_handled_error_is_no_failure() {
    let refused = failed(timed(2, 1, CLIENT, 10, 20), "refused");
    let retried = timed(3, 1, CLIENT, 30, 40);
    let entry = entry_of(vec![of_service("shop", vec![timed(1, 0, SERVER, 0, 100), refused, retried])]).await;
    assert_eq!(
        (&entry["errors"], &entry["failed"], &entry["handled"]),
        (&json!(1), &json!(false), &json!(1))
    );
}

#[tokio::test]
async fn an_error_that_reached_the_root_is_a_failure() {
    let root = failed(timed(1, 0, SERVER, 0, 100), "no stock");
    let call = failed(timed(2, 1, CLIENT, 10, 90), "refused");
    let entry = entry_of(vec![of_service("shop", vec![root, call])]).await;
    assert_eq!((&entry["errors"], &entry["failed"], &entry["handled"]), (&json!(2), &json!(true), &json!(0)));
}

#[tokio::test]
async fn an_error_in_the_background_is_counted_apart() {
    let producer = Span { kind: PRODUCER, ..timed(2, 1, CLIENT, 10, 20) };
    let consumer = Span { kind: CONSUMER, ..failed(timed(3, 2, CLIENT, 500, 550), "no such address") };
    let shop = of_service("shop", vec![timed(1, 0, SERVER, 0, 100), producer]);
    let entry = entry_of(vec![shop, of_service("mailer", vec![consumer])]).await;
    assert_eq!(
        (&entry["errors"], &entry["failed"], &entry["handled"], &entry["background"]),
        (&json!(1), &json!(false), &json!(0), &json!(1))
    );
}

#[tokio::test]
async fn a_caller_outside_is_not_missing() {
    let entry =
        entry_of(vec![of_service("shop", vec![timed(2, 1, SERVER, 0, 100), timed(3, 2, CLIENT, 10, 90)])])
            .await;
    assert_eq!((&entry["outside"], &entry["missing"]), (&json!(true), &json!(0)));
}

#[tokio::test]
async fn a_parent_within_this_system_is_missing() {
    let root = timed(1, 0, SERVER, 0, 100);
    let entry = entry_of(vec![of_service("shop", vec![root, timed(3, 2, CLIENT, 10, 90)])]).await;
    assert_eq!((&entry["outside"], &entry["missing"]), (&json!(false), &json!(1)));
}

#[tokio::test]
async fn clocks_that_differ_beyond_doubt_give_a_likely_duration() {
    let on_host = |service: &str, host: &str, spans: Vec<Span>| {
        let mut group = of_service(service, spans);
        group.resource.get_or_insert_default().attributes.push(text("host.name", host));
        group
    };
    let trace = |server_from: u64| {
        let server = timed(3, 2, SERVER, server_from, server_from + 60);
        vec![
            on_host("shop", "a", vec![timed(1, 0, SERVER, 0, 100), timed(2, 1, CLIENT, 10, 90)]),
            on_host("bank", "b", vec![server]),
        ]
    };
    let skewed = entry_of(trace(2_020)).await;
    assert_eq!((&skewed["duration"], &skewed["likely_duration"]), (&json!(2_080 * MS), &json!(100 * MS)));
    let even = entry_of(trace(20)).await;
    assert_eq!((&even["duration"], even.get("likely_duration")), (&json!(100 * MS), None));
}

#[tokio::test]
async fn work_after_the_answer_is_told_in_the_list_and_on_the_page() {
    let waterfall = Waterfall::start();
    let late = timed(2, 1, CLIENT, 10, 1_500);
    waterfall.export(&request(vec![of_service("shop", vec![timed(1, 0, SERVER, 0, 861), late])])).await;
    let entry = listed(&waterfall).await.remove(0);
    let told = json!({ "is_answer": true, "root_ended": 861 * MS, "ended": 1_500 * MS });
    assert_eq!(entry["late_work"], told);
    let trace = waterfall.json(&format!("/api/ui/traces/{}", entry["trace_id"].as_str().unwrap())).await;
    assert_eq!(trace["late_work"], told);
}

#[tokio::test]
async fn a_peer_without_spans_is_named_on_the_row_of_its_call() {
    let waterfall = Waterfall::start();
    let call =
        |id, peer| Span { attributes: vec![text("peer.service", peer)], ..timed(id, 1, CLIENT, 10, 20) };
    let spans = vec![timed(1, 0, SERVER, 0, 100), call(2, "fonts"), call(3, "bank"), call(4, "fonts")];
    let answer = of_service("bank", vec![timed(5, 3, SERVER, 11, 19)]);
    waterfall.export(&request(vec![of_service("shop", spans), answer])).await;
    let id = listed(&waterfall).await.remove(0);
    let trace = waterfall.json(&format!("/api/ui/traces/{}", id["trace_id"].as_str().unwrap())).await;
    assert_eq!(trace["peers"], json!([{ "name": "fonts", "kind": "remote" }]));
    let rows = trace["rows"].as_array().unwrap().iter();
    let named: Vec<&Value> = rows.filter(|row| row["peer"] == 0).map(|row| &row["id"]).collect();
    assert_eq!(named, ["0000000000000002", "0000000000000004"]);
}

/// The longest root without a parent, as on the trace's own page.
#[tokio::test]
async fn a_trace_of_several_roots_is_named_after_the_longest() {
    let waterfall = Waterfall::start();
    let spans = vec![timed(1, 0, SERVER, 0, 10), timed(2, 0, SERVER, 5, 100), timed(3, 9, SERVER, 0, 500)];
    waterfall.export(&request(vec![of_service("shop", spans)])).await;
    let entry = listed(&waterfall).await.remove(0);
    assert_eq!(entry["root_name"], "span 2");
    let trace = waterfall.json(&format!("/api/ui/traces/{}", entry["trace_id"].as_str().unwrap())).await;
    let root = usize::try_from(trace["root"].as_u64().unwrap()).unwrap();
    assert_eq!(trace["rows"][root]["name"], "span 2");
}

/// The page shows the server span below the client span, as its callee.
#[tokio::test]
async fn a_trace_whose_root_shares_its_id_is_named_as_on_its_page() {
    let client = |parent| Span { name: "call".to_owned(), ..timed(1, parent, CLIENT, 10, 20) };
    let server = |parent| Span { name: "answer".to_owned(), ..timed(1, parent, SERVER, 0, 100) };
    let child = timed(2, 1, CLIENT, 12, 15);
    for (spans, root) in [
        (vec![client(0), server(0)], "call"),
        (vec![client(9), server(9)], "call"),
        // In a cycle, which the page breaks at its earliest span.
        (vec![client(2), server(9), child], "answer"),
    ] {
        let waterfall = Waterfall::start();
        waterfall.export(&request(vec![of_service("shop", spans)])).await;
        let entry = listed(&waterfall).await.remove(0);
        let path = format!("/api/ui/traces/{}", entry["trace_id"].as_str().unwrap());
        let trace = waterfall.json(&path).await;
        let page_root = usize::try_from(trace["root"].as_u64().unwrap()).unwrap();
        assert_eq!((&entry["root_name"], &trace["rows"][page_root]["name"]), (&json!(root), &json!(root)));
    }
}

/// Each listing analyses a limited number of spans, and a later one continues.
#[tokio::test]
async fn large_traces_get_their_verdicts_from_later_listings() {
    let waterfall = Waterfall::start();
    for trace in [1, 2, 3] {
        let spans = (1..=MAX_ANALYSED / 2 + 1).map(|id| span(trace, id, u64::from(id > 1), "step"));
        waterfall.export(&request(vec![of_service("shop", spans.collect())])).await;
    }
    for judged in [1, 2, 3] {
        let entries = listed(&waterfall).await;
        assert_eq!(entries.len(), 3);
        assert_eq!(entries.iter().filter(|entry| entry.get("failed").is_some()).count(), judged);
    }
}

/// A trace above what a listing reads has none, and keeps no other from its own.
#[tokio::test]
async fn a_trace_that_no_listing_reads_keeps_no_other_from_its_verdict() {
    let waterfall = Waterfall::start();
    waterfall.export(&request(vec![of_service("shop", vec![timed(1, 0, SERVER, 0, 100)])])).await;
    // 17 MiB, and more spans than one listing analyses.
    let large = (0..17).map(|id| Span {
        attributes: vec![text("large", &"x".repeat(1 << 20))],
        ..span(8, 1 + id, 0, "large")
    });
    let small = (100..=MAX_ANALYSED + 100).map(|id| span(8, id, 1, "step"));
    waterfall.export(&request(vec![of_service("shop", large.collect())])).await;
    waterfall.export(&request(vec![of_service("shop", small.collect())])).await;
    let entries = listed(&waterfall).await;
    let judged: Vec<bool> = entries.iter().map(|entry| entry.get("failed").is_some()).collect();
    assert_eq!(judged.iter().filter(|judged| **judged).count(), 1, "{entries:?}");
}

fn recording(name: &str) -> Vec<u8> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../trace-model/tests/corpus/healthy");
    let mut json = Vec::new();
    let file = File::open(folder.join(format!("{name}.jsonl.gz"))).unwrap();
    GzDecoder::new(file).read_to_end(&mut json).unwrap();
    json
}

/// Recordings of other SDKs whose traces are well, whatever looks odd in them.
#[tokio::test]
async fn healthy_traces_are_listed_as_such() {
    let waterfall = Waterfall::start();
    for name in [
        "go-grpc",
        "go-hotrod",
        "java-async",
        "java-web",
        "js-shop",
        "js-stream",
        "py-async",
        "py-web",
        "rust-web",
    ] {
        assert_eq!(waterfall.import(&[JSON], recording(name)).await.status(), 200, "{name}");
    }
    let entries = listed(&waterfall).await;
    assert!(entries.len() > 100, "{}", entries.len());
    let mut handled = 0;
    for entry in &entries {
        assert_eq!(entry["missing"], 0, "{entry}");
        assert_eq!(entry.get("likely_duration"), None, "{entry}");
        handled += entry["handled"].as_u64().unwrap_or_else(|| panic!("no verdict: {entry}"));
        assert_eq!(entry["failed"], false, "{entry}");
    }
    assert!(handled > 0, "some of them handle errors");
}
