//! An exported file is recognised where it came from, however a sender has encoded its spans.

use opentelemetry_proto::tonic::{
    common::v1::{AnyValue, ArrayValue, any_value::Value},
    logs::v1::LogRecord,
    trace::v1::{Span, span::Event},
};
use prost::Message;
use serde_json::json;

use crate::{
    encoding::PROTOBUF,
    files::{export, hostile_span, import},
    logs::{logs, record},
    process::{DEADLINE, Waterfall},
    spans::{START, of_service, span, text, trace_hex},
};

/// A length-delimited field whose tag and length take more bytes than they have to.
fn field(number: usize, content: &[u8]) -> Vec<u8> {
    [&long_varint(number << 3 | 2), &*long_varint(content.len()), content].concat()
}

fn long_varint(number: usize) -> Vec<u8> {
    let seven_bits = |number: usize| u8::try_from(number & 0x7f).unwrap() | 0x80;
    vec![seven_bits(number), seven_bits(number >> 7), 0]
}

/// An attribute with its value in front of its key, an unknown field, and a list.
fn unusual_attribute() -> Vec<u8> {
    let list = AnyValue {
        value: Some(Value::ArrayValue(ArrayValue {
            values: vec![AnyValue { value: Some(Value::IntValue(1)) }],
        })),
    };
    [field(2, &list.encode_to_vec()), field(9, b"unknown"), field(1, b"list")].concat()
}

/// The same span in valid protobuf that no official encoder writes: fields in the reverse order, lengths longer than they
/// have to be, default values, and unknown fields.
fn unusual_encoding(span: &Span) -> Vec<u8> {
    let usual = [
        Span { trace_id: span.trace_id.clone(), ..Span::default() },
        Span { span_id: span.span_id.clone(), ..Span::default() },
        Span { events: span.events.clone(), ..Span::default() },
        Span { attributes: span.attributes.clone(), links: span.links.clone(), ..Span::default() },
        Span {
            trace_id: vec![],
            span_id: vec![],
            events: vec![],
            attributes: vec![],
            links: vec![],
            ..span.clone()
        },
    ];
    let mut fields: Vec<_> = usual.iter().map(Message::encode_to_vec).collect();
    fields.extend([field(9, &unusual_attribute()), field(15, b""), vec![10 << 3, 0], field(31, b"unknown")]);
    fields.reverse();
    fields.concat()
}

fn unusual_request() -> Vec<u8> {
    let event = Event { time_unix_nano: START + 1, attributes: vec![text("k", "v")], ..Event::default() };
    let spans = [
        span(7, 1, 0, "POST /buy"),
        hostile_span(),
        Span { events: vec![event], kind: 0, ..span(7, 3, 1, "") },
    ];
    let spans: Vec<_> = spans.iter().flat_map(|span| field(2, &unusual_encoding(span))).collect();
    let resource = of_service("shop", vec![]).resource.unwrap().encode_to_vec();
    field(1, &[field(2, &[spans, field(1, b"")].concat()), field(1, &resource)].concat())
}

#[tokio::test]
async fn a_file_is_recognised_where_it_came_from_however_its_spans_were_encoded() {
    let folder = tempfile::TempDir::new().unwrap();
    let settings = [("WATERFALL_DATA", folder.path().to_str().unwrap())];
    let waterfall = Waterfall::with(&settings);
    assert_eq!(waterfall.post("/v1/traces", &[PROTOBUF], unusual_request()).await.status(), 200);
    let record = LogRecord { severity_number: 9, flags: 1, ..record(7, 1, 9, "sold") };
    let log = logs(vec![record]).resource_logs.remove(0);
    let log_record =
        [field(31, b"unknown"), log.scope_logs[0].log_records[0].encode_to_vec(), vec![7 << 3, 0]];
    let resource = field(1, &log.resource.unwrap().encode_to_vec());
    let body = field(1, &[resource, field(2, &field(2, &log_record.concat()))].concat());
    assert_eq!(waterfall.post("/v1/logs", &[PROTOBUF], body).await.status(), 200);
    let path = format!("/api/ui/traces/{}/export", trace_hex(7));
    let file = export(&waterfall, &path).await;

    let changes_nothing = async |waterfall: &Waterfall| {
        let before = waterfall.json("/api/ui/status").await;
        assert_eq!((&before["spans"], &before["logs"]), (&json!(3), &json!(1)));
        let imported = import(waterfall, file.clone()).await;
        let message = "3 spans of 1 trace; 1 log record; 3 spans and 1 log record already stored";
        assert_eq!(imported["message"], message);
        let after = waterfall.json("/api/ui/status").await;
        assert_eq!((&after["spans"], &after["logs"]), (&json!(3), &json!(1)));
        assert_eq!(String::from_utf8_lossy(&export(waterfall, &path).await), String::from_utf8_lossy(&file));
    };
    changes_nothing(&waterfall).await;
    drop(waterfall);
    let waterfall = Waterfall::with(&settings);
    // Stored traces are read after the start.
    let is_loaded = async || {
        let status = waterfall.json("/api/ui/status").await;
        status["spans"] == 3 && status["logs"] == 1
    };
    let loaded = async {
        while !is_loaded().await {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(DEADLINE, loaded).await.expect("the trace was not loaded in time");
    changes_nothing(&waterfall).await;
}
