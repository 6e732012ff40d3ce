//! Strategies for arbitrary export requests, including invalid ones: ids of wrong length, times out of order.

use opentelemetry_proto::tonic::{
    collector::{logs::v1::ExportLogsServiceRequest, trace::v1::ExportTraceServiceRequest},
    common::v1::{
        AnyValue, ArrayValue, InstrumentationScope, KeyValue, KeyValueList, any_value::Value as ProtoValue,
    },
    logs::v1::{LogRecord, ResourceLogs, ScopeLogs},
    resource::v1::Resource,
    trace::v1::{
        ResourceSpans, ScopeSpans, Span, Status,
        span::{Event, Link},
    },
};
use proptest::{collection::vec, prelude::*};
use prost::Message;

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
        text().prop_map(|text| Some(ProtoValue::StringValue(text))),
        any::<bool>().prop_map(|bit| Some(ProtoValue::BoolValue(bit))),
        prop_oneof![any::<i64>(), Just(0), Just(i64::MIN), Just((1 << 53) + 1)]
            .prop_map(|int| Some(ProtoValue::IntValue(int))),
        double().prop_map(|double| Some(ProtoValue::DoubleValue(double))),
        vec(any::<u8>(), 0..5).prop_map(|bytes| Some(ProtoValue::BytesValue(bytes))),
    ];
    leaf.prop_map(|value| AnyValue { value }).prop_recursive(4, 12, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3)
                .prop_map(|values| AnyValue { value: Some(ProtoValue::ArrayValue(ArrayValue { values })) }),
            vec((text(), inner), 0..3).prop_map(|pairs| {
                let values = pairs.into_iter().map(|(key, value)| key_value(key, Some(value))).collect();
                AnyValue { value: Some(ProtoValue::KvlistValue(KeyValueList { values })) }
            }),
        ]
    })
}

pub(crate) fn key_value(key: String, value: Option<AnyValue>) -> KeyValue {
    KeyValue { key, value, ..KeyValue::default() }
}

/// Attributes, also with keys that have a meaning in Jaeger JSON.
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
        texts.prop_map(|text| Some(AnyValue { value: Some(ProtoValue::StringValue(text.into())) })),
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
    fn event()(
        time_unix_nano in nanos(), name in text(), attributes in attributes(), dropped in any::<u32>(),
    ) -> Event {
        Event { time_unix_nano, name, attributes, dropped_attributes_count: dropped }
    }
}

prop_compose! {
    fn link()(
        trace_id in id::<16>(), span_id in id::<8>(), trace_state in text(),
        attributes in attributes(), dropped in any::<u32>(), flags in any::<u32>(),
    ) -> Link {
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
    fn record()(
        ids in (id::<16>(), id::<8>()),
        texts in (text(), text()),
        times in (nanos(), nanos()),
        numbers in (prop_oneof![0..26_i32, any::<i32>()], any::<u32>(), any::<u32>()),
        body in prop::option::of(value()),
        attributes in attributes(),
    ) -> LogRecord {
        LogRecord {
            trace_id: ids.0,
            span_id: ids.1,
            severity_text: texts.0,
            event_name: texts.1,
            time_unix_nano: times.0,
            observed_time_unix_nano: times.1,
            severity_number: numbers.0,
            flags: numbers.1,
            dropped_attributes_count: numbers.2,
            body,
            attributes,
        }
    }
}

prop_compose! {
    fn resource()(of in prop::option::of((attributes(), any::<u32>()))) -> Option<Resource> {
        let (attributes, dropped_attributes_count) = of?;
        Some(Resource { attributes, dropped_attributes_count, ..Resource::default() })
    }
}

prop_compose! {
    fn scope()(of in prop::option::of((text(), text(), attributes(), any::<u32>()))) -> Option<InstrumentationScope> {
        let (name, version, attributes, dropped_attributes_count) = of?;
        Some(InstrumentationScope { name, version, attributes, dropped_attributes_count })
    }
}

prop_compose! {
    fn resource_spans()(
        resource in resource(), scope in scope(), schemas in (text(), text()), spans in vec(span(), 1..4),
    ) -> ResourceSpans {
        let scope_spans = vec![ScopeSpans { scope, spans, schema_url: schemas.0 }];
        ResourceSpans { resource, scope_spans, schema_url: schemas.1 }
    }
}

prop_compose! {
    fn resource_logs()(
        resource in resource(), scope in scope(), schemas in (text(), text()), log_records in vec(record(), 1..4),
    ) -> ResourceLogs {
        let scope_logs = vec![ScopeLogs { scope, log_records, schema_url: schemas.0 }];
        ResourceLogs { resource, scope_logs, schema_url: schemas.1 }
    }
}

/// An encoded `ExportTraceServiceRequest`.
pub(crate) fn traces() -> impl Strategy<Value = Vec<u8>> {
    vec(resource_spans(), 1..4)
        .prop_map(|resource_spans| ExportTraceServiceRequest { resource_spans }.encode_to_vec())
}

/// An encoded `ExportLogsServiceRequest`.
pub(crate) fn logs() -> impl Strategy<Value = Vec<u8>> {
    vec(resource_logs(), 0..3)
        .prop_map(|resource_logs| ExportLogsServiceRequest { resource_logs }.encode_to_vec())
}
