//! Spans of whole batches as documents.

use opentelemetry::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue as KeyValueOfOtlp};
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link, SpanKind};
use opentelemetry_sdk::Resource;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::documents::Translator;
use super::fit::MOST_BYTES;
use super::schema::violations;
use super::test_spans::{attribute, span};

/// Flags of a span whose parent is known to be local or remote.
const LOCAL: u32 = 0x100;
const REMOTE: u32 = 0x300;

const TRACE: &str = "1-4bf92f35-77b34da6a3ce929d0e0e4736";

fn of(kind: SpanKind, id: u64, parent: u64, flags: u32) -> Span {
    Span { kind: kind.into(), flags, ..span(id, parent) }
}

/// The documents of a batch, and how many were cut.
fn documents(spans: &[Span]) -> (Vec<Value>, usize) {
    let attributes = [KeyValue::new("service.name", "users"), KeyValue::new("service.version", "1.2.3")];
    let resource = Resource::builder_empty().with_attributes(attributes).build();
    let documents = Translator::new(&resource).documents(spans);
    assert!(documents.documents.iter().all(|document| document.len() <= MOST_BYTES));
    let read = |bytes: &Vec<u8>| serde_json::from_slice(bytes).expect("JSON");
    (documents.documents.iter().map(read).collect(), documents.cut)
}

/// The form of a document: `id` of a segment, `+id` of a subsegment that is sent alone, with nested ones in parentheses.
fn form(document: &Value) -> String {
    let id = document["id"].as_str().expect("an id").trim_start_matches('0');
    let prefix = if document["type"] == "subsegment" { "+" } else { "" };
    let nested: Vec<String> = document["subsegments"].as_array().into_iter().flatten().map(form).collect();
    if nested.is_empty() { format!("{prefix}{id}") } else { format!("{prefix}{id}({})", nested.join(" ")) }
}

fn forms(spans: &[Span]) -> Vec<String> {
    documents(spans).0.iter().map(form).collect()
}

#[test]
fn a_request_is_a_segment_with_its_parts_nested() {
    let spans = [
        of(SpanKind::Client, 4, 3, LOCAL),
        of(SpanKind::Internal, 3, 2, LOCAL),
        of(SpanKind::Client, 5, 2, LOCAL),
        of(SpanKind::Server, 2, 1, REMOTE),
    ];
    assert_eq!(forms(&spans), ["2(3(4) 5)"]);
    let (documents, cut) = documents(&spans);
    let segment = &documents[0];
    assert_eq!(cut, 0);
    assert_eq!(
        (&segment["name"], &segment["trace_id"], &segment["parent_id"]),
        (&"users".into(), &TRACE.into(), &"0000000000000001".into())
    );
    assert_eq!(
        (&segment["start_time"], &segment["end_time"]),
        (&json!(1_700_000_000.123_456_7), &json!(1_700_000_000.223_456_9))
    );
    assert_eq!(segment["service"], json!({"version": "1.2.3"}));
    assert_eq!(segment["metadata"]["default"]["otel.resource.service.name"], "users");
    assert_eq!(segment.get("namespace"), None);
    let part = &segment["subsegments"][0];
    assert_eq!((part.get("trace_id"), part.get("parent_id"), part.get("type")), (None, None, None));
    assert_eq!((&part["name"], part.get("namespace")), (&"span 3".into(), None));
    assert_eq!(segment["subsegments"][1]["namespace"], "remote");
}

#[test]
fn a_part_whose_segment_is_in_another_batch_is_sent_alone() {
    let spans = [of(SpanKind::Client, 4, 3, LOCAL), of(SpanKind::Internal, 3, 2, LOCAL)];
    assert_eq!(forms(&spans), ["+3(4)"]);
    let part = &documents(&spans).0[0];
    assert_eq!((&part["trace_id"], &part["parent_id"]), (&TRACE.into(), &"0000000000000002".into()));
}

#[test]
fn work_without_a_request_is_a_segment_and_a_call_gets_one() {
    let root = of(SpanKind::Internal, 1, 0, LOCAL);
    let call = of(SpanKind::Client, 2, 0, LOCAL);
    let message = of(SpanKind::Producer, 3, 9, REMOTE);
    let delivery = of(SpanKind::Consumer, 4, 9, REMOTE);
    assert_eq!(
        forms(&[root, call.clone(), message.clone(), delivery]),
        ["1", "fffffffffffffffd(2)", "fffffffffffffffc(3)", "4"]
    );
    let around = &documents(&[message]).0[0];
    assert_eq!((&around["name"], &around["parent_id"]), (&"users".into(), &"0000000000000009".into()));
    let around = &documents(&[call]).0[0];
    assert_eq!(around.get("parent_id"), None);
}

#[test]
fn parents_in_a_circle_and_very_deep_ones_lose_no_span() {
    let circle = [of(SpanKind::Internal, 1, 2, LOCAL), of(SpanKind::Internal, 2, 1, LOCAL)];
    assert_eq!(forms(&circle), ["+1", "+2"]);
    let deep: Vec<Span> = (1..=40).map(|id| of(SpanKind::Internal, id, id - 1, LOCAL)).collect();
    let documents = forms(&deep);
    let ids = documents.join(" ").split(['(', ')', ' ', '+']).filter(|id| !id.is_empty()).count();
    assert_eq!(ids, 40, "{documents:?}");
}

#[test]
fn a_document_above_64_kb_is_split_into_its_parts() {
    let mut spans = vec![of(SpanKind::Server, 1, 0, LOCAL)];
    for id in 2..8 {
        let mut part = of(SpanKind::Client, id, 1, LOCAL);
        part.attributes.push(attribute("code.text", "x".repeat(20_000).as_str()));
        spans.push(part);
    }
    assert_eq!(forms(&spans), ["1", "+2", "+3", "+4", "+5", "+6", "+7"]);
    assert_eq!(documents(&spans).1, 0, "nothing was cut");
    let mut alone = of(SpanKind::Client, 2, 0, LOCAL);
    alone.attributes.push(attribute("code.text", "x".repeat(100_000).as_str()));
    let (documents, cut) = documents(&[alone]);
    assert_eq!(documents.iter().map(form).collect::<Vec<_>>(), ["fffffffffffffffd", "+2"]);
    assert_eq!((&documents[1]["parent_id"], cut), (&"fffffffffffffffd".into(), 1));
}

#[test]
fn events_links_and_the_name_of_a_span_are_kept() {
    let mut request = of(SpanKind::Server, 1, 0, LOCAL);
    let attributes = vec![attribute("why", "late")];
    request.events.push(Event { name: "retry".to_owned(), attributes, ..Event::default() });
    request.links.push(Link { trace_id: vec![1; 16], span_id: vec![2; 8], ..Link::default() });
    request.attributes.push(attribute("user.id", "worf"));
    request.dropped_events_count = 3;
    let exception = Event { name: "exception".to_owned(), ..Event::default() };
    request.events.extend(vec![exception; 12]);
    let segment = &documents(&[request]).0[0];
    let metadata = &segment["metadata"]["default"];
    assert_eq!(metadata["otel.span.name"], "span 1");
    assert_eq!(
        metadata["otel.events"],
        json!([{"name": "retry", "time": 0.0, "attributes": {"why": "late"}}])
    );
    assert_eq!(metadata["otel.dropped_events_count"], 3);
    assert_eq!(segment["cause"]["exceptions"].as_array().map(Vec::len), Some(10));
    assert_eq!(metadata["otel.dropped_exceptions_count"], 2);
    let link = json!({"trace_id": "1-01010101-010101010101010101010101", "id": "0202020202020202", "attributes": {}});
    assert_eq!(segment["links"], json!([link]));
    assert_eq!(segment["user"], "worf");
}

#[test]
fn fifty_annotations_are_written_for_a_trace() {
    let spans: Vec<Span> = (1..4)
        .map(|id| {
            let mut span = of(SpanKind::Server, id, 0, LOCAL);
            span.attributes = (0..30).map(|at| attribute(&format!("app.a{at}"), at)).collect();
            span
        })
        .collect();
    let counts = documents(&spans).0;
    let counts =
        counts.iter().map(|document| document["annotations"].as_object().map_or(0, serde_json::Map::len));
    assert_eq!(counts.collect::<Vec<_>>(), [30, 20, 0]);
}

/// Any attribute: of HTTP, SQL and the application, with texts of any length and characters.
fn any_attribute() -> impl Strategy<Value = KeyValueOfOtlp> {
    let key = prop_oneof![
        Just("http.request.method".to_owned()),
        Just("http.response.status_code".to_owned()),
        Just("url.full".to_owned()),
        Just("client.address".to_owned()),
        Just("server.address".to_owned()),
        Just("db.system.name".to_owned()),
        Just("db.namespace".to_owned()),
        Just("user.id".to_owned()),
        Just("aws.operation".to_owned()),
        "\\PC{0,20}",
    ];
    let value = prop_oneof![
        "\\PC{0,40}".prop_map(Any::StringValue),
        Just(Any::StringValue("postgresql".to_owned())),
        (1_usize..3_000).prop_map(|length| Any::StringValue("é\u{1}\"".repeat(length))),
        any::<i64>().prop_map(Any::IntValue),
        any::<f64>().prop_map(Any::DoubleValue),
        any::<bool>().prop_map(Any::BoolValue),
    ];
    (key, value).prop_map(|(key, value)| {
        let value = Some(AnyValue { value: Some(value) });
        KeyValueOfOtlp { key, value, ..KeyValueOfOtlp::default() }
    })
}

/// Any span with this id, below any other or none.
fn any_span(id: u64) -> impl Strategy<Value = Span> {
    let attributes = || proptest::collection::vec(any_attribute(), 0..8);
    let flags = prop_oneof![Just(0), Just(LOCAL), Just(REMOTE)];
    let events = proptest::collection::vec((prop_oneof!["exception", "\\PC{0,9}"], attributes()), 0..3);
    (0_i32..6, 0_u64..12, flags, attributes(), events, "\\PC{0,300}", any::<(u64, u64)>()).prop_map(
        move |(kind, parent, flags, attributes, events, name, (start, end))| Span {
            kind,
            flags,
            attributes,
            name,
            events: events
                .into_iter()
                .map(|(name, attributes)| Event { name, attributes, ..Event::default() })
                .collect(),
            start_time_unix_nano: start,
            end_time_unix_nano: end,
            ..span(id, parent)
        },
    )
}

/// All span ids in a document.
fn ids_of(document: &Value, ids: &mut Vec<String>) {
    ids.extend(document["id"].as_str().map(str::to_owned));
    document["subsegments"].as_array().into_iter().flatten().for_each(|nested| ids_of(nested, ids));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn any_spans_become_valid_documents_of_bounded_size_with_each_span_once(
        spans in (1_u64..10).prop_flat_map(|count| (1..=count).map(any_span).collect::<Vec<_>>()),
    ) {
        let (documents, _) = documents(&spans);
        let mut ids = Vec::new();
        for document in &documents {
            prop_assert_eq!(violations(document), Vec::<String>::new(), "{:#}", document);
            ids_of(document, &mut ids);
        }
        for span in &spans {
            let id = crate::export::hex(&span.span_id);
            prop_assert_eq!(ids.iter().filter(|found| **found == id).count(), 1, "{}", id);
        }
    }
}
