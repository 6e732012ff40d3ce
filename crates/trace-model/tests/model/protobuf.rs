//! The protobuf decoder against the official encoder and arbitrary bytes.

use proptest::{prelude::*, sample::Index};
use prost::Message;
use trace_model::{
    SpanKind, StatusCode, Value,
    otlp::{Rejected, read_traces},
};

use crate::reference;

fn names(body: &[u8]) -> (Vec<String>, Rejected) {
    let mut names = Vec::new();
    let rejected = read_traces(body, |_, _, span| names.push(span.name.into_owned())).unwrap();
    (names, rejected)
}

#[test]
fn every_field_of_a_span_is_decoded() {
    let body = reference::request(vec![reference::full_span()]).encode_to_vec();
    let mut seen = 0;
    let rejected = read_traces(&body, |block, origin, span| {
        seen += 1;
        assert_eq!(block, 0);
        assert_eq!(origin.resource.service_name(), "users");
        assert_eq!(origin.resource.dropped_attributes(), 6);
        assert_eq!(origin.resource_schema, b"https://resource.example/1");
        assert_eq!((origin.scope.name().as_ref(), origin.scope.version().as_ref()), ("lib", "1.2"));
        assert_eq!(origin.scope.dropped_attributes(), 7);
        assert_eq!(origin.scope.attributes().count(), 1);
        assert_eq!(origin.scope_schema, b"https://scope.example/1");
        assert_eq!(span.trace_id.as_bytes(), &reference::TRACE);
        assert_eq!(span.parent.unwrap().as_bytes(), &[2; 8]);
        assert_eq!((span.name.as_ref(), span.kind, span.flags), ("GET /users", SpanKind::Server, 0x301));
        assert_eq!(span.start.as_unix(), 1_700_000_000_123_456_789);
        assert_eq!(span.duration(), 100_000_000);
        assert_eq!((span.status.code, span.status.message.as_ref()), (StatusCode::Error, "boom"));
        assert_eq!((span.dropped_attributes, span.dropped_events, span.dropped_links), (1, 3, 5));
        assert_eq!((span.attribute_count, span.event_count, span.link_count), (8, 1, 1));
        let event = span.events().next().unwrap();
        assert_eq!((event.name.as_ref(), event.dropped_attributes), ("exception", 2));
        assert_eq!(event.attributes().next().unwrap().value.as_str(), Some("E"));
        let link = span.links().next().unwrap();
        assert_eq!(
            (link.trace_id.unwrap().as_bytes(), link.span_id.unwrap().as_bytes()),
            (&[9; 16], &[8; 8])
        );
        assert_eq!((link.trace_state.as_ref(), link.flags, link.dropped_attributes), ("l=1", 0x100, 4));
    });
    assert_eq!((seen, rejected.unwrap()), (1, Rejected::default()));
}

#[test]
fn every_type_of_value_is_decoded() {
    let body = reference::request(vec![reference::full_span()]).encode_to_vec();
    read_traces(&body, |_, _, span| {
        let values: Vec<_> = span.attributes().map(|attribute| attribute.value).collect();
        assert_eq!(values[0].as_str(), Some("grüße <b>"));
        assert_eq!(values[1], Value::Bool(true));
        assert_eq!(values[2], Value::Int(9_007_199_254_740_993));
        assert_eq!(values[3], Value::Double(0.1));
        assert_eq!(values[4], Value::Bytes(&[0, 255, 7]));
        let Value::Array(array) = &values[5] else { panic!("{:?}", values[5]) };
        assert_eq!(array.iter().collect::<Vec<_>>(), [Value::Int(i64::MIN), Value::Empty]);
        let Value::Map(map) = &values[6] else { panic!("{:?}", values[6]) };
        assert_eq!(map.iter().next().unwrap().key, "in");
        assert_eq!(values[7], Value::Empty);
    })
    .unwrap();
}

#[test]
fn spans_with_invalid_ids_are_rejected_and_the_others_are_accepted() {
    let mut short = reference::full_span();
    short.trace_id.pop();
    let mut zero = reference::full_span();
    zero.span_id = vec![0; 8];
    let good = reference::full_span();
    let (accepted, rejected) = names(&reference::request(vec![short, good, zero]).encode_to_vec());
    assert_eq!(accepted, ["GET /users"]);
    assert_eq!(rejected.records, 2);
    assert_eq!(
        rejected.message("span").unwrap(),
        "2 spans rejected: invalid trace id (expected 16 bytes, got 15); invalid span id (all bytes are zero)"
    );
}

#[test]
fn an_invalid_parent_id_makes_a_root_span() {
    for parent in [vec![], vec![0; 8], vec![7; 3]] {
        let span =
            opentelemetry_proto::tonic::trace::v1::Span { parent_span_id: parent, ..reference::full_span() };
        read_traces(&reference::request(vec![span]).encode_to_vec(), |_, _, span| {
            assert_eq!(span.parent, None);
        })
        .unwrap();
    }
}

#[test]
fn invalid_utf8_in_a_name_is_replaced() {
    let mut body = reference::request(vec![reference::full_span()]).encode_to_vec();
    let at = body.windows(10).position(|window| window == b"GET /users").unwrap();
    body[at] = 0xff;
    assert_eq!(names(&body).0, ["\u{fffd}ET /users"]);
}

#[test]
fn a_span_with_too_deeply_nested_values_is_rejected() {
    let mut value = reference::value(opentelemetry_proto::tonic::common::v1::any_value::Value::IntValue(1));
    for _ in 0..60 {
        let values = vec![value];
        value = reference::value(opentelemetry_proto::tonic::common::v1::any_value::Value::ArrayValue(
            opentelemetry_proto::tonic::common::v1::ArrayValue { values },
        ));
    }
    let mut span = reference::full_span();
    span.attributes[0].value = Some(value);
    let (accepted, rejected) = names(&reference::request(vec![span]).encode_to_vec());
    assert!(accepted.is_empty());
    assert!(rejected.message("span").unwrap().contains("nested deeper than 48 levels"), "{rejected:?}");
}

#[test]
fn an_empty_request_is_valid() {
    assert_eq!(names(&[]), (vec![], Rejected::default()));
}

#[test]
fn a_truncated_body_is_an_error() {
    let body = reference::request(vec![reference::full_span()]).encode_to_vec();
    assert!(read_traces(&body[..body.len() - 1], |_, _, _| ()).is_err());
}

proptest! {
    #[test]
    fn any_bytes_are_handled_without_panic(body in proptest::collection::vec(any::<u8>(), 0..512)) {
        let _ = read_traces(&body, |_, _, span| walk(&span));
    }

    /// One wrong byte in a real request reaches deeper code paths than random bytes do.
    #[test]
    fn a_corrupted_request_is_handled_without_panic(place in any::<Index>(), byte in any::<u8>()) {
        let mut body = reference::request(vec![reference::full_span(), reference::full_span()]).encode_to_vec();
        let place = place.index(body.len());
        body[place] = byte;
        let _ = read_traces(&body, |_, _, span| walk(&span));
    }

    #[test]
    fn requests_that_the_official_decoder_accepts_are_accepted(place in any::<Index>(), byte in any::<u8>()) {
        use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
        let mut body = reference::request(vec![reference::full_span()]).encode_to_vec();
        let place = place.index(body.len());
        body[place] = byte;
        if let Ok(request) = ExportTraceServiceRequest::decode(&*body) {
            let theirs = request.resource_spans.iter().flat_map(|r| &r.scope_spans).flat_map(|s| &s.spans).count();
            let mut ours = 0;
            let rejected = read_traces(&body, |_, _, _| ours += 1).unwrap();
            prop_assert_eq!(theirs as u64, ours + rejected.records);
        }
    }
}

/// Decodes a span down to its last value.
fn walk(span: &trace_model::Span<'_>) {
    fn value(of: &Value<'_>) -> usize {
        match of {
            Value::Array(array) => array.iter().map(|child| value(&child)).sum(),
            Value::Map(map) => map.iter().map(|child| value(&child.value)).sum(),
            _ => 1,
        }
    }
    let own: usize = span.attributes().map(|a| value(&a.value)).sum();
    let events: usize = span.events().flat_map(|e| e.attributes()).map(|a| value(&a.value)).sum();
    let links: usize = span.links().flat_map(|l| l.attributes()).map(|a| value(&a.value)).sum();
    std::hint::black_box(own + events + links);
}
