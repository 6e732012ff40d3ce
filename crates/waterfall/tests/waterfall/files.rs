//! Export and import: an exported file that is imported elsewhere is exported again byte for byte.

use opentelemetry_proto::tonic::{
    common::v1::{AnyValue, ArrayValue, KeyValueList, any_value::Value},
    logs::v1::LogRecord,
    trace::v1::{Span, span::Event},
};
use prost::Message;
use serde_json::Value as Json;

use crate::{
    encoding::{JSON, PROTOBUF},
    logs::{logs, record},
    process::Waterfall,
    spans::{START, attribute, failed, linked, of_service, request, span, text, trace_hex},
};

/// A span with unusual values in every field, and duplicate attributes.
pub(crate) fn hostile_span() -> Span {
    let nested = Value::ArrayValue(ArrayValue {
        values: vec![AnyValue { value: None }, AnyValue { value: Some(Value::BytesValue(vec![0, 255])) }],
    });
    let span = failed(linked(span(7, 2, 1, "<img src=x onerror=alert(1)>"), 8, 2), "ñ\u{0}\"\\");
    Span {
        trace_state: "k=v".into(),
        flags: 0x301,
        attributes: vec![
            attribute("nan", Value::DoubleValue(f64::NAN)),
            attribute("tenth", Value::DoubleValue(0.1)),
            attribute("zero", Value::IntValue(0)),
            attribute("large", Value::IntValue(i64::MIN)),
            attribute("nested", nested),
            attribute(
                "map",
                Value::KvlistValue(KeyValueList { values: vec![text("k", "v"), text("k", "w")] }),
            ),
            text("twice", "a"),
            text("twice", "a"),
            text("", ""),
        ],
        dropped_attributes_count: 3,
        events: vec![Event { time_unix_nano: START + 1, name: "e".into(), ..Event::default() }],
        dropped_events_count: 1,
        dropped_links_count: 2,
        ..span
    }
}

pub(crate) async fn filled() -> Waterfall {
    let waterfall = Waterfall::start();
    let shared = Span { kind: 3, ..span(7, 1, 0, "client half") };
    // The services alternate: the file must keep their order.
    waterfall
        .export(&request(vec![
            of_service("shop", vec![span(7, 1, 0, "POST /buy")]),
            of_service("bank", vec![hostile_span(), span(8, 1, 0, "other")]),
            of_service("shop", vec![shared]),
        ]))
        .await;
    waterfall
}

pub(crate) async fn export(waterfall: &Waterfall, path: &str) -> Vec<u8> {
    let response = waterfall.get(path).await;
    assert_eq!(response.status(), 200, "{path}");
    response.bytes().await.unwrap().to_vec()
}

pub(crate) async fn import(waterfall: &Waterfall, file: Vec<u8>) -> Json {
    let response = waterfall.import(&[JSON], file).await;
    assert_eq!(response.status(), 200);
    response.json().await.unwrap()
}

#[tokio::test]
async fn exported_traces_are_identical_after_import() {
    let waterfall = filled().await;
    let (first, second) = (trace_hex(7), trace_hex(8));
    for path in [
        format!("/api/ui/traces/{first}/export"),
        format!("/api/ui/traces/{first}/export?format=jaeger"),
        format!("/api/ui/export?id={first}&id={second}&format=otlp"),
        format!("/api/ui/export?id={first}&id={second}&format=jaeger"),
        format!("/api/v3/traces/{first}"),
        format!("/api/traces/{first}"),
    ] {
        let file = export(&waterfall, &path).await;
        let empty = Waterfall::start();
        let imported = import(&empty, file.clone()).await;
        assert_eq!(imported["traces"][0], first, "{path}");
        assert_eq!(imported["rejected"], 0, "{path}");
        assert_eq!(
            String::from_utf8_lossy(&export(&empty, &path).await),
            String::from_utf8_lossy(&file),
            "{path}"
        );
        // A second import changes nothing.
        let again = import(&empty, file).await;
        assert_eq!(again["spans"], imported["spans"]);
        assert!(again["message"].as_str().unwrap().contains("already stored"), "{again}");
    }
}

async fn send_logs(waterfall: &Waterfall, records: Vec<LogRecord>) {
    let response = waterfall.post("/v1/logs", &[PROTOBUF], logs(records).encode_to_vec()).await;
    assert_eq!(response.status(), 200);
}

/// Log records with unusual values: duplicates, late ones, and some outside of spans.
fn hostile_records() -> Vec<LogRecord> {
    let body = Value::KvlistValue(KeyValueList {
        values: vec![text("k", "<b>"), attribute("nan", Value::DoubleValue(f64::NAN))],
    });
    vec![
        record(7, 1, 9, "late"),
        LogRecord { span_id: vec![], ..record(7, 0, 5, "in no span") },
        record(8, 1, 5, "of the other trace"),
        LogRecord {
            time_unix_nano: 0,
            observed_time_unix_nano: START + 7,
            severity_number: -3,
            severity_text: "\u{0}\"".into(),
            body: Some(AnyValue { value: Some(body) }),
            dropped_attributes_count: u32::MAX,
            flags: 0x8000_0301,
            event_name: String::new(),
            ..record(7, 2, 0, "")
        },
        LogRecord { trace_id: vec![7; 16], ..LogRecord::default() },
        record(7, 1, 6, "twice"),
        record(7, 1, 6, "twice"),
    ]
}

#[tokio::test]
async fn exported_log_records_are_identical_after_import() {
    let waterfall = filled().await;
    send_logs(&waterfall, hostile_records()).await;
    // A record of another resource, whose time is between the others.
    let mut of_bank = logs(vec![record(7, 2, 6, "charged")]);
    of_bank.resource_logs[0].resource = of_service("bank", vec![]).resource;
    waterfall.post("/v1/logs", &[PROTOBUF], of_bank.encode_to_vec()).await;
    let (first, second) = (trace_hex(7), trace_hex(8));
    for path in [
        format!("/api/ui/traces/{first}/export"),
        format!("/api/ui/export?id={first}&id={second}"),
        format!("/api/ui/export?id={second}&id={first}"),
    ] {
        let file = export(&waterfall, &path).await;
        let empty = Waterfall::start();
        import(&empty, file.clone()).await;
        let again = export(&empty, &path).await;
        assert_eq!(String::from_utf8_lossy(&again), String::from_utf8_lossy(&file), "{path}");
        let logs = format!("/api/ui/traces/{first}/logs");
        assert_eq!(empty.json(&logs).await, waterfall.json(&logs).await, "{path}");
        let status = waterfall.json("/api/ui/status").await;
        let imported = empty.json("/api/ui/status").await["logs"].as_u64();
        assert_eq!(imported, Some(if path.contains(&second) { 8 } else { 7 }), "{path}");
        // Importing into the origin adds nothing.
        import(&waterfall, file).await;
        let after = waterfall.json("/api/ui/status").await;
        assert_eq!((&after["spans"], &after["logs"]), (&status["spans"], &status["logs"]), "{path}");
    }
    // Jaeger has no log records; its `logs` are span events.
    let jaeger_file = export(&waterfall, &format!("/api/ui/traces/{first}/export?format=jaeger")).await;
    assert!(!String::from_utf8_lossy(&jaeger_file).contains("charged"));
}

#[tokio::test]
async fn a_file_without_log_records_has_only_spans() {
    let waterfall = filled().await;
    send_logs(&waterfall, vec![record(8, 1, 0, "of the other trace")]).await;
    let file: Json =
        serde_json::from_slice(&export(&waterfall, &format!("/api/ui/traces/{}/export", trace_hex(7))).await)
            .unwrap();
    assert_eq!(file.as_object().unwrap().keys().collect::<Vec<_>>(), ["resourceSpans"]);
}

/// The trace is larger than one chunk of the store, and its services alternate.
#[tokio::test]
async fn a_large_trace_is_identical_after_import() {
    let waterfall = Waterfall::start();
    let services = (0..12_u64).map(|block| {
        let spans = (1..=600_u64).map(|n| {
            let span = span(7, block * 1_000 + n, 0, "step");
            Span { attributes: vec![text("padding", &"x".repeat(200)), text("n", &n.to_string())], ..span }
        });
        of_service(["shop", "bank", "post"][usize::try_from(block % 3).unwrap()], spans.collect())
    });
    waterfall.export(&request(services.collect())).await;
    for format in ["otlp", "jaeger"] {
        let path = format!("/api/ui/traces/{}/export?format={format}", trace_hex(7));
        let file = export(&waterfall, &path).await;
        assert!(file.len() > 2 << 20);
        let empty = Waterfall::start();
        assert_eq!(import(&empty, file.clone()).await["spans"], 7_200);
        assert!(export(&empty, &path).await == file, "{format}");
    }
}

#[tokio::test]
async fn an_exported_file_has_a_name() {
    let waterfall = filled().await;
    let id = trace_hex(7);
    let disposition = async |path: String| {
        waterfall.get(&path).await.headers()["content-disposition"].to_str().unwrap().to_owned()
    };
    assert_eq!(
        disposition(format!("/api/ui/traces/{id}/export")).await,
        format!("attachment; filename=\"trace-{id}.otlp.json\"")
    );
    assert_eq!(
        disposition(format!("/api/ui/export?id={id}&id={}&format=jaeger", trace_hex(8))).await,
        "attachment; filename=\"2-traces.jaeger.json\""
    );
    for (path, status) in [
        (format!("/api/ui/traces/{id}/export?format=xml"), 400),
        (format!("/api/ui/traces/{}/export", trace_hex(9)), 404),
        ("/api/ui/traces/xyz/export".to_owned(), 400),
        ("/api/ui/export".to_owned(), 400),
        (format!("/api/ui/export?{}", format!("id={id}&").repeat(101)), 400),
    ] {
        assert_eq!(waterfall.get(&path).await.status(), status, "{path}");
    }
}
