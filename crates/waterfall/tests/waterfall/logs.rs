//! Log records over every protocol, and the API that returns them.

use opentelemetry_proto::tonic::{
    collector::logs::v1::{
        ExportLogsServiceRequest, ExportLogsServiceResponse, logs_service_client::LogsServiceClient,
    },
    common::v1::{AnyValue, any_value::Value},
    logs::v1::{LogRecord, ResourceLogs, ScopeLogs},
};
use prost::Message;
use serde_json::json;

use crate::{
    encoding::{JSON, PROTOBUF},
    process::Waterfall,
    spans::{MS, START, of_service, request, span, span_hex, text, trace_hex},
};

pub(crate) fn record(trace: u8, span: u64, after: u64, body: &str) -> LogRecord {
    LogRecord {
        time_unix_nano: START + after,
        severity_number: 9,
        severity_text: "INFO".into(),
        body: Some(AnyValue { value: Some(Value::StringValue(body.into())) }),
        attributes: vec![text("user", "<img src=x onerror=alert(1)>")],
        flags: 1,
        trace_id: vec![trace; 16],
        span_id: span.to_be_bytes().into(),
        event_name: "greeting".into(),
        ..LogRecord::default()
    }
}

pub(crate) fn logs(records: Vec<LogRecord>) -> ExportLogsServiceRequest {
    // Has the same resource and scope as the spans.
    let spans = of_service("shop", vec![]);
    ExportLogsServiceRequest {
        resource_logs: vec![ResourceLogs {
            resource: spans.resource,
            scope_logs: vec![ScopeLogs {
                scope: spans.scope_spans[0].scope.clone(),
                log_records: records,
                ..ScopeLogs::default()
            }],
            ..ResourceLogs::default()
        }],
    }
}

async fn read(waterfall: &Waterfall, trace: u8) -> serde_json::Value {
    waterfall.json(&format!("/api/ui/traces/{}/logs", trace_hex(trace))).await
}

#[tokio::test]
async fn log_records_are_stored_over_every_protocol() {
    let waterfall = Waterfall::start();
    waterfall.export(&request(vec![of_service("shop", vec![span(7, 1, 0, "buy")])])).await;
    let body = logs(vec![record(7, 1, 2 * MS, "over HTTP")]);
    let response = waterfall.post("/v1/logs", &[PROTOBUF], body.encode_to_vec()).await;
    assert_eq!((response.status().as_u16(), response.bytes().await.unwrap().len()), (200, 0));
    let body = logs(vec![record(7, 1, MS, "as JSON")]);
    let response = waterfall.post("/v1/logs", &[JSON], serde_json::to_vec(&body).unwrap()).await;
    assert_eq!((response.status().as_u16(), &*response.bytes().await.unwrap()), (200, &b"{}"[..]));
    let mut client = LogsServiceClient::connect(waterfall.ready.otlp_grpc.clone()).await.unwrap();
    let response = client.export(logs(vec![record(7, 1, 3 * MS, "over gRPC")])).await.unwrap().into_inner();
    assert_eq!(response, ExportLogsServiceResponse::default());

    let found = read(&waterfall, 7).await;
    let bodies: Vec<_> = found["logs"].as_array().unwrap().iter().map(|log| &log["body"]["value"]).collect();
    assert_eq!(bodies, ["as JSON", "over HTTP", "over gRPC"]);
}

#[tokio::test]
async fn a_log_record_is_returned_with_all_fields() {
    let waterfall = Waterfall::start();
    waterfall.export(&request(vec![of_service("shop", vec![span(7, 1, 0, "buy")])])).await;
    let outside = LogRecord { span_id: vec![], ..record(7, 0, 0, "in no span") };
    let body = logs(vec![record(7, 1, 5 * MS, "hello"), outside]);
    waterfall.post("/v1/logs", &[PROTOBUF], body.encode_to_vec()).await;
    let found = read(&waterfall, 7).await;
    assert_eq!(found["more"], false);
    assert_eq!(
        found["logs"][1],
        json!({
            "span_id": span_hex(1),
            "time_unix_nano": (START + 5 * MS).to_string(),
            // The trace begins with its span, one millisecond after START.
            "offset": 4 * MS,
            "severity_number": 9,
            "severity_text": "INFO",
            "event_name": "greeting",
            "body": {"type": "string", "value": "hello"},
            "attributes": [{"key": "user", "type": "string", "value": "<img src=x onerror=alert(1)>"}],
            "dropped_attributes": 0,
            "service": "shop",
            "resource": [{"key": "service.name", "type": "string", "value": "shop"}],
            "scope": {"name": "test", "version": "1"},
            "trace_flags": 1,
        })
    );
    assert_eq!(found["logs"][0]["span_id"], serde_json::Value::Null);
    let early = -i64::try_from(MS).unwrap();
    assert_eq!(found["logs"][0]["offset"], early);
}

#[tokio::test]
async fn a_log_record_changes_the_entity_tag_and_is_a_live_update() {
    let waterfall = Waterfall::start();
    waterfall.export(&request(vec![of_service("shop", vec![span(7, 1, 0, "buy")])])).await;
    let path = format!("/api/ui/traces/{}/logs", trace_hex(7));
    let response = waterfall.get(&path).await;
    let tag = response.headers()["etag"].clone();
    assert_eq!(response.headers()["cache-control"], "no-cache");
    assert_eq!(response.json::<serde_json::Value>().await.unwrap(), json!({"logs": [], "more": false}));
    let unchanged = |tag: reqwest::header::HeaderValue| {
        waterfall.client.get(format!("{}{path}", waterfall.ready.http)).header("if-none-match", tag).send()
    };
    assert_eq!(unchanged(tag.clone()).await.unwrap().status(), 304);

    let mut stream = waterfall.get("/api/stream").await;
    waterfall.post("/v1/logs", &[PROTOBUF], logs(vec![record(7, 1, 0, "new")]).encode_to_vec()).await;
    crate::stream::read_until(&mut stream, &trace_hex(7)).await;
    assert_eq!(unchanged(tag).await.unwrap().status(), 200);
}

#[tokio::test]
async fn malformed_log_records_are_a_partial_success_and_untraced_ones_are_counted() {
    let waterfall = Waterfall::start();
    let mut body = logs(vec![
        record(7, 1, 0, "good"),
        LogRecord { severity_text: "MARK".into(), ..record(7, 1, 1, "bad") },
        LogRecord { trace_id: vec![], ..record(7, 1, 2, "of no trace") },
    ])
    .encode_to_vec();
    // Changes the field number of the severity text to that of the flags, whose wire type is different.
    let at = body.windows(4).position(|window| window == b"MARK").unwrap();
    body[at - 2] = 8 << 3 | 2;
    let response = waterfall.post("/v1/logs", &[PROTOBUF], body).await;
    assert_eq!(response.status(), 200);
    let partial = ExportLogsServiceResponse::decode(response.bytes().await.unwrap()).unwrap();
    assert_eq!(partial.partial_success.unwrap().rejected_log_records, 1);
    let status = waterfall.json("/api/ui/status").await;
    assert_eq!((&status["logs"], &status["untraced_logs"]), (&json!(1), &json!(1)));
    let response = waterfall.post("/v1/logs", &[PROTOBUF], b"no request".to_vec()).await;
    assert_eq!(response.status(), 400);
}

#[tokio::test]
async fn log_records_of_an_unknown_trace_are_a_404() {
    let waterfall = Waterfall::start();
    assert_eq!(waterfall.get(&format!("/api/ui/traces/{}/logs", trace_hex(7))).await.status(), 404);
    assert_eq!(waterfall.get("/api/ui/traces/none/logs").await.status(), 400);
}
