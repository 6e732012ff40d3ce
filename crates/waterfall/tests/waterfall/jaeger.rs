//! Jaeger's HTTP API, with every field that its page and Grafana's data source read.

use opentelemetry_proto::tonic::{
    common::v1::any_value::Value,
    trace::v1::{Span, span::Event},
};
use serde_json::{Value as Json, json};

use crate::{
    process::Waterfall,
    spans::{MS, START, attribute, failed, linked, of_service, request, span, span_hex, text, trace_hex},
};

/// A request through two services in trace 7, whose second span has a missing parent. Trace 8 is older.
pub(crate) async fn filled() -> Waterfall {
    let waterfall = Waterfall::start();
    let mut charge = linked(failed(span(7, 3, 1, "charge"), "no money"), 8, 1);
    charge.attributes = vec![
        text("db.system.name", "sqlite"),
        attribute("large", Value::IntValue(9_007_199_254_740_993)),
        attribute("half", Value::DoubleValue(0.5)),
        attribute("yes", Value::BoolValue(true)),
        attribute("bytes", Value::BytesValue(vec![1, 2, 255])),
    ];
    charge.events = vec![Event {
        time_unix_nano: START + 4 * MS,
        name: "exception".into(),
        attributes: vec![text("exception.type", "Broke")],
        ..Event::default()
    }];
    charge.trace_state = "k=v".into();
    charge.flags = 0x101;
    let early = Span { end_time_unix_nano: START, ..span(7, 4, 99, "early") };
    waterfall.export(&request(vec![of_service("shop", vec![span(8, 1, 0, "GET /old")])])).await;
    waterfall
        .export(&request(vec![
            of_service("shop", vec![Span { kind: 0, ..span(7, 1, 0, "POST /buy") }, early]),
            of_service("bank", vec![charge]),
        ]))
        .await;
    waterfall
}

#[tokio::test]
async fn a_trace_has_every_field_of_jaegers_model() {
    let waterfall = filled().await;
    let response = waterfall.json(&format!("/api/traces/{}", trace_hex(7))).await;
    let trace = &response["data"][0];
    assert_eq!(trace["traceID"], trace_hex(7));
    assert_eq!(trace["warnings"], json!(null));
    let process = |name: &str, service: &str| (name.to_owned(), json!({"serviceName": service, "tags": []}));
    assert_eq!(trace["processes"], Json::from_iter([process("p1", "shop"), process("p2", "bank")]));
    let tag = |key: &str, of: &str, value: Json| json!({"key": key, "type": of, "value": value});
    assert_eq!(
        trace["spans"][2],
        json!({
            "traceID": trace_hex(7),
            "spanID": span_hex(3),
            "flags": 1,
            "operationName": "charge",
            "references": [
                {"refType": "CHILD_OF", "traceID": trace_hex(7), "spanID": span_hex(1)},
                {"refType": "FOLLOWS_FROM", "traceID": trace_hex(8), "spanID": span_hex(1)},
            ],
            "startTime": (START + 3 * MS) / 1000,
            "duration": 10_000,
            "tags": [
                tag("db.system.name", "string", json!("sqlite")),
                tag("large", "int64", json!("9007199254740993")),
                tag("half", "float64", json!(0.5)),
                tag("yes", "bool", json!(true)),
                tag("bytes", "binary", json!("AQL/")),
                tag("span.kind", "string", json!("server")),
                tag("otel.status_code", "string", json!("ERROR")),
                tag("error", "bool", json!(true)),
                tag("otel.status_description", "string", json!("no money")),
                tag("otel.scope.name", "string", json!("test")),
                tag("otel.scope.version", "string", json!("1")),
                tag("w3c.tracestate", "string", json!("k=v")),
            ],
            "logs": [{"timestamp": (START + 4 * MS) / 1000, "fields": [
                tag("event", "string", json!("exception")), tag("exception.type", "string", json!("Broke"))]}],
            "processID": "p2",
            "warnings": null,
        })
    );
    let early = &trace["spans"][1];
    assert_eq!(
        (&early["duration"], &early["warnings"][0]),
        (&json!(0), &json!("the span ends before it starts"))
    );
}

#[tokio::test]
async fn pretty_print_indents_the_json() {
    let waterfall = filled().await;
    let read = async |query: &str| {
        let response = waterfall.get(&format!("/api/traces/{}{query}", trace_hex(7))).await;
        assert_eq!(response.headers()["content-type"], "application/json");
        response.text().await.unwrap()
    };
    let plain = read("").await;
    for query in ["?prettyPrint=true", "?raw=true&prettyPrint=true", "?prettyPrint=1"] {
        let pretty = read(query).await;
        assert!(pretty.starts_with("{\n    \"data\": [\n        {\n            \"traceID\": "), "{pretty}");
        let [pretty, plain] = [&pretty, &plain].map(|text| serde_json::from_str::<Json>(text).unwrap());
        assert_eq!(pretty, plain);
    }
    for query in ["?prettyPrint=false", "?prettyPrint=", "?raw=true"] {
        assert_eq!(read(query).await, plain, "{query}");
    }
}

#[tokio::test]
async fn archiving_is_refused_in_the_form_of_jaeger() {
    let waterfall = filled().await;
    for (id, status, message) in [
        (trace_hex(7), 500, "archive span storage was not configured"),
        ("xyz".into(), 400, "a trace id must have"),
    ] {
        let url = format!("{}/api/archive/{id}", waterfall.ready.http);
        let response = waterfall.client.post(&url).send().await.unwrap();
        assert_eq!(response.status(), status);
        let body: Json = response.json().await.unwrap();
        assert!(body["errors"][0]["msg"].as_str().unwrap().starts_with(message), "{body}");
    }
}

#[tokio::test]
async fn a_64_bit_trace_id_is_written_with_16_digits() {
    let waterfall = Waterfall::start();
    let mut early = span(1, 1, 0, "early");
    early.trace_id = [vec![0; 15], vec![0xab]].concat();
    let mut late = Span { trace_id: early.trace_id.clone(), ..span(1, 2, 1, "late") };
    late.links = linked(span(1, 1, 0, ""), 8, 1).links;
    waterfall.export(&request(vec![of_service("shop", vec![early, late])])).await;
    let response = waterfall.json("/api/traces?service=shop").await;
    let trace = &response["data"][0];
    let short = json!("00000000000000ab");
    assert_eq!((&trace["traceID"], &trace["spans"][0]["traceID"]), (&short, &short));
    let references = &trace["spans"][1]["references"];
    assert_eq!((&references[0]["traceID"], &references[1]["traceID"]), (&short, &json!(trace_hex(8))));
}

#[tokio::test]
async fn short_ids_and_base64_ids_are_accepted() {
    let waterfall = Waterfall::start();
    let mut short = span(1, 1, 0, "short");
    short.trace_id = [vec![0; 15], vec![0xab]].concat();
    waterfall.export(&request(vec![of_service("shop", vec![short])])).await;
    for id in ["ab", "00ab", "AAAAAAAAAAAAAAAAAAAAqw==", "AAAAAAAAAAAAAAAAAAAAqw"] {
        assert_eq!(waterfall.get(&format!("/api/traces/{id}")).await.status(), 200, "{id}");
        assert_eq!(waterfall.get(&format!("/api/v3/traces/{id}")).await.status(), 200, "{id}");
        let named = waterfall.json(&format!("/api/traces?traceID={id}")).await;
        assert_eq!(named["data"][0]["spans"][0]["operationName"], "short");
    }
}

#[tokio::test]
async fn operations_have_kinds_and_service_names_may_contain_slashes() {
    let waterfall = filled().await;
    let slashed = of_service("a/b c", vec![Span { kind: 3, ..span(9, 1, 0, "call") }, span(9, 2, 1, "call")]);
    waterfall.export(&request(vec![slashed])).await;
    let named = |name: &str, kind: &str| json!({"name": name, "spanKind": kind});
    let operations = waterfall.json("/api/v3/operations?service=shop").await;
    assert_eq!(
        operations["operations"],
        json!([named("GET /old", "server"), named("POST /buy", "internal"), named("early", "server")])
    );
    for kind in ["spanKind", "span_kind"] {
        let operations = waterfall.json(&format!("/api/v3/operations?service=shop&{kind}=internal")).await;
        assert_eq!(operations["operations"], json!([named("POST /buy", "internal")]));
    }
    assert_eq!(waterfall.json("/api/v3/operations").await, json!({"operations": []}));
    let legacy = waterfall.json("/api/operations?service=a%2Fb%20c&spanKind=client").await;
    assert_eq!((&legacy["data"], &legacy["total"]), (&json!([named("call", "client")]), &json!(1)));
    for escaped in ["a%2Fb%20c", "a/b%20c"] {
        let operations = waterfall.json(&format!("/api/services/{escaped}/operations")).await;
        assert_eq!(operations["data"], json!(["call"]), "{escaped}");
    }
}

#[tokio::test]
async fn dependencies_are_limited_to_time_range_and_service() {
    let waterfall = filled().await;
    let end = START / 1_000_000 + 1_000;
    let link = json!([{"parent": "shop", "child": "bank", "callCount": 1}]);
    for (query, expected) in [
        (format!("endTs={end}&lookback=604800000"), link.clone()),
        (format!("endTs={end}"), link.clone()),
        (format!("endTs={end}&service=bank"), link),
        (format!("endTs={end}&service=other"), json!([])),
        (format!("endTs={}", end - 10_000), json!([])),
        (String::new(), json!([])),
    ] {
        let response = waterfall.json(&format!("/api/dependencies?{query}")).await;
        assert_eq!(response["data"], expected, "{query}");
        assert_eq!((&response["total"], &response["errors"]), (&json!(0), &json!(null)));
    }
}

#[tokio::test]
async fn cycles_of_references_are_removed_only_for_jaegers_page() {
    let waterfall = Waterfall::start();
    waterfall.export(&request(vec![of_service("shop", vec![span(7, 1, 2, "a"), span(7, 2, 1, "b")])])).await;
    let references = |trace: &Json| {
        let spans = trace["spans"].as_array().unwrap();
        spans.iter().map(|span| span["references"].as_array().unwrap().len()).sum::<usize>()
    };
    let export = format!("/api/ui/traces/{}/export", trace_hex(7));
    for (path, expected) in [
        (format!("/api/traces/{}", trace_hex(7)), 1),
        (format!("/api/traces/{}?raw=true", trace_hex(7)), 2),
        (format!("/api/traces?traceID={}", trace_hex(7)), 1),
        ("/api/traces?service=shop".to_owned(), 1),
        (format!("{export}?format=jaeger"), 2),
    ] {
        let response = waterfall.json(&path).await;
        assert_eq!(references(&response["data"][0]), expected, "{path}");
    }
    let file = waterfall.get(&export).await.text().await.unwrap();
    let url = format!("{}/api/transform", waterfall.ready.http);
    let response: Json = waterfall.client.post(&url).body(file).send().await.unwrap().json().await.unwrap();
    assert_eq!(references(&response["data"][0]), 1);
}

#[tokio::test]
async fn a_large_response_is_complete() {
    let waterfall = Waterfall::start();
    for trace in 1..=3 {
        for part in 0..7 {
            let spans = (1..=10_000).map(|id| span(trace, part * 10_000 + id, 0, "s")).collect();
            waterfall.export(&request(vec![of_service("shop", spans)])).await;
        }
    }
    let response = waterfall.get("/api/traces?service=shop").await.text().await.unwrap();
    assert_eq!(response.matches("\"spanID\"").count(), 210_000);
    assert!(response.ends_with('}'), "the response is truncated");
}

#[tokio::test]
async fn transform_returns_jaegers_json_and_stores_nothing() {
    let waterfall = filled().await;
    let file = waterfall.get(&format!("/api/ui/export?id={}&id={}", trace_hex(7), trace_hex(8))).await;
    let empty = Waterfall::start();
    let url = format!("{}/api/transform", empty.ready.http);
    // Without a content type, as Jaeger's page sends it.
    let sent = empty.client.post(&url).body(file.text().await.unwrap()).send().await.unwrap();
    assert_eq!(sent.status(), 200);
    let response: Json = sent.json().await.unwrap();
    for (index, trace) in [7, 8].into_iter().enumerate() {
        let stored = waterfall.json(&format!("/api/traces/{}", trace_hex(trace))).await;
        let spans = |trace: &Json| trace["spans"].as_array().unwrap().len();
        assert_eq!(response["data"][index]["traceID"], trace_hex(trace));
        assert_eq!(spans(&response["data"][index]), spans(&stored["data"][0]));
    }
    assert_eq!(empty.json("/api/ui/status").await["spans"], 0);
    let refused = empty.client.post(&url).body("nonsense").send().await.unwrap();
    assert_eq!(refused.status(), 400);
    let body: Json = refused.json().await.unwrap();
    assert!(body["errors"][0]["msg"].as_str().unwrap().contains("not JSON"), "{body}");
    let elsewhere = empty.client.post(&url).header("sec-fetch-site", "cross-site").send().await.unwrap();
    assert_eq!(elsewhere.status(), 403);
}
