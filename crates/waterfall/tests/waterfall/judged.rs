//! What the page's API says about a trace beside its spans: `GET /api/ui/traces/{id}`.

use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    trace::v1::{ResourceSpans, Span},
};
use reqwest::header::{ETAG, IF_NONE_MATCH};
use serde_json::{Value, json};

use crate::{
    process::Waterfall,
    spans::{MS, START, failed, of_service, request, span, span_hex, text, trace_hex},
};

const SERVER: i32 = 2;
const CLIENT: i32 = 3;
const PRODUCER: i32 = 4;
const CONSUMER: i32 = 5;

/// A span of trace 7 with times in milliseconds.
fn timed(id: u64, parent: u64, kind: i32, from: u64, to: u64) -> Span {
    Span {
        kind,
        start_time_unix_nano: START + from * MS,
        end_time_unix_nano: START + to * MS,
        ..span(7, id, parent, &format!("span {id}"))
    }
}

fn on_host(service: &str, host: &str, spans: Vec<Span>) -> ResourceSpans {
    let mut group = of_service(service, spans);
    group.resource.get_or_insert_default().attributes.push(text("host.name", host));
    group
}

fn path() -> String {
    format!("/api/ui/traces/{}", trace_hex(7))
}

async fn trace_of(sent: ExportTraceServiceRequest) -> (Waterfall, Value) {
    let waterfall = Waterfall::start();
    waterfall.export(&sent).await;
    let trace = waterfall.json(&path()).await;
    (waterfall, trace)
}

/// A column of the rows, in milliseconds where it is a time.
fn column(trace: &Value, key: &str) -> Vec<Value> {
    trace["rows"].as_array().unwrap().iter().map(|row| row[key].clone()).collect()
}

#[tokio::test]
async fn self_time_detached_work_and_the_critical_path_are_sent_with_the_rows() {
    let (_waterfall, trace) = trace_of(request(vec![of_service(
        "shop",
        vec![
            timed(1, 0, SERVER, 0, 100),
            timed(2, 1, CLIENT, 10, 60),
            timed(3, 1, CLIENT, 90, 300), // begun by the root, which did not wait for it
        ],
    )]))
    .await;
    assert_eq!(trace["root"], 0);
    assert_eq!(column(&trace, "self"), [json!(50 * MS), Value::Null, Value::Null]);
    assert_eq!(column(&trace, "detached"), [Value::Null, Value::Null, json!(true)]);
    assert_eq!(
        trace["critical_path"],
        json!({"row": [0, 1, 0], "gap": [0, 0, 0], "time": [10 * MS, 50 * MS, 40 * MS]})
    );
    for absent in ["idle", "queue_waits", "given_up", "clocks", "likely_duration", "origin"] {
        assert!(trace.get(absent).is_none(), "{absent}");
    }
}

#[tokio::test]
async fn children_of_a_missing_parent_are_below_one_placeholder() {
    let (_waterfall, trace) = trace_of(request(vec![of_service(
        "shop",
        vec![
            timed(1, 0, SERVER, 0, 100),
            timed(2, 9, CLIENT, 10, 20),
            timed(3, 1, CLIENT, 30, 40),
            timed(4, 9, CLIENT, 50, 70),
            timed(5, 4, CLIENT, 55, 60),
        ],
    )]))
    .await;
    assert_eq!(trace["missing"], json!([span_hex(9)]));
    assert_eq!(column(&trace, "id"), [1, 9, 2, 4, 5, 3].map(span_hex));
    assert_eq!(column(&trace, "depth"), [0, 1, 2, 2, 3, 1]);
    assert_eq!(
        trace["rows"][1],
        json!({
            "id": span_hex(9), "name": "", "placeholder": true, "depth": 1,
            "start": 10 * MS, "duration": 60 * MS, "self": 0
        })
    );
    // Its id follows from the row above.
    assert_eq!(trace["rows"][2]["parent"], Value::Null);
    assert_eq!(trace["rows"][2]["missing_parent"], true);
}

#[tokio::test]
async fn what_likely_waited_above_a_lost_span_is_named() {
    let (_waterfall, trace) = trace_of(request(vec![
        of_service("reports", vec![timed(1, 0, SERVER, 0, 100), timed(2, 1, CLIENT, 5, 95)]),
        of_service("renderer", vec![timed(3, 9, SERVER, 20, 80), timed(4, 3, CLIENT, 30, 75)]),
    ]))
    .await;
    assert_eq!(column(&trace, "id"), [1, 2, 9, 3, 4].map(span_hex));
    assert_eq!(column(&trace, "depth"), [0, 1, 2, 3, 4], "the lost span is below its likely caller");
    assert_eq!(trace["rows"][3]["likely_caller"], 1);
    assert_eq!(trace["rows"][1]["self"], 30 * MS);
    assert_eq!(trace["critical_path"]["row"], json!([0, 1, 3, 4, 3, 1, 0]));
    assert_eq!(trace["most_time"], json!({"row": 4, "time": 45 * MS, "likely_below": 1}));
}

#[tokio::test]
async fn calls_that_may_both_have_led_to_a_lost_span_are_marked() {
    let calls = vec![timed(1, 0, SERVER, 0, 100), timed(2, 1, CLIENT, 5, 95), timed(3, 1, CLIENT, 6, 94)];
    let (_waterfall, trace) = trace_of(request(vec![
        of_service("reports", calls),
        of_service("renderer", vec![timed(4, 9, SERVER, 20, 80)]),
    ]))
    .await;
    assert_eq!(column(&trace, "may_miss_callee")[1..3], [json!(true), json!(true)]);
    assert_eq!(column(&trace, "likely_caller"), vec![Value::Null; 5]);
    assert_eq!(trace["most_time"], json!({"row": 1, "time": 90 * MS}));
}

#[tokio::test]
async fn attempts_of_one_call_are_one_root_cause_and_one_most_time() {
    let attempt = |id: u64| Span {
        name: "GET users".to_owned(),
        ..failed(timed(id, 1, CLIENT, id * 100, id * 100 + 90), "timeout")
    };
    let mut spans = vec![failed(timed(1, 0, SERVER, 190, 590), "")];
    spans.extend((2..5).map(attempt));
    let (_waterfall, trace) = trace_of(request(vec![of_service("web", spans)])).await;
    assert_eq!(column(&trace, "root_cause"), [Value::Null, json!(3), Value::Null, Value::Null]);
    assert_eq!(trace["most_time"], json!({"row": 1, "attempts": 3, "others": [2, 3], "time": 270 * MS}));
}

#[tokio::test]
async fn row_numbers_count_placeholders() {
    let (_waterfall, trace) = trace_of(request(vec![of_service(
        "shop",
        vec![timed(2, 9, CLIENT, 0, 5), timed(1, 0, SERVER, 10, 100), timed(3, 1, CLIENT, 20, 40)],
    )]))
    .await;
    assert_eq!(column(&trace, "id"), [9, 2, 1, 3].map(span_hex));
    assert_eq!(trace["root"], 2);
    assert_eq!(trace["critical_path"]["row"], json!([2, 3, 2]));
    assert_eq!(trace["idle"], json!([{"from": 5 * MS, "to": 10 * MS, "before": 1, "after": 2}]));
}

#[tokio::test]
async fn a_message_in_a_queue_and_the_time_in_which_nothing_ran_are_named() {
    let (_waterfall, trace) = trace_of(request(vec![
        of_service("shop", vec![timed(1, 0, SERVER, 0, 50), timed(2, 1, PRODUCER, 10, 20)]),
        of_service("mail", vec![timed(3, 2, CONSUMER, 2_420, 2_500)]),
    ]))
    .await;
    assert_eq!(trace["queue_waits"], json!([{"producer": 1, "consumer": 2, "wait": 2_400 * MS}]));
    assert_eq!(trace["idle"], json!([{"from": 50 * MS, "to": 2_420 * MS, "before": 0, "after": 2}]));
}

#[tokio::test]
async fn stretches_below_a_fiftieth_of_the_trace_are_not_called_idle() {
    let spans = (0..200).map(|at| timed(at + 1, 0, SERVER, at * 10, at * 10 + 9)).collect();
    let (_waterfall, trace) = trace_of(request(vec![of_service("cron", spans)])).await;
    assert!(trace.get("idle").is_none());
}

#[tokio::test]
async fn a_call_that_was_given_up_says_when_the_callee_began() {
    let (_waterfall, trace) = trace_of(request(vec![
        on_host("shop", "a", vec![failed(timed(1, 0, CLIENT, 0, 852), "timed out")]),
        on_host("bank", "a", vec![timed(2, 1, SERVER, 1_490, 1_492)]),
    ]))
    .await;
    assert_eq!(
        trace["given_up"],
        json!([{"client": 0, "server": 1, "waited": 852 * MS, "began": 1_490 * MS, "ended": 1_492 * MS}])
    );
    assert_eq!(column(&trace, "detached"), [Value::Null, json!(true)]);
    assert!(trace.get("clocks").is_none());
}

/// A call of 100 ms whose server runs on a host 2 s ahead.
fn skewed() -> ExportTraceServiceRequest {
    let bank = vec![timed(3, 2, SERVER, 2_020, 2_080), timed(4, 3, CLIENT, 2_030, 2_070)];
    request(vec![
        on_host("shop", "a", vec![timed(1, 0, SERVER, 0, 100), timed(2, 1, CLIENT, 10, 90)]),
        on_host("bank", "b", bank),
    ])
}

#[tokio::test]
async fn a_trace_with_skewed_clocks_has_a_likely_duration() {
    let (_waterfall, trace) = trace_of(skewed()).await;
    let clock = json!({
        "host": "b", "services": ["bank"], "ahead": 2_000 * MS, "uncertainty": 10 * MS, "certain": false
    });
    assert_eq!(trace["clocks"], json!([clock]));
    assert_eq!((&trace["duration"], &trace["reported_duration"]), (&json!(2_080 * MS), &json!(2_080 * MS)));
    assert_eq!(trace["likely_duration"], 100 * MS);
    assert_eq!(trace["rows"][2]["start"], 2_020 * MS);
    assert!(trace.get("idle").is_none(), "the time between two clocks that differ is no wait");
}

#[tokio::test]
async fn what_is_judged_is_by_the_likely_clocks_whichever_are_shown() {
    let (waterfall, reported) = trace_of(skewed()).await;
    let corrected = waterfall.json(&format!("{}?clocks=corrected", path())).await;
    for judged in ["id", "self", "detached"] {
        assert_eq!(column(&reported, judged), column(&corrected, judged), "{judged}");
    }
    assert_eq!(reported["most_time"], corrected["most_time"]);
    assert_eq!(reported["critical_path"]["row"], corrected["critical_path"]["row"]);
    // The path is drawn where the spans are shown.
    let gaps = [0, 0, 2_000, 0, 0, -2_000, 0_i64].map(|gap| gap * 1_000_000);
    assert_eq!(reported["critical_path"]["gap"], json!(gaps));
}

#[tokio::test]
async fn a_placeholder_is_where_its_children_are_shown() {
    let mut sent = skewed();
    sent.resource_spans.push(on_host("bank", "b", vec![timed(6, 9, CLIENT, 2_040, 2_050)]));
    let (_waterfall, trace) = trace_of(sent).await;
    let placeholder =
        trace["rows"].as_array().unwrap().iter().find(|row| row["placeholder"] == true).unwrap();
    assert_eq!((&placeholder["start"], &placeholder["duration"]), (&json!(2_040 * MS), &json!(10 * MS)));
}

#[tokio::test]
async fn waits_between_clocks_that_differ_are_told_by_the_likely_clocks() {
    let mut sent = skewed();
    sent.resource_spans.push(on_host("shop", "a", vec![timed(5, 1, PRODUCER, 91, 92)]));
    sent.resource_spans.push(on_host("bank", "b", vec![timed(6, 5, CONSUMER, 3_000, 3_010)]));
    let (waterfall, trace) = trace_of(sent).await;
    assert_eq!(trace["clocks"][0]["ahead"], 2_000 * MS);
    assert_eq!(trace["queue_waits"][0]["wait"], 908 * MS);
    let trace = waterfall.json(&format!("{}?clocks=corrected", path())).await;
    assert_eq!(trace["queue_waits"][0]["wait"], 908 * MS);
}

#[tokio::test]
async fn the_whole_answer_is_by_the_clock_of_the_root_on_request() {
    let (waterfall, _) = trace_of(skewed()).await;
    let trace = waterfall.json(&format!("{}?clocks=corrected", path())).await;
    assert_eq!((&trace["duration"], &trace["likely_duration"]), (&json!(100 * MS), &json!(100 * MS)));
    assert_eq!((&trace["reported_duration"], &trace["corrected"]), (&json!(2_080 * MS), &json!(true)));
    assert_eq!(trace["clocks"][0]["ahead"], 2_000 * MS);
    assert_eq!(column(&trace, "start"), [0, 10 * MS, 20 * MS, 30 * MS].map(|start| json!(start)));
    assert_eq!(trace["rows"][2]["ahead"], 2_000 * MS);
    assert_eq!(column(&trace, "detached"), vec![Value::Null; 4]);
    let on_path = trace["critical_path"]["row"].clone();
    assert_eq!(on_path, json!([0, 1, 2, 3, 2, 1, 0]));
    assert!(trace.get("origin").is_none(), "the trace begins with the root");
}

#[tokio::test]
async fn the_corrected_start_is_relative_to_the_reported_one() {
    let bank = vec![timed(3, 2, SERVER, 500, 560)];
    let shop = vec![timed(1, 0, SERVER, 5_000, 5_100), timed(2, 1, CLIENT, 5_010, 5_090)];
    let (waterfall, _) =
        trace_of(request(vec![on_host("shop", "a", shop), on_host("bank", "b", bank)])).await;
    let trace = waterfall.json(&format!("{}?clocks=corrected", path())).await;
    assert_eq!(trace["origin"], 4_500 * MS);
    assert_eq!(trace["start_unix_nano"], (START + 5_000 * MS).to_string());
    assert_eq!(trace["rows"][0]["start"], 0);
}

#[tokio::test]
async fn the_entity_tag_differs_between_reported_and_corrected_times() {
    let (waterfall, _) = trace_of(skewed()).await;
    let corrected = format!("{}?clocks=corrected", path());
    let tag = waterfall.get(&path()).await.headers()[ETAG].clone();
    assert_eq!(waterfall.get(&format!("{}?clocks=reported", path())).await.headers()[ETAG], tag);
    let url = format!("{}{corrected}", waterfall.ready.http);
    let answer = waterfall.client.get(&url).header(IF_NONE_MATCH, tag).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let tag = answer.headers()[ETAG].clone();
    let again = waterfall.client.get(&url).header(IF_NONE_MATCH, tag).send().await.unwrap();
    assert_eq!(again.status(), 304);
}

#[tokio::test]
async fn an_unknown_clock_is_refused_with_the_known_ones() {
    let (waterfall, _) = trace_of(skewed()).await;
    let response = waterfall.get(&format!("{}?clocks=mine", path())).await;
    assert_eq!(response.status(), 400);
    let body: Value = response.json().await.unwrap();
    assert_eq!(body["error"], "invalid clocks=\"mine\": it must be `reported` or `corrected`");
}
