//! Export and import: an exported file that is imported elsewhere is exported again byte for byte.

use opentelemetry_proto::tonic::{
    common::v1::{AnyValue, ArrayValue, KeyValueList, any_value::Value},
    logs::v1::LogRecord,
    trace::v1::{Span, span::Event},
};
use prost::Message;
use serde_json::{Value as Json, json};

use crate::{
    encoding::{JSON, PROTOBUF},
    logs::{logs, record},
    process::{DEADLINE, Waterfall},
    spans::{START, attribute, failed, linked, of_service, request, span, text, trace_hex},
};

/// A span with unusual values in every field, and duplicate attributes.
fn hostile_span() -> Span {
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

async fn filled() -> Waterfall {
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

async fn export(waterfall: &Waterfall, path: &str) -> Vec<u8> {
    let response = waterfall.get(path).await;
    assert_eq!(response.status(), 200, "{path}");
    response.bytes().await.unwrap().to_vec()
}

async fn import(waterfall: &Waterfall, file: Vec<u8>) -> Json {
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

#[tokio::test]
async fn json_lines_and_log_records_are_imported() {
    let waterfall = filled().await;
    let one = export(&waterfall, &format!("/api/ui/traces/{}/export", trace_hex(7))).await;
    let two = export(&waterfall, &format!("/api/ui/traces/{}/export", trace_hex(8))).await;
    let log = json!({"resourceLogs": [{"scopeLogs": [{"logRecords": [
        {"traceId": trace_hex(7), "timeUnixNano": "1", "body": {"stringValue": "hello"}}]}]}]});
    let empty = Waterfall::start();
    let imported =
        import(&empty, [&*one, b"\n", &*two, b"\r\n", log.to_string().as_bytes(), b"\n"].concat()).await;
    assert_eq!(imported["traces"], json!([trace_hex(7), trace_hex(8)]));
    assert_eq!(imported["spans"], 4);
    assert_eq!(imported["message"], "4 spans of 2 traces; 1 log record");
    let logs = empty.json(&format!("/api/ui/traces/{}/logs", trace_hex(7))).await;
    assert_eq!(logs["logs"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn spans_of_zipkin_are_imported_and_times_out_of_range_are_reported() {
    let waterfall = Waterfall::start();
    let file = json!([[{"traceId": "7", "id": "1", "name": "cut \u{fffd}", "timestamp": -5},
        {"traceId": "7", "id": "2", "parentId": "1", "timestamp": 1, "duration": 2}]]);
    let file = file.to_string().replace('\u{fffd}', r"\ud83d");
    let imported = import(&waterfall, file.into_bytes()).await;
    let message = "2 spans of 1 trace; 2 times were out of range: before 1970 they became unset, after 2554 the latest \
                   that OTLP has";
    assert_eq!((&imported["spans"], &imported["message"]), (&json!(2), &json!(message)));
}

#[tokio::test]
async fn rejected_spans_are_reported_beside_stored_ones() {
    let waterfall = Waterfall::start();
    let file = json!({"data": [{"processes": {}, "spans": [
        {"traceID": "1", "spanID": "2", "operationName": "stored"}, {"traceID": "no hex", "spanID": "3"}]}]});
    let imported = import(&waterfall, file.to_string().into_bytes()).await;
    assert_eq!((&imported["spans"], &imported["rejected"]), (&json!(1), &json!(1)));
    assert!(
        imported["message"].as_str().unwrap().contains("1 span rejected: invalid trace id"),
        "{imported}"
    );
}

#[tokio::test]
async fn invalid_files_are_refused_with_what_was_expected() {
    let waterfall = Waterfall::with(&[("WATERFALL_BODY_LIMIT", "64KiB")]);
    for (file, status, expected) in [
        ("", 400, "the file is empty"),
        ("nonsense", 400, "not JSON"),
        ("{}", 400, "resourceSpans"),
        ("[]", 400, "resourceSpans"),
        (r#"{"resourceSpans":[]}"#, 400, "neither a span nor a log record"),
        (r#"{"data":[]}"#, 400, "neither a span nor a log record"),
        (r#"[{"traceId":"1","id":"2","binaryAnnotations":[]}]"#, 400, "/api/v2/trace/ID"),
        (r#"{"resourceSpans":5}"#, 400, "line 1 column"),
        (r#"{"data":[{"spans":[{"tags":[{"key":"k","value":[]}]}]}]}"#, 400, "expected a string, a number"),
        (&format!("{{\"resourceSpans\":[]{}}}", " ".repeat(70_000)), 413, "65536"),
    ] {
        let response = waterfall.import(&[JSON], file.as_bytes().to_vec()).await;
        assert_eq!(response.status(), status, "{file:.40}");
        let body: Json = response.json().await.unwrap();
        assert!(body["error"].as_str().unwrap().contains(expected), "{file:.40}: {body}");
    }
}

#[tokio::test]
async fn pages_of_other_sites_cannot_import() {
    let waterfall = Waterfall::start();
    let file = br#"{"traceId":"1","id":"2"}"#.to_vec();
    for (headers, status) in [
        (vec![("content-type", "text/plain")], 415),
        (vec![("content-type", "application/x-www-form-urlencoded")], 415),
        (vec![], 415),
        (vec![JSON, ("sec-fetch-site", "cross-site")], 403),
        (vec![JSON, ("sec-fetch-site", "same-site")], 403),
        (vec![JSON, ("sec-fetch-site", "same-origin")], 200),
        (vec![("content-type", "application/json; charset=utf-8")], 200),
    ] {
        assert_eq!(waterfall.import(&headers, file.clone()).await.status(), status, "{headers:?}");
    }
    // There is no CORS preflight response, so scripts of other pages cannot send JSON either.
    let url = format!("{}/api/ui/import", waterfall.ready.http);
    let preflight = waterfall.client.request(reqwest::Method::OPTIONS, url).send().await.unwrap();
    assert!(!preflight.headers().contains_key("access-control-allow-origin"));
}

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
