//! Why traces are broken, over HTTP: `GET /api/doctor`, `GET /api/doctor/{id}` and `GET /api/hops`.

use std::time::{Duration, Instant};

use opentelemetry_proto::tonic::{collector::trace::v1::ExportTraceServiceResponse, trace::v1::Span};
use prost::Message;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::{
    encoding::PROTOBUF,
    process::{DEADLINE, Waterfall, fails},
    spans::{MS, START, of_service, request, span, span_hex, text, trace_hex},
};

const SERVER: i32 = 2;
const CLIENT: i32 = 3;
/// `Span.flags`: the parent's place is known, and it is remote.
const LOCAL: u32 = 0x100;
const REMOTE: u32 = 0x300;

/// A span with times in milliseconds.
fn timed(trace: u8, (id, parent): (u64, u64), kind: i32, flags: u32, (from, to): (u64, u64)) -> Span {
    Span {
        kind,
        flags,
        start_time_unix_nano: START + from * MS + 1,
        end_time_unix_nano: START + to * MS + 1,
        ..span(trace, id, parent, "GET /price")
    }
}

/// Three requests of `shop`, each with a parent that is missing inside the process.
pub(crate) async fn send_never_ended(waterfall: &Waterfall) {
    for trace in 1..=3 {
        waterfall.export(&request(vec![of_service("shop", never_ended(trace).into())])).await;
    }
}

/// A request, and a span below one that is missing.
fn never_ended(trace: u8) -> [Span; 2] {
    let from = u64::from(trace) * 100;
    let server = timed(trace, (1, 0), SERVER, LOCAL, (from, from + 50));
    let child = timed(trace, (3, 2), 1, LOCAL, (from + 10, from + 20));
    [server, child]
}

/// Calls of `shop` to `stock`: where `is_split`, the server begins a trace of its own.
pub(crate) async fn send_calls(waterfall: &Waterfall, numbers: std::ops::Range<u8>, is_split: bool) {
    for number in numbers {
        let from = u64::from(number) * 100;
        let path = format!("/price/{number}");
        let mut client = timed(number, (2, 1), CLIENT, LOCAL, (from + 5, from + 45));
        client.attributes =
            vec![text("http.request.method", "GET"), text("url.full", &format!("http://stock:8080{path}"))];
        let (trace, parent) = if is_split { (number + 100, 0) } else { (number, 2) };
        let mut server = timed(trace, (3, parent), SERVER, REMOTE, (from + 10, from + 40));
        server.attributes = vec![
            text("http.request.method", "GET"),
            text("http.route", "/price/{id}"),
            text("url.path", &path),
            text("http.host", "stock:8080"),
        ];
        let root = timed(number, (1, 0), SERVER, LOCAL, (from, from + 50));
        let shop = of_service("shop", vec![root, client]);
        waterfall.export(&request(vec![shop, of_service("stock", vec![server])])).await;
    }
}

/// Waits until the newest traces count as complete: ten seconds after they arrived.
pub(crate) async fn examined(waterfall: &Waterfall, path: &str, traces: u64) -> Value {
    let begun = Instant::now();
    loop {
        let answer = waterfall.json(path).await;
        if answer["window"]["traces"] == json!(traces) {
            return answer;
        }
        assert!(begun.elapsed() < 2 * DEADLINE, "{answer}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

#[tokio::test]
async fn a_trace_that_may_still_arrive_is_waited_for_and_then_diagnosed() {
    let waterfall = Waterfall::start();
    send_never_ended(&waterfall).await;
    let path = format!("/api/doctor/{}", trace_hex(2));
    let early = waterfall.json(&path).await;
    assert_eq!((&early["arriving"]["slowest"], &early["findings"]), (&json!("shop"), &json!([])));
    assert_eq!(early["missing"], json!([{ "spanId": span_hex(2), "kind": "local" }]));
    let late = examined(&waterfall, &path, 3).await;
    assert_eq!(late["arriving"], Value::Null);
    let finding = &late["findings"][0];
    assert_eq!(finding["code"], "span-never-ended");
    assert_eq!(finding["spans"], json!([{ "traceId": trace_hex(2), "spanId": span_hex(3) }]));
    assert_eq!(finding["otherTraceIds"], json!([trace_hex(1), trace_hex(3)]));
    for part in ["summary", "evidence", "confidence", "disproof", "remedy", "rust"] {
        assert!(finding.get(part).is_some(), "{part} in {finding}");
    }
    let all = waterfall.json("/api/doctor").await;
    let group = &all["groups"][0];
    assert_eq!((&group["code"], &group["affected"]), (&json!("span-never-ended"), &json!(3)));
    assert_eq!(group["trend"].as_array().unwrap().iter().filter_map(Value::as_u64).sum::<u64>(), 3);
    assert_eq!(group["firstUnixNano"], json!((START + 110 * MS + 1).to_string()));
    assert_eq!(group["lastUnixNano"], json!((START + 310 * MS + 1).to_string()));
    assert_eq!(group["exampleTraceId"], json!(trace_hex(1)));
}

/// It is examined where it was asked for, and would keep the others out of sight otherwise.
#[tokio::test]
async fn a_large_newest_trace_is_left_out_of_the_overview() {
    let waterfall = Waterfall::start();
    send_never_ended(&waterfall).await;
    let steps = (1..=50_001).map(|id| timed(9, (id, u64::from(id > 1)), 1, LOCAL, (0, 10)));
    waterfall.export(&request(vec![of_service("shop", steps.collect())])).await;
    let overview = examined(&waterfall, "/api/doctor", 3).await;
    assert_eq!((&overview["window"]["spans"], &overview["window"]["beyond"]), (&json!(6), &json!(1)));
    let path = format!("/api/doctor/{}", trace_hex(9));
    assert_eq!(waterfall.json(&path).await["window"]["spans"], json!(50_001));
}

#[tokio::test]
async fn hops_count_what_was_propagated_and_what_was_lost() {
    let waterfall = Waterfall::start();
    send_calls(&waterfall, 1..5, false).await;
    send_calls(&waterfall, 5..9, true).await;
    let hops = examined(&waterfall, "/api/hops", 12).await;
    assert_eq!(hops["services"], json!(["shop", "stock"]));
    let hop = &hops["hops"][0];
    assert_eq!((&hop["from"], &hop["to"]), (&json!("shop"), &json!("stock")));
    assert_eq!((&hop["propagated"], &hop["lost"], &hop["unknown"]), (&json!(4), &json!(4), &json!(0)));
    assert_eq!(hop["lastGood"]["callee"]["traceId"], json!(trace_hex(4)));
    assert_eq!(hop["lastBad"]["caller"]["traceId"], json!(trace_hex(8)));
    assert_eq!(hop["lastBad"]["callee"]["traceId"], json!(trace_hex(108)));
}

#[tokio::test]
async fn a_caller_may_say_that_its_trace_is_complete() {
    let waterfall = Waterfall::start();
    send_never_ended(&waterfall).await;
    let path = format!("/api/doctor/{}?complete=true", trace_hex(2));
    let answer = waterfall.json(&path).await;
    assert_eq!(answer["arriving"], Value::Null);
    assert_eq!((&answer["window"]["traces"], &answer["window"]["arriving"]), (&json!(1), &json!(2)));
}

#[tokio::test]
async fn the_doctor_is_protected_as_the_rest_of_the_api() {
    let waterfall = Waterfall::with(&[("WATERFALL_READ_TOKEN", "abcdefghijklmnopqrstuvwxyz")]);
    for path in ["/api/doctor", &format!("/api/doctor/{}", trace_hex(1)), "/api/hops", "/doctor"] {
        assert_eq!(waterfall.get(path).await.status(), StatusCode::UNAUTHORIZED, "{path}");
    }
}

#[tokio::test]
async fn wrong_requests_to_the_doctor_are_refused() {
    let waterfall = Waterfall::start();
    for (path, status) in [
        ("/api/doctor/xyz".to_owned(), 400),
        (format!("/api/doctor/{}", trace_hex(9)), 404),
        (format!("/api/doctor/{}?complete=maybe", trace_hex(9)), 400),
    ] {
        assert_eq!(waterfall.get(&path).await.status(), status, "{path}");
    }
    let empty = waterfall.json("/api/doctor").await;
    assert_eq!((&empty["groups"], &empty["window"]["traces"]), (&json!([]), &json!(0)));
}

#[tokio::test]
async fn suppressed_findings_are_left_out_and_counted() {
    let config = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(config.path(), "[[suppress]]\nservice = \"shop\"\nreason = \"known\"\n").unwrap();
    let waterfall = Waterfall::with(&[("WATERFALL_DOCTOR_CONFIG", config.path().to_str().unwrap())]);
    send_never_ended(&waterfall).await;
    let answer = examined(&waterfall, "/api/doctor", 3).await;
    assert_eq!((&answer["suppressed"], &answer["groups"]), (&json!(1), &json!([])));
    let entry = &answer["suppressions"][0];
    assert_eq!((&entry["reason"], &entry["findings"]), (&json!("known"), &json!(1)));
}

#[test]
fn a_wrong_file_of_suppressions_is_refused_at_start() {
    for text in ["[[suppress]]\n", "suppress = 1"] {
        let config = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(config.path(), text).unwrap();
        let (status, log) = fails(&[("WATERFALL_DOCTOR_CONFIG", config.path().to_str().unwrap())]);
        assert!(!status.success() && log.contains("WATERFALL_DOCTOR_CONFIG"), "{log}");
    }
}

#[tokio::test]
async fn senders_are_told_of_their_findings_where_that_is_wanted() {
    let waterfall = Waterfall::with(&[("WATERFALL_DOCTOR_WARNINGS", "on")]);
    // They arrive at once, so that none of them is examined before the others.
    waterfall.export(&request(vec![of_service("shop", (1..=3).flat_map(never_ended).collect())])).await;
    let send = async |service: &str, trace| {
        let span = timed(trace, (1, 0), SERVER, LOCAL, (20_000, 20_050));
        let body = request(vec![of_service(service, vec![span])]).encode_to_vec();
        let response = waterfall.post("/v1/traces", &[PROTOBUF], body).await;
        ExportTraceServiceResponse::decode(response.bytes().await.unwrap()).unwrap().partial_success
    };
    let begun = Instant::now();
    let warning = loop {
        assert_eq!(send("stock", 200).await, None, "no finding is about it");
        if let Some(warning) = send("shop", 201).await {
            break warning;
        }
        assert!(begun.elapsed() < 3 * DEADLINE);
        tokio::time::sleep(Duration::from_millis(200)).await;
    };
    assert_eq!(warning.rejected_spans, 0);
    assert!(warning.error_message.contains("span-never-ended"), "{warning:?}");
    assert_eq!(send("shop", 201).await, None, "once a minute");
}
