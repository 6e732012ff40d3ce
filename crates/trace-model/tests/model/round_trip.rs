//! What is written, read back and written again is the same to the byte, whatever the spans say.

use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::{
        AnyValue, ArrayValue, InstrumentationScope, KeyValue, KeyValueList, any_value::Value as Peer,
    },
    resource::v1::Resource,
    trace::v1::{
        ResourceSpans, ScopeSpans, Span, Status,
        span::{Event, Link},
    },
};
use proptest::{collection::vec, prelude::*};
use prost::Message;
use serde_json::json;
use trace_model::{
    Origin, Span as Ours, TraceId, file, jaeger,
    otlp::{TracesJson, logs_file_to_protobuf, read_request, traces_file_to_protobuf},
};

use crate::peer;

/// The body lives as long as the test.
fn spans(body: &[u8]) -> Vec<(Origin<'_>, Ours<'_>)> {
    let mut spans = Vec::new();
    let _ = read_request(body, |_, origin, span| spans.push((*origin, span)));
    spans
}

fn otlp(body: &[u8]) -> String {
    serde_json::to_string(&TracesJson(&spans(body))).unwrap()
}

/// As the API answers: all traces of the request.
fn jaegers(body: &[u8]) -> String {
    let spans = spans(body);
    let mut ids: Vec<TraceId> = spans.iter().map(|(_, span)| span.trace_id).collect();
    ids.dedup();
    ids.sort_unstable();
    ids.dedup();
    let data: Vec<_> = ids.into_iter().map(|id| jaeger::Trace::new(id, &spans)).collect();
    json!({"data": data}).to_string()
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        "[a-c]{1,3}",
        ".{0,12}",
        Just("<img src=x onerror=alert(1)>\u{0}\u{2028}".into())
    ]
}

fn double() -> impl Strategy<Value = f64> {
    prop_oneof![
        any::<f64>(),
        Just(f64::NAN),
        Just(f64::INFINITY),
        Just(f64::NEG_INFINITY),
        Just(-0.0),
        Just(5.0),
        Just(f64::MIN_POSITIVE / 4.0),
        Just(f64::MAX),
    ]
}

fn value() -> impl Strategy<Value = AnyValue> {
    let leaf = prop_oneof![
        Just(None),
        text().prop_map(|text| Some(Peer::StringValue(text))),
        any::<bool>().prop_map(|bit| Some(Peer::BoolValue(bit))),
        prop_oneof![any::<i64>(), Just(0), Just(i64::MIN), Just((1 << 53) + 1)]
            .prop_map(|int| Some(Peer::IntValue(int))),
        double().prop_map(|double| Some(Peer::DoubleValue(double))),
        vec(any::<u8>(), 0..5).prop_map(|bytes| Some(Peer::BytesValue(bytes))),
    ];
    leaf.prop_map(|value| AnyValue { value }).prop_recursive(4, 12, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3)
                .prop_map(|values| AnyValue { value: Some(Peer::ArrayValue(ArrayValue { values })) }),
            vec((text(), inner), 0..3).prop_map(|pairs| {
                let values = pairs.into_iter().map(|(key, value)| key_value(key, Some(value))).collect();
                AnyValue { value: Some(Peer::KvlistValue(KeyValueList { values })) }
            }),
        ]
    })
}

fn key_value(key: String, value: Option<AnyValue>) -> KeyValue {
    KeyValue { key, value, ..KeyValue::default() }
}

/// Of names that mean something to Jaeger, too.
fn attributes() -> impl Strategy<Value = Vec<KeyValue>> {
    let key = prop_oneof![
        text(),
        prop::sample::select(vec![
            "service.name",
            "span.kind",
            "otel.status_code",
            "otel.status_description",
            "otel.scope.name",
            "otel.scope.version",
            "w3c.tracestate",
            "event",
        ])
        .prop_map(str::to_owned),
    ];
    let texts = prop::sample::select(vec!["server", "client", "ERROR", "OK", "unspecified", "x"]);
    let value = prop_oneof![
        value().prop_map(Some),
        Just(None),
        texts.prop_map(|text| Some(AnyValue { value: Some(Peer::StringValue(text.into())) })),
    ];
    vec((key, value), 0..5)
        .prop_map(|pairs| pairs.into_iter().map(|(key, value)| key_value(key, value)).collect())
}

fn id<const N: usize>() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        Just(vec![0x4b; N]),
        Just(vec![1; N]),
        vec(any::<u8>(), N),
        Just(vec![0; N]),
        Just(vec![7; 3])
    ]
}

fn nanos() -> impl Strategy<Value = u64> {
    prop_oneof![Just(0), 0..5_000_u64, Just(1_700_000_000_123_456_789), any::<u64>(), Just(u64::MAX)]
}

prop_compose! {
    fn event()(time_unix_nano in nanos(), name in text(), attributes in attributes(), dropped in any::<u32>()) -> Event {
        Event { time_unix_nano, name, attributes, dropped_attributes_count: dropped }
    }
}

prop_compose! {
    fn link()(trace_id in id::<16>(), span_id in id::<8>(), trace_state in text(), attributes in attributes(), dropped in any::<u32>(), flags in any::<u32>()) -> Link {
        Link { trace_id, span_id, trace_state, attributes, dropped_attributes_count: dropped, flags }
    }
}

prop_compose! {
    fn span()(
        ids in (id::<16>(), id::<8>(), id::<8>()),
        texts in (text(), text()),
        numbers in (any::<u32>(), 0..7_i32, nanos(), nanos()),
        dropped in (any::<u32>(), 0..2_u32, any::<u32>()),
        attributes in attributes(),
        events in vec(event(), 0..3),
        links in vec(link(), 0..3),
        status in prop::option::of((text(), 0..4_i32)),
    ) -> Span {
        Span {
            trace_id: ids.0,
            span_id: ids.1,
            parent_span_id: ids.2,
            trace_state: texts.0,
            name: texts.1,
            flags: numbers.0,
            kind: numbers.1,
            start_time_unix_nano: numbers.2,
            end_time_unix_nano: numbers.3,
            attributes,
            dropped_attributes_count: dropped.0,
            events,
            dropped_events_count: dropped.1,
            links,
            dropped_links_count: dropped.2,
            status: status.map(|(message, code)| Status { message, code }),
        }
    }
}

prop_compose! {
    fn resource_spans()(
        resource in prop::option::of((attributes(), any::<u32>())),
        scope in prop::option::of((text(), text(), attributes(), any::<u32>())),
        schemas in (text(), text()),
        spans in vec(span(), 1..4),
    ) -> ResourceSpans {
        let resource = resource.map(|(attributes, dropped_attributes_count)| Resource {
            attributes,
            dropped_attributes_count,
            ..Resource::default()
        });
        let scope = scope.map(|(name, version, attributes, dropped_attributes_count)| InstrumentationScope {
            name,
            version,
            attributes,
            dropped_attributes_count,
        });
        let scope_spans = vec![ScopeSpans { scope, spans, schema_url: schemas.0 }];
        ResourceSpans { resource, scope_spans, schema_url: schemas.1 }
    }
}

proptest! {
    #[test]
    fn otlp_json_says_all_there_is_to_say(resource_spans in vec(resource_spans(), 1..4)) {
        let body = ExportTraceServiceRequest { resource_spans }.encode_to_vec();
        let written = otlp(&body);
        let back = traces_file_to_protobuf(written.as_bytes()).unwrap();
        prop_assert_eq!(otlp(&back), written);
    }

    #[test]
    fn jaeger_json_is_written_the_same_after_it_was_read(resource_spans in vec(resource_spans(), 1..4)) {
        let body = ExportTraceServiceRequest { resource_spans }.encode_to_vec();
        let written = jaegers(&body);
        let back = jaeger::to_protobuf(written.as_bytes()).unwrap();
        prop_assert_eq!(jaegers(&back), written);
    }

    /// As `fuzz/fuzz_targets/files.rs` asks of any bytes.
    #[test]
    fn what_is_taken_from_a_damaged_file_is_written_and_read_as_the_same(
        resource_spans in vec(resource_spans(), 1..3),
        damage in vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        of_jaeger in any::<bool>(),
    ) {
        let body = ExportTraceServiceRequest { resource_spans }.encode_to_vec();
        let mut json = if of_jaeger { jaegers(&body) } else { otlp(&body) }.into_bytes();
        for (place, byte) in damage {
            let place = place.index(json.len());
            json[place] = byte;
        }
        if let Ok(requests) = file::to_requests(&json) {
            let written = otlp(&requests.traces);
            let again = file::to_requests(written.as_bytes()).unwrap();
            prop_assert_eq!(otlp(&again.traces), written);
        }
    }

    #[test]
    fn any_text_is_answered(text in ".{0,120}") {
        let _ = jaeger::to_protobuf(text.as_bytes());
        let _ = traces_file_to_protobuf(text.as_bytes());
        let _ = logs_file_to_protobuf(text.as_bytes());
    }
}

#[test]
fn values_nested_as_deep_as_they_may_be_come_back() {
    let deepest = (1..trace_model::value::MAX_DEPTH).fold(peer::value(Peer::IntValue(1)), |inner, _| {
        let values = vec![key_value("k".into(), Some(inner))];
        peer::value(Peer::KvlistValue(KeyValueList { values }))
    });
    let span = Span { attributes: vec![key_value("deep".into(), Some(deepest))], ..peer::full_span() };
    let body = peer::request(vec![span]).encode_to_vec();
    assert_eq!(spans(&body).len(), 1);
    let written = otlp(&body);
    assert_eq!(otlp(&traces_file_to_protobuf(written.as_bytes()).unwrap()), written);
}

#[test]
fn a_span_with_values_nested_without_end_is_rejected_alone() {
    for (open, close) in
        [(r#"{"arrayValue":{"values":["#, "]}}"), (r#"{"kvlistValue":{"values":[{"value":"#, "}]}}")]
    {
        for levels in [49, 100_000] {
            let ids = |span: u8| format!(r#""traceId":"{:032x}","spanId":"{span:016x}""#, 1);
            let deep = format!("{}null{}", open.repeat(levels), close.repeat(levels));
            let json = format!(
                r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{{{},"attributes":[{{"key":"k","value":{deep}}}]}},{{{}}}]}}]}}]}}"#,
                ids(1),
                ids(2)
            );
            let body = traces_file_to_protobuf(json.as_bytes()).unwrap();
            let mut kept = Vec::new();
            let rejected = read_request(&body, |_, _, span| kept.push(span.span_id.to_string())).unwrap();
            assert_eq!((kept, rejected.records), (vec![format!("{:016x}", 2)], 1), "{open} {levels}");
            assert!(rejected.message("span").unwrap().contains("nested deeper"), "{rejected:?}");
        }
    }
    // What is passed over may be as deep as it likes.
    let ignored = format!(r#"{{"more":{}{}}}"#, "[".repeat(100_000), "]".repeat(100_000));
    assert!(traces_file_to_protobuf(ignored.as_bytes()).unwrap().is_empty());
}

#[test]
fn a_file_may_hold_several_requests_and_what_others_put_around_them() {
    let one = otlp(&peer::request(vec![peer::full_span()]).encode_to_vec());
    for (file, expected) in [
        (one.clone(), 1),
        (format!("{one}\n{one}\n\n{one}\n"), 3),
        (format!(r#"{{"result":{one}}}"#), 1),
        (format!("{{\"result\":{one}}}\n{{\"result\":{one}}}"), 2),
        (format!(r#"{{"trace":{one}}}"#), 1),
        (one.replace("resourceSpans", "batches"), 1),
        (r#"{"resourceLogs":[]}"#.to_owned(), 0),
    ] {
        let body = traces_file_to_protobuf(file.as_bytes()).unwrap();
        assert_eq!(spans(&body).len(), expected, "{file:.80}");
    }
    assert!(traces_file_to_protobuf(b"{} nonsense").is_err());
}

#[test]
fn jaegers_own_words_become_fields() {
    let file = json!({"data": [{
        "traceID": "1", "processes": {"p1": {"serviceName": "shop", "tags": [{"key": "host", "type": "string", "value": "a"}]}},
        "spans": [{
            "traceID": "1", "spanID": "2", "operationName": "buy", "startTime": 1_000, "duration": 5, "processID": "p1", "flags": 1,
            "references": [{"refType": "CHILD_OF", "traceID": "1", "spanID": "3"}, {"refType": "FOLLOWS_FROM", "traceID": "9", "spanID": "8"}],
            "tags": [
                {"key": "error", "type": "bool", "value": true}, {"key": "span.kind", "type": "string", "value": "server"},
                {"key": "n", "type": "int64", "value": 7}, {"key": "half", "type": "float64", "value": 0.5},
            ],
            "logs": [{"timestamp": 1_001, "fields": [{"key": "event", "type": "string", "value": "sent"}]}],
        }],
    }]});
    let body = jaeger::to_protobuf(file.to_string().as_bytes()).unwrap();
    let spans = spans(&body);
    let (origin, span) = &spans[0];
    assert_eq!(origin.resource.service_name(), "shop");
    assert_eq!((span.kind.as_str(), span.status.code.as_str(), &*span.name), ("server", "error", "buy"));
    assert_eq!((span.start.as_unix(), span.duration(), span.flags), (1_000_000, 5_000, 1));
    assert_eq!(span.parent.unwrap().to_string(), "0000000000000003");
    assert_eq!(span.links().next().unwrap().span_id.unwrap().to_string(), "0000000000000008");
    let event = span.events().next().unwrap();
    assert_eq!((&*event.name, event.time.as_unix()), ("sent", 1_001_000));
    let keys: Vec<_> = span.attributes().map(|attribute| attribute.key.into_owned()).collect();
    assert_eq!(keys, ["n", "half"]);
    // One trace without an envelope is read, too.
    let alone = file["data"][0].to_string();
    assert_eq!(jaeger::to_protobuf(alone.as_bytes()).unwrap(), body);
}
