//! Search, by the page's queries and by Jaeger's parameters; metrics and completion.

use opentelemetry_proto::tonic::{common::v1::any_value::Value, trace::v1::Span};
use serde_json::{Value as Json, json};

use crate::{
    process::Waterfall,
    spans::{MS, START, attribute, failed, of_service, request, span, text},
};

async fn filled() -> Waterfall {
    let waterfall = Waterfall::start();
    let with = |span: Span, route: &str, code: i64| Span {
        attributes: vec![
            text("http.route", route),
            attribute("http.response.status_code", Value::IntValue(code)),
        ],
        ..span
    };
    for trace in 1..=3_u8 {
        let root = with(span(trace, 1, 0, "GET /home"), "/home", 200);
        let inner = with(span(trace, 2, 1, "GET /users"), "/users", if trace == 2 { 503 } else { 200 });
        let inner = if trace == 2 { failed(inner, "down") } else { inner };
        let inner = Span { end_time_unix_nano: START + (10 + 50 * u64::from(trace)) * MS, ..inner };
        waterfall
            .export(&request(vec![of_service("gateway", vec![root]), of_service("users", vec![inner])]))
            .await;
    }
    waterfall
}

fn ids(traces: &Json, field: &str) -> Vec<u8> {
    let mut ids: Vec<_> = traces
        .as_array()
        .unwrap()
        .iter()
        .map(|trace| u8::from_str_radix(&trace[field].as_str().unwrap()[..2], 16).unwrap())
        .collect();
    ids.sort_unstable();
    ids
}

#[tokio::test]
async fn the_trace_list_accepts_a_query() {
    let waterfall = filled().await;
    for (query, expected) in [
        ("service%3Dusers%20status%3Derror", vec![2]),
        ("duration%3E100ms", vec![2, 3]),
        ("http.route%3D%22%2Fusers%22%20http.response.status_code%3C300", vec![1, 3]),
        ("nothing", vec![]),
    ] {
        let list = waterfall.json(&format!("/api/ui/traces?q={query}")).await;
        assert_eq!(ids(&list["traces"], "trace_id"), expected, "{query}");
    }
    let first = waterfall.json("/api/ui/traces?limit=2&q=service%3Dusers").await;
    assert_eq!((ids(&first["traces"], "trace_id"), &first["more"]), (vec![2, 3], &json!(true)));
    let older = first["older"].as_str().unwrap();
    let rest = waterfall.json(&format!("/api/ui/traces?limit=2&q=service%3Dusers&older={older}")).await;
    assert_eq!((ids(&rest["traces"], "trace_id"), &rest["older"]), (vec![1], &json!(null)));
    assert_eq!(waterfall.get("/api/ui/traces?older=x").await.status(), 400);
    let response = waterfall.get("/api/ui/traces?q=status%3Dbroken").await;
    assert_eq!(response.status(), 400);
    assert_eq!(
        response.json::<Json>().await.unwrap(),
        json!({"error": "status must be error, ok or unset, at byte 7", "at": 7})
    );
}

#[tokio::test]
async fn jaegers_legacy_search_finds_by_its_parameters() {
    let waterfall = filled().await;
    let around = format!("start={}&end={}", START / 1000 - 1, START / 1000 + 1_000_000);
    for (query, expected) in [
        ("service=users".to_owned(), vec![1, 2, 3]),
        ("service=users&operation=GET%20%2Fhome".to_owned(), vec![]),
        ("service=users&tags=%7B%22error%22%3A%22true%22%7D".to_owned(), vec![2]),
        ("service=users&tag=http.response.status_code:200&minDuration=120ms".to_owned(), vec![3]),
        (format!("service=gateway&{around}"), vec![1, 2, 3]),
        ("service=gateway&end=1000".to_owned(), vec![]),
    ] {
        let response = waterfall.json(&format!("/api/traces?{query}")).await;
        assert_eq!(ids(&response["data"], "traceID"), expected, "{query}");
    }
    assert_eq!(
        waterfall.json("/api/traces?service=users&limit=2").await["data"].as_array().unwrap().len(),
        2
    );
    for bad in ["limit=5", "service=users&limit=x", "service=users&tags=no", "service=users&minDuration=long"]
    {
        let response = waterfall.get(&format!("/api/traces?{bad}")).await;
        assert_eq!(response.status(), 400, "{bad}");
        assert_eq!(response.json::<Json>().await.unwrap()["errors"][0]["code"], 400);
    }
}

#[tokio::test]
async fn jaegers_v3_search_finds_by_its_parameters() {
    let waterfall = filled().await;
    let time = "query.startTimeMin=2023-11-14T00:00:00Z&query.startTimeMax=2023-11-15T00:00:00.5Z";
    let response = waterfall
        .json(&format!("/api/v3/traces?query.serviceName=users&query.durationMin=100ms&{time}"))
        .await;
    let spans = response["result"]["resourceSpans"].as_array().unwrap().iter();
    let spans = spans.map(|resource| resource["scopeSpans"][0]["spans"].as_array().unwrap().len());
    assert_eq!(spans.sum::<usize>(), 4);
    let response = waterfall.get("/api/v3/traces?query.service_name=users").await;
    assert_eq!(response.status(), 400);
    assert_eq!(response.json::<Json>().await.unwrap()["error"]["httpCode"], 400);
}

#[tokio::test]
async fn dependencies_and_durations_are_computed_from_spans() {
    let waterfall = filled().await;
    let dependencies = waterfall.json("/api/dependencies?endTs=1900000000000&lookback=999999999999").await;
    assert_eq!(dependencies["data"], json!([{"parent": "gateway", "child": "users", "callCount": 3}]));
    let services = waterfall.json("/api/ui/services?parts=2").await;
    let percentiles = json!({"p50": 108 * MS, "p95": 158 * MS, "p99": 158 * MS, "max": 158 * MS});
    let with = |mut more: Json| {
        more.as_object_mut().unwrap().extend(percentiles.as_object().unwrap().clone());
        more
    };
    // The gateway's span is no client span, so that only the callee's side is known.
    assert_eq!(
        services["calls"],
        json!([{"parent": "gateway", "parent_kind": "service", "child": "users", "child_kind": "service",
                "by_callee": with(json!({"spans": 3, "errors": 1}))}])
    );
    // The spans of users start later than those of gateway.
    let series = json!({"spans": [0, 3], "errors": [0, 1], "p50": [0, 108 * MS], "p95": [0, 158 * MS], "p99": [0, 158 * MS]});
    assert_eq!(
        services["operations"][1],
        with(
            json!({"service": "users", "name": "GET /users", "kind": "server", "spans": 3, "errors": 1, "series": series})
        )
    );
    assert_eq!(
        services["services"][1],
        with(
            json!({"name": "users", "kinds": ["server"], "entries": true, "spans": 3, "errors": 1, "series": series})
        )
    );
    assert_eq!(services["from"], (START + MS).to_string());
    assert_eq!(services["to"], (START + 2 * MS).to_string());
    assert_eq!(waterfall.json("/api/ui/services?parts=0").await["services"][0]["series"]["spans"], json!([]));
    assert_eq!(waterfall.get("/api/ui/services?from=x").await.status(), 400);
}

#[tokio::test]
async fn completion_positions_are_utf_16_code_units() {
    let waterfall = filled().await;
    // The emoji has four bytes, and two UTF-16 code units.
    let response = waterfall.json("/api/ui/complete?q=%F0%9F%98%80%20http.route%3D%2Fu&at=16").await;
    assert_eq!(
        response,
        json!({"from": 14, "to": 16, "options": [
            {"text": "/users", "label": "/users", "detail": "in 3 of the newest 3 traces", "kind": "value"}]})
    );
    let first = &waterfall.json("/api/ui/complete?q=serv").await["options"][0];
    assert_eq!(
        first,
        &json!({"text": "service=", "label": "service", "detail": "the span's service", "kind": "key"})
    );
    assert_eq!(waterfall.json("/api/ui/complete").await["from"], 0);
    assert_eq!(waterfall.get("/api/ui/complete?at=-1").await.status(), 400);
}

#[tokio::test]
async fn attribute_keys_and_values_are_listed() {
    let waterfall = filled().await;
    assert_eq!(
        waterfall.json("/api/ui/attributes").await,
        json!({"keys": ["http.response.status_code", "http.route", "service.name"], "more": false})
    );
    assert_eq!(
        waterfall.json("/api/ui/attributes/http.route").await,
        json!({"values": ["/home", "/users"], "more": false})
    );
    assert_eq!(waterfall.json("/api/ui/attributes/none").await, json!({"values": [], "more": false}));
}
