//! OTLP JSON against the official types, lenient proto3 JSON, and Jaeger JSON.

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use proptest::{prelude::*, sample::Index};
use prost::Message;
use serde_json::{Value as Json, json};
use trace_model::{
    Origin, Span, Value,
    jaeger::Trace,
    otlp::{TracesJson, Translated, read_traces, traces_to_protobuf},
};

use crate::reference;

fn spans(body: &[u8]) -> Vec<(Origin<'_>, Span<'_>)> {
    let mut spans = Vec::new();
    assert!(read_traces(body, |_, origin, span| spans.push((*origin, span))).unwrap().is_empty());
    spans
}

fn request_with_span(fields: &Json) -> Vec<u8> {
    let mut span =
        json!({"traceId": "5B8EFFF798038103D269B633813FC60C", "spanId": "EEE19B7EC3C1B174", "name": "n"});
    span.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    let request = json!({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]});
    traces_to_protobuf(request.to_string().as_bytes()).unwrap().protobuf
}

fn request_with_value(value: &Json) -> Vec<u8> {
    request_with_span(&json!({"attributes": [{"key": "k", "value": value}]}))
}

#[test]
fn json_written_by_the_official_types_becomes_the_same_request() {
    let request = reference::request(vec![reference::full_span(), reference::full_span()]);
    let ours = traces_to_protobuf(serde_json::to_string(&request).unwrap().as_bytes()).unwrap().protobuf;
    assert_eq!(ExportTraceServiceRequest::decode(&*ours).unwrap(), request);
}

#[test]
fn json_written_by_us_is_read_by_the_official_types_and_by_us() {
    // The official JSON reader rejects a value without a type, which proto3 allows.
    let mut span = reference::full_span();
    span.attributes.retain(|attribute| attribute.key != "empty" && attribute.key != "array");
    let body = reference::request(vec![span]).encode_to_vec();
    let json = serde_json::to_string(&TracesJson(&spans(&body))).unwrap();
    let theirs: ExportTraceServiceRequest = serde_json::from_str(&json).unwrap();
    assert_eq!(theirs.encode_to_vec(), body);
    let ours = traces_to_protobuf(json.as_bytes()).unwrap().protobuf;
    assert_eq!(ExportTraceServiceRequest::decode(&*ours).unwrap(), theirs);
}

#[test]
fn spans_are_grouped_by_resource_and_scope() {
    let mut request = reference::request(vec![reference::full_span()]);
    let other = request.resource_spans[0].clone();
    request.resource_spans[0].scope_spans.push(other.scope_spans[0].clone());
    request.resource_spans.push(other);
    let body = request.encode_to_vec();
    let json = serde_json::to_value(TracesJson(&spans(&body))).unwrap();
    assert_eq!(json["resourceSpans"].as_array().unwrap().len(), 1);
    assert_eq!(json["resourceSpans"][0]["scopeSpans"].as_array().unwrap().len(), 1);
    assert_eq!(json["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array().unwrap().len(), 3);
}

#[test]
fn null_is_a_missing_field() {
    let body = request_with_span(
        &json!({"parentSpanId": null, "attributes": null, "status": null, "kind": null, "events": [],
                              "startTimeUnixNano": null, "links": [null]}),
    );
    let spans = spans(&body);
    assert_eq!((spans[0].1.parent, spans[0].1.attribute_count), (None, 0));
    assert_eq!(spans[0].1.span_id.to_string(), "eee19b7ec3c1b174");
}

#[test]
fn lenient_forms_of_values_are_accepted() {
    for (json, expected) in [
        (json!(null), Value::Empty),
        (json!({}), Value::Empty),
        (json!({"doubleValue": "-Infinity"}), Value::Double(f64::NEG_INFINITY)),
        (json!({"doubleValue": "1.5"}), Value::Double(1.5)),
        (json!({"doubleValue": 2}), Value::Double(2.0)),
        (json!({"intValue": "-9223372036854775808"}), Value::Int(i64::MIN)),
        (json!({"intValue": 5.0}), Value::Int(5)),
        (json!({"intValue": 1e3}), Value::Int(1000)),
        (json!({"bytesValue": "_-8"}), Value::Bytes(&[0xff, 0xef])),
        (json!({"unknownValue": [1, {"x": 2}], "boolValue": true}), Value::Bool(true)),
    ] {
        let body = request_with_value(&json);
        assert_eq!(spans(&body)[0].1.attributes().next().unwrap().value, expected, "{json}");
    }
    let body = request_with_value(&json!({"doubleValue": "NaN"}));
    let value = spans(&body)[0].1.attributes().next().unwrap().value;
    assert!(matches!(value, Value::Double(double) if double.is_nan()));
    let body = request_with_value(&json!({"arrayValue": {}}));
    let Value::Array(array) = spans(&body)[0].1.attributes().next().unwrap().value else { panic!() };
    assert_eq!(array.iter().count(), 0);
}

#[test]
fn times_and_enums_are_accepted_as_numbers_and_strings() {
    let body = request_with_span(
        &json!({"startTimeUnixNano": 1_700_000_000_123_456_789_u64, "kind": "SPAN_KIND_SERVER",
                              "endTimeUnixNano": "-5", "status": {"code": 2}}),
    );
    let span = &spans(&body)[0].1;
    assert_eq!(span.start.as_unix(), 1_700_000_000_123_456_789);
    assert_eq!(span.end.as_unix(), 0);
    assert_eq!((span.kind.as_str(), span.status.code.as_str()), ("server", "error"));
}

#[test]
fn an_id_that_is_not_hex_rejects_only_its_span() {
    let body = request_with_span(&json!({"traceId": "not hex"}));
    let rejected = read_traces(&body, |_, _, _| panic!("the span was accepted")).unwrap();
    assert_eq!(rejected.records, 1);
}

#[test]
fn json_of_another_schema_is_an_error_with_a_position() {
    for bad in [
        "",
        "[1]",
        r#"{"resourceSpans": 5}"#,
        r#"{"resourceSpans": [{"scopeSpans": [{"spans": [{"name": 1}]}]}]}"#,
        r"{} {}",
    ] {
        let error = traces_to_protobuf(bad.as_bytes()).unwrap_err();
        let cause = std::error::Error::source(&error).unwrap().to_string();
        assert!(cause.contains("line 1 column"), "{bad}: {cause}");
    }
    let deep = format!("{}{}", r#"{"resourceSpans":["#, "[".repeat(10_000));
    assert!(traces_to_protobuf(deep.as_bytes()).is_err());
}

#[test]
fn a_full_span_is_written_as_jaeger_json() {
    let body = reference::request(vec![reference::full_span()]).encode_to_vec();
    let spans = spans(&body);
    let json = serde_json::to_value(Trace::new(spans[0].1.trace_id, &spans)).unwrap();
    let span = &json["spans"][0];
    assert_eq!(span["startTime"], json!(1_700_000_000_123_456_u64));
    assert_eq!(span["duration"], json!(100_000));
    assert_eq!(span["operationName"], "GET /users");
    assert_eq!(
        span["references"][0],
        json!({"refType": "CHILD_OF", "traceID": "4b".repeat(16), "spanID": "02".repeat(8)})
    );
    assert_eq!(span["references"][1]["refType"], "FOLLOWS_FROM");
    let tags = span["tags"].as_array().unwrap();
    for tag in [
        json!({"key": "span.kind", "type": "string", "value": "server"}),
        json!({"key": "error", "type": "bool", "value": true}),
        json!({"key": "otel.status_code", "type": "string", "value": "ERROR"}),
        json!({"key": "otel.status_description", "type": "string", "value": "boom"}),
        json!({"key": "int", "type": "int64", "value": "9007199254740993"}),
        json!({"key": "map", "type": "string", "value": "{\"in\":\"x\"}"}),
        json!({"key": "w3c.tracestate", "type": "string", "value": "k=v"}),
    ] {
        assert!(tags.contains(&tag), "{tag} in {tags:?}");
    }
    assert_eq!(span["logs"][0]["fields"][0], json!({"key": "event", "type": "string", "value": "exception"}));
    assert_eq!(json["processes"]["p1"]["serviceName"], "users");
}

proptest! {
    #[test]
    fn any_text_is_handled_without_panic(text in ".{0,200}") {
        let _ = traces_to_protobuf(text.as_bytes());
    }

    #[test]
    fn corrupted_json_is_rejected_or_becomes_a_readable_request(place in any::<Index>(), byte in any::<u8>()) {
        let request = reference::request(vec![reference::full_span()]);
        let mut json = serde_json::to_vec(&request).unwrap();
        let place = place.index(json.len());
        json[place] = byte;
        if let Ok(Translated { protobuf: body, .. }) = traces_to_protobuf(&json) {
            prop_assert!(read_traces(&body, |_, _, _| ()).is_ok());
        }
    }
}
