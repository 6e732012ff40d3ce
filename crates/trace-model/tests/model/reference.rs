//! Reference requests, built with the generated types of `opentelemetry-proto`, an independent implementation.

use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::{
        AnyValue, ArrayValue, InstrumentationScope, KeyValue, KeyValueList, any_value::Value as ProtoValue,
    },
    resource::v1::Resource,
    trace::v1::{
        ResourceSpans, ScopeSpans, Span, Status,
        span::{Event, Link},
    },
};

pub(crate) const TRACE: [u8; 16] = [0x4b; 16];

pub(crate) fn value(value: ProtoValue) -> AnyValue {
    AnyValue { value: Some(value) }
}

pub(crate) fn attribute(key: &str, of: ProtoValue) -> KeyValue {
    KeyValue { key: key.into(), value: Some(value(of)), ..KeyValue::default() }
}

/// An attribute of every value type, some nested.
pub(crate) fn attributes() -> Vec<KeyValue> {
    let list = vec![AnyValue { value: Some(ProtoValue::IntValue(i64::MIN)) }, AnyValue { value: None }];
    vec![
        attribute("text", ProtoValue::StringValue("grüße <b>".into())),
        attribute("yes", ProtoValue::BoolValue(true)),
        attribute("int", ProtoValue::IntValue(9_007_199_254_740_993)),
        attribute("double", ProtoValue::DoubleValue(0.1)),
        attribute("bytes", ProtoValue::BytesValue(vec![0, 255, 7])),
        attribute("array", ProtoValue::ArrayValue(ArrayValue { values: list })),
        attribute(
            "map",
            ProtoValue::KvlistValue(KeyValueList {
                values: vec![attribute("in", ProtoValue::StringValue("x".into()))],
            }),
        ),
        KeyValue { key: "empty".into(), ..KeyValue::default() },
    ]
}

pub(crate) fn full_span() -> Span {
    Span {
        trace_id: TRACE.into(),
        span_id: vec![1; 8],
        trace_state: "k=v".into(),
        parent_span_id: vec![2; 8],
        flags: 0x301,
        name: "GET /users".into(),
        kind: 2,
        start_time_unix_nano: 1_700_000_000_123_456_789,
        end_time_unix_nano: 1_700_000_000_223_456_789,
        attributes: attributes(),
        dropped_attributes_count: 1,
        events: vec![Event {
            time_unix_nano: 1_700_000_000_123_456_790,
            name: "exception".into(),
            attributes: vec![attribute("exception.type", ProtoValue::StringValue("E".into()))],
            dropped_attributes_count: 2,
        }],
        dropped_events_count: 3,
        links: vec![Link {
            trace_id: vec![9; 16],
            span_id: vec![8; 8],
            trace_state: "l=1".into(),
            attributes: vec![attribute("why", ProtoValue::StringValue("batch".into()))],
            dropped_attributes_count: 4,
            flags: 0x100,
        }],
        dropped_links_count: 5,
        status: Some(Status { message: "boom".into(), code: 2 }),
    }
}

pub(crate) fn request(spans: Vec<Span>) -> ExportTraceServiceRequest {
    ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans {
            resource: Some(Resource {
                attributes: vec![attribute("service.name", ProtoValue::StringValue("users".into()))],
                dropped_attributes_count: 6,
                ..Resource::default()
            }),
            scope_spans: vec![ScopeSpans {
                scope: Some(InstrumentationScope {
                    name: "lib".into(),
                    version: "1.2".into(),
                    attributes: vec![attribute("scope", ProtoValue::BoolValue(false))],
                    dropped_attributes_count: 7,
                }),
                spans,
                schema_url: "https://scope.example/1".into(),
            }],
            schema_url: "https://resource.example/1".into(),
        }],
    }
}
