//! Search by Jaeger's HTTP API: parameters, summaries and errors.

use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::{AnyValue, ArrayValue, InstrumentationScope, KeyValueList, any_value::Value},
    trace::v1::{Span, span::Event},
};
use serde_json::{Value as Json, json};

use crate::{
    jaeger::filled,
    process::Waterfall,
    spans::{MS, START, attribute, failed, of_service, request, span, text, trace_hex},
};

const TIME: &str = "query.startTimeMin=2023-11-14T00:00:00Z&query.startTimeMax=2023-11-15T00:00:00.5Z";

async fn status_and_body(waterfall: &Waterfall, path: &str) -> (u16, Json) {
    let response = waterfall.get(path).await;
    (response.status().as_u16(), response.json().await.unwrap())
}

#[tokio::test]
async fn summaries_have_the_form_of_the_v3_protocol() {
    let waterfall = filled().await;
    let found = waterfall.json(&format!("/api/v3/trace-summaries?query.serviceName=bank&{TIME}")).await;
    assert_eq!(
        found,
        json!({"summaries": [{
            "traceId": trace_hex(7),
            "rootServiceName": "shop",
            "rootOperationName": "POST /buy",
            "minStartTimeUnixNano": (START + MS).to_string(),
            "maxEndTimeUnixNano": (START + 13 * MS).to_string(),
            "spanCount": 3,
            "errorSpanCount": 1,
            "orphanSpanCount": 1,
            "services": [{"name": "bank", "spanCount": 1, "errorSpanCount": 1}, {"name": "shop", "spanCount": 2}],
        }]})
    );
    let all = waterfall.json(&format!("/api/v3/trace-summaries?{TIME}")).await;
    assert_eq!(all["summaries"].as_array().unwrap().len(), 2);
    assert_eq!(all["summaries"][1].get("errorSpanCount"), None);
    let one = waterfall.json(&format!("/api/v3/trace-summaries?{TIME}&query.searchDepth=1")).await;
    assert_eq!(one["summaries"].as_array().unwrap().len(), 1);
    let none = waterfall.json(&format!("/api/v3/trace-summaries?{TIME}&query.serviceName=none")).await;
    assert_eq!(none, json!({"summaries": []}));
}

#[tokio::test]
async fn a_v3_search_accepts_both_spellings_and_reports_what_is_wrong() {
    let waterfall = filled().await;
    let snake = "query.start_time_min=2023-11-14T00:00:00Z&query.start_time_max=2023-11-15T00:00:00Z\
                 &query.service_name=bank&query.operation_name=charge&query.duration_min=10ms&query.duration_max=1h30m\
                 &query.num_traces=5&query.attributes=%7B%22error%22%3A%22true%22%2C%22half%22%3A%220.5%22%7D";
    let found = waterfall.json(&format!("/api/v3/traces?{snake}")).await;
    assert_eq!(found["result"]["resourceSpans"].as_array().unwrap().len(), 2);
    let zoned =
        "query.start_time_min=2023-11-14T01:00:00.5+01:00&query.start_time_max=2023-11-15T01:00:00+01:00";
    let found = waterfall.json(&format!("/api/v3/traces?query.service_name=bank&{zoned}")).await;
    assert_eq!(found["result"]["resourceSpans"].as_array().unwrap().len(), 2);
    let parameter = |more: &str| format!("/api/v3/traces?{more}");
    let many: Json = (0..33).map(|n| (n.to_string(), "x")).collect();
    for (path, status, message) in [
        (parameter(""), 400, "query.startTimeMin and query.startTimeMax are required"),
        (parameter(&format!("{TIME}&query.serviceName=none")), 404, "No traces found"),
        (parameter(&format!("{TIME}&query.searchDepth=x")), 400, "malformed parameter query.searchDepth: "),
        (parameter(&format!("{TIME}&query.durationMin=5")), 400, "malformed parameter query.durationMin: "),
        (parameter(&format!("{TIME}&query.attributes=no")), 400, "malformed parameter query.attributes: "),
        (
            parameter(&format!("{TIME}&query.attributes={many}")),
            400,
            "a search can have at most 32 conditions",
        ),
        (
            parameter("query.startTimeMin=2023-11-14T00:00:00Z&query.startTimeMax=2023-11-14T00:00:00Z"),
            400,
            "query.startTimeMin must be before query.startTimeMax",
        ),
        (
            parameter("query.startTimeMin=yesterday&query.startTimeMax=2023-11-14T00:00:00Z"),
            400,
            "malformed parameter query.startTimeMin: ",
        ),
        ("/api/v3/traces/xyz".to_owned(), 400, "malformed parameter trace_id: "),
        (format!("/api/v3/traces/{}", trace_hex(9)), 404, "No traces found"),
        ("/api/v3/trace-summaries".to_owned(), 400, "query.startTimeMin and"),
    ] {
        let (answered, body) = status_and_body(&waterfall, &path).await;
        assert_eq!((answered, &body["error"]["httpCode"]), (status, &json!(status)), "{path}");
        assert!(body["error"]["message"].as_str().unwrap().starts_with(message), "{path}: {body}");
    }
}

#[tokio::test]
async fn legacy_errors_have_the_envelope() {
    let waterfall = filled().await;
    for (path, status, message) in [
        ("/api/traces", 400, "parameter 'service' is required"),
        ("/api/traces?service=shop&limit=x", 400, "unable to parse param 'limit': "),
        ("/api/traces?service=shop&start=x", 400, "unable to parse param 'start': "),
        (
            "/api/traces?service=shop&tag=x",
            400,
            "malformed 'tag' parameter, expecting key:value, received: x",
        ),
        ("/api/traces?service=shop&tags=x", 400, "malformed 'tags' parameter, cannot unmarshal JSON: "),
        (
            "/api/traces?service=shop&minDuration=2s&maxDuration=1s",
            400,
            "'maxDuration' should be greater than 'minDuration'",
        ),
        (
            &format!("/api/traces?service=shop{}", "&tag=a:b".repeat(32)),
            400,
            "a search can have at most 32 conditions",
        ),
        ("/api/traces?traceID=xyz", 400, "unable to parse param 'traceID'"),
        ("/api/operations", 400, "parameter 'service' is required"),
        ("/api/dependencies?endTs=x", 400, "unable to parse param 'endTs': "),
        ("/api/metrics/latencies?service=shop", 501, "metrics querying is currently disabled"),
    ] {
        let (answered, body) = status_and_body(&waterfall, path).await;
        assert_eq!(answered, status, "{path}");
        let text = body["errors"][0]["msg"].as_str().unwrap();
        assert!(text.starts_with(message), "{path}: {text}");
        assert_eq!(
            body,
            json!({"data": null, "total": 0, "limit": 0, "offset": 0, "errors": [{"code": status, "msg": text}]})
        );
    }
}

/// A span with every kind of tag that Jaeger shows.
fn with_every_tag() -> ExportTraceServiceRequest {
    let list =
        ArrayValue { values: vec![AnyValue { value: Some(Value::IntValue(1)) }, AnyValue { value: None }] };
    let map = KeyValueList { values: vec![text("k", "v")] };
    let event = Event {
        time_unix_nano: START,
        name: "exception".into(),
        attributes: vec![
            text("exception.message", "no funds: 5 > 3"),
            attribute("retry", Value::IntValue(2)),
        ],
        ..Event::default()
    };
    let span = Span {
        kind: 2,
        trace_state: "vendor=a,b=c".into(),
        attributes: vec![
            text("text", "a:b \u{e9}"),
            text("empty", ""),
            text("error", "attribute"),
            attribute("int", Value::IntValue(-7)),
            attribute("large", Value::IntValue(i64::MIN)),
            attribute("half", Value::DoubleValue(0.5)),
            attribute("whole", Value::DoubleValue(2.0)),
            attribute("nan", Value::DoubleValue(f64::NAN)),
            attribute("bool", Value::BoolValue(true)),
            attribute("bytes", Value::BytesValue(vec![0, 255, 1])),
            attribute("list", Value::ArrayValue(list)),
            attribute("map", Value::KvlistValue(map)),
        ],
        events: vec![event],
        ..failed(span(7, 1, 0, "charge"), "no funds")
    };
    let mut request = request(vec![of_service("bank", vec![span])]);
    let resource = &mut request.resource_spans[0];
    resource.resource.as_mut().unwrap().attributes.push(text("host.name", "a1"));
    resource.scope_spans[0].scope =
        Some(InstrumentationScope { name: "lib".into(), version: "1.2".into(), ..Default::default() });
    request
}

#[tokio::test]
async fn every_tag_and_log_field_that_is_shown_can_be_searched() {
    let waterfall = Waterfall::start();
    waterfall.export(&with_every_tag()).await;
    // Others, without events and with: the search has to tell them apart.
    let others = vec![span(8, 1, 0, "charge"), failed(span(9, 1, 0, "charge"), "other")];
    waterfall.export(&request(vec![of_service("bank", others)])).await;
    let shown = waterfall.json(&format!("/api/traces/{}", trace_hex(7))).await;
    let trace = &shown["data"][0];
    let span = &trace["spans"][0];
    let list = |json: &Json| json.as_array().unwrap().clone();
    let tags =
        [list(&span["tags"]), list(&span["logs"][0]["fields"]), list(&trace["processes"]["p1"]["tags"])];
    let search = async |key: &str, value: &str| {
        let tags = json!({ key: value }).to_string();
        let query = [("service", "bank"), ("tags", tags.as_str())];
        let url = format!("{}/api/traces", waterfall.ready.http);
        let response = waterfall.client.get(url).query(&query).send().await.unwrap();
        let found: Json = response.json().await.unwrap();
        list(&found["data"]).iter().map(|trace| trace["traceID"].clone()).collect::<Vec<_>>()
    };
    let mut searched = 0;
    for tag in tags.iter().flatten() {
        let key = tag["key"].as_str().unwrap();
        let value = tag["value"].as_str().map_or_else(|| tag["value"].to_string(), str::to_owned);
        let found = search(key, &value).await;
        assert!(
            found.contains(&json!(trace_hex(7).trim_start_matches('0')))
                || found.contains(&json!(trace_hex(7))),
            "{tag}: {found:?}"
        );
        assert!(search(key, &format!("{value}x")).await.is_empty(), "{tag}");
        searched += 1;
    }
    assert_eq!(searched, 12 + 7 + 3 + 1);
    assert_eq!(search("otel.status_code", "ERROR").await.len(), 2);
    assert_eq!(search("otel.status_description", "other").await.len(), 1);
}

#[tokio::test]
async fn missing_traces_are_reported_with_the_id_of_the_request() {
    let waterfall = filled().await;
    let path = format!("/api/traces?traceID={}&traceID=AB&traceID={}", trace_hex(7), trace_hex(9));
    let response = waterfall.json(&path).await;
    assert_eq!(response["data"].as_array().unwrap().len(), 1);
    let missing = |id: &str| json!({"msg": "trace not found", "traceID": id});
    assert_eq!(response["errors"], json!([missing("AB"), missing(&trace_hex(9))]));
    let path = format!("/api/traces?traceID={}&traceID={}", trace_hex(7), trace_hex(8));
    let both = waterfall.json(&path).await;
    assert_eq!((both["data"].as_array().unwrap().len(), &both["errors"]), (2, &json!(null)));
    let none = waterfall.json("/api/traces?service=none").await;
    assert_eq!((&none["data"], &none["errors"]), (&json!([]), &json!(null)));
}
