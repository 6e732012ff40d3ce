//! The page's API: trace list, rows, span details, and errors.

use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest, common::v1::any_value::Value, trace::v1::Span,
};
use serde_json::json;

use crate::{
    process::Waterfall,
    spans::{MS, START, attribute, failed, linked, of_service, request, span, span_hex, text, trace_hex},
};

/// A shop that calls a bank, which fails. One span of the bank has a missing parent.
fn shop() -> ExportTraceServiceRequest {
    let root = Span {
        attributes: vec![attribute("http.response.status_code", Value::IntValue(502)), text("big", "x")],
        end_time_unix_nano: START + 100 * MS,
        ..span(7, 1, 0, "POST /buy")
    };
    request(vec![
        of_service("shop", vec![root, Span { kind: 3, ..span(7, 2, 1, "POST") }]),
        of_service("bank", vec![failed(span(7, 3, 2, "charge"), "no money\nat all"), span(7, 5, 4, "audit")]),
    ])
}

#[tokio::test]
async fn the_trace_list_has_one_entry_for_each_trace_newest_first() {
    let waterfall = Waterfall::start();
    waterfall.export(&shop()).await;
    waterfall.export(&request(vec![of_service("late", vec![span(8, 50, 0, "later")])])).await;
    let list = waterfall.json("/api/ui/traces?limit=10").await;
    assert_eq!(list["traces"].as_array().unwrap().len(), 2);
    assert_eq!(list["traces"][0]["root_name"], "later");
    let mut entry = list["traces"][1].clone();
    entry.as_object_mut().unwrap().remove("version");
    assert_eq!(
        entry,
        json!({
            "trace_id": trace_hex(7), "root_service": "shop", "root_name": "POST /buy",
            "start_unix_nano": (START + MS).to_string(), "duration": 99 * MS, "spans": 4, "errors": 1,
            "services": [{"name": "shop", "spans": 2}, {"name": "bank", "spans": 2}], "missing": 1,
            "status_code": 502, "failed": true, "handled": 0, "background": 0, "outside": false
        })
    );
    assert_eq!(waterfall.json("/api/ui/traces?limit=1").await["traces"].as_array().unwrap().len(), 1);
    assert_eq!(waterfall.get("/api/ui/traces?limit=many").await.status(), 400);
}

#[tokio::test]
async fn a_trace_is_returned_as_rows_in_preorder() {
    let waterfall = Waterfall::start();
    waterfall.export(&shop()).await;
    let trace = waterfall.json(&format!("/api/ui/traces/{}", trace_hex(7))).await;
    assert_eq!(trace["services"], json!(["shop", "bank"]));
    assert_eq!(trace["missing"], json!([span_hex(4)]));
    assert_eq!(
        (&trace["duration"], &trace["start_unix_nano"]),
        (&json!(99 * MS), &json!((START + MS).to_string()))
    );
    let rows = trace["rows"].as_array().unwrap();
    let shape: Vec<_> =
        rows.iter().map(|row| (row["name"].as_str().unwrap(), row["depth"].as_u64().unwrap())).collect();
    assert_eq!(shape, [("POST /buy", 0), ("POST", 1), ("charge", 2), ("", 0), ("audit", 1)]);
    // Fields that follow from the rows above, or have their usual value, are left out.
    assert_eq!(
        rows[2],
        json!({
            "id": span_hex(3), "service": 1, "name": "charge", "kind": "server",
            "start": 2 * MS, "duration": 10 * MS, "self": 9 * MS, "depth": 2, "status": "error", "message": "no money\nat all", "root_cause": 1
        })
    );
    assert_eq!(rows[0]["note"], "502");
    assert_eq!((&rows[3]["id"], &rows[3]["placeholder"]), (&json!(span_hex(4)), &json!(true)));
    assert_eq!(rows[4]["missing_parent"], true);
}

#[tokio::test]
async fn span_details_are_exact() {
    let waterfall = Waterfall::start();
    let mut full = linked(span(7, 1, 0, "<img src=x onerror=alert(1)>"), 8, 2);
    full.attributes = vec![
        attribute("int", Value::IntValue(i64::MAX)),
        attribute("nan", Value::DoubleValue(f64::NAN)),
        attribute("half", Value::DoubleValue(0.5)),
        attribute("yes", Value::BoolValue(true)),
        attribute("bytes", Value::BytesValue(vec![1, 2, 255])),
    ];
    full.events.push(opentelemetry_proto::tonic::trace::v1::span::Event {
        time_unix_nano: full.start_time_unix_nano + 5,
        name: "exception".into(),
        attributes: vec![text("exception.type", "E")],
        ..Default::default()
    });
    waterfall.export(&request(vec![of_service("shop", vec![full])])).await;
    waterfall.export(&request(vec![of_service("worker", vec![linked(span(8, 2, 0, "work"), 7, 1)])])).await;

    let details = waterfall.json(&format!("/api/ui/traces/{}/spans/{}", trace_hex(7), span_hex(1))).await;
    assert_eq!(details["name"], "<img src=x onerror=alert(1)>");
    assert_eq!(details["start_unix_nano"], (START + MS).to_string());
    assert_eq!(
        details["attributes"],
        json!([
            {"key": "int", "type": "int", "value": "9223372036854775807"},
            {"key": "nan", "type": "double", "value": "NaN"},
            {"key": "half", "type": "double", "value": 0.5},
            {"key": "yes", "type": "bool", "value": true},
            {"key": "bytes", "type": "bytes", "value": "AQL/"}
        ])
    );
    assert_eq!(details["resource"], json!([{"key": "service.name", "type": "string", "value": "shop"}]));
    assert_eq!(details["scope"], json!({"name": "test", "version": "1"}));
    assert_eq!(details["events"][0]["offset"], 5);
    assert_eq!(
        details["links"],
        json!([{"trace_id": trace_hex(8), "span_id": span_hex(2), "attributes": []}])
    );
    assert_eq!(details["linked_from"], json!([{"trace_id": trace_hex(8), "span_id": span_hex(2)}]));
}

#[tokio::test]
async fn spans_that_share_an_id_can_be_requested_one_by_one() {
    let waterfall = Waterfall::start();
    let client = Span { kind: 3, ..span(7, 1, 0, "client half") };
    waterfall
        .export(&request(vec![
            of_service("a", vec![client]),
            of_service("b", vec![span(7, 1, 0, "server half")]),
        ]))
        .await;
    let trace = waterfall.json(&format!("/api/ui/traces/{}", trace_hex(7))).await;
    assert_eq!(trace["rows"][1]["flags"], json!(["shared_id"]));
    assert_eq!(trace["rows"][1]["occurrence"], 1);
    let path = format!("/api/ui/traces/{}/spans/{}", trace_hex(7), span_hex(1));
    assert_eq!(waterfall.json(&path).await["name"], "client half");
    assert_eq!(waterfall.json(&format!("{path}?occurrence=1")).await["name"], "server half");
}

#[tokio::test]
async fn the_otlp_json_of_a_trace_equals_the_request() {
    let waterfall = Waterfall::start();
    let sent = shop();
    waterfall.export(&sent).await;
    let response = waterfall.json(&format!("/api/v3/traces/{}", trace_hex(7))).await;
    let returned: ExportTraceServiceRequest = serde_json::from_value(response["result"].clone()).unwrap();
    assert_eq!(returned, sent);
}

#[tokio::test]
async fn legacy_jaeger_json_has_an_envelope() {
    let waterfall = Waterfall::start();
    waterfall.export(&shop()).await;
    let response = waterfall.json(&format!("/api/traces/{}", trace_hex(7))).await;
    assert_eq!(response["errors"], json!(null));
    assert_eq!(response["data"][0]["traceID"], trace_hex(7));
    assert_eq!(response["data"][0]["spans"].as_array().unwrap().len(), 4);
    assert_eq!(response["data"][0]["processes"]["p2"]["serviceName"], "bank");
}

#[tokio::test]
async fn services_and_their_operations_are_listed() {
    let waterfall = Waterfall::start();
    waterfall.export(&shop()).await;
    assert_eq!(waterfall.json("/api/v3/services").await, json!({"services": ["bank", "shop"]}));
    assert_eq!(waterfall.json("/api/services").await["data"], json!(["bank", "shop"]));
    let operations = waterfall.json("/api/v3/operations?service=shop").await;
    assert_eq!(
        operations,
        json!({"operations": [{"name": "POST", "spanKind": "client"}, {"name": "POST /buy", "spanKind": "server"}]})
    );
    assert_eq!(waterfall.json("/api/services/bank/operations").await["data"], json!(["audit", "charge"]));
}

#[tokio::test]
async fn unknown_ids_are_404_and_invalid_ids_400_in_the_form_of_each_api() {
    let waterfall = Waterfall::start();
    for (path, field) in [("/api/ui/traces", "error"), ("/api/traces", "errors"), ("/api/v3/traces", "error")]
    {
        for (id, status) in
            [(trace_hex(9), 404), ("xyz".to_owned(), 400), ("0".repeat(32), 400), ("1".repeat(33), 400)]
        {
            let response = waterfall.get(&format!("{path}/{id}")).await;
            assert_eq!(response.status(), status, "{path}/{id}");
            let body: serde_json::Value = response.json().await.unwrap();
            assert!(!body[field].is_null(), "{body}");
        }
    }
    waterfall.export(&shop()).await;
    assert_eq!(
        waterfall.get(&format!("/api/ui/traces/{}/spans/{}", trace_hex(7), span_hex(99))).await.status(),
        404
    );
    assert_eq!(waterfall.get("/api/nothing").await.status(), 404);
}

#[tokio::test]
async fn an_unchanged_trace_is_a_304() {
    let waterfall = Waterfall::start();
    waterfall.export(&shop()).await;
    let path = format!("/api/ui/traces/{}", trace_hex(7));
    let tag = waterfall.get(&path).await.headers()["etag"].clone();
    let get_with_tag = |tag| {
        waterfall.client.get(format!("{}{path}", waterfall.ready.http)).header("if-none-match", tag).send()
    };
    assert_eq!(get_with_tag(tag.clone()).await.unwrap().status(), 304);
    waterfall.export(&request(vec![of_service("shop", vec![span(7, 9, 1, "more")])])).await;
    assert_eq!(get_with_tag(tag).await.unwrap().status(), 200);
}
