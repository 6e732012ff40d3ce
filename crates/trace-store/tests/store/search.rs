//! The text query: what it says and what it finds.

use opentelemetry_proto::tonic::{
    common::v1::{AnyValue, KeyValue, any_value::Value},
    trace::v1::{Span, Status},
};
use proptest::prelude::*;
use trace_store::{Limits, Query, Store};

use crate::requests::{of, span, trace_id};

fn attribute(key: &str, value: Value) -> KeyValue {
    KeyValue { key: key.into(), value: Some(AnyValue { value: Some(value) }), ..KeyValue::default() }
}

fn request_span(trace: u64, route: &str, code: i64, millis: u64) -> Span {
    let plain = span(trace, 1, 0);
    Span {
        name: format!("GET {route}"),
        kind: 2,
        end_time_unix_nano: plain.start_time_unix_nano + millis * 1_000_000,
        status: (code >= 500).then(|| Status { code: 2, message: String::new() }),
        attributes: vec![
            attribute("http.route", Value::StringValue(route.into())),
            attribute("http.response.status_code", Value::IntValue(code)),
            attribute("request.id", Value::StringValue(format!("id {trace}"))),
        ],
        ..plain
    }
}

fn store() -> Store {
    let store = Store::in_memory(Limits { memory: 64 << 20 });
    store.ingest(of("users", vec![request_span(1, "/users", 200, 10)])).unwrap();
    store.ingest(of("users", vec![request_span(2, "/users", 503, 80)])).unwrap();
    store.ingest(of("feed", vec![request_span(3, "/home page", 404, 200)])).unwrap();
    // The failing span and the slow span of trace 4 are two.
    let slow = request_span(4, "/users", 200, 900);
    let failing = Span { span_id: vec![9; 8], ..request_span(4, "/other", 500, 1) };
    store.ingest(of("users", vec![slow, failing])).unwrap();
    store
}

fn found(store: &Store, text: &str) -> Vec<u64> {
    let found = store.search(&Query::parse(text).unwrap(), 100);
    assert!(!found.more);
    (1..10).rev().filter(|n| found.traces.iter().any(|summary| summary.trace_id == trace_id(*n))).collect()
}

#[test]
fn every_kind_of_term_finds_what_it_says() {
    let store = store();
    for (text, expected) in [
        ("", vec![4, 3, 2, 1]),
        ("service=users", vec![4, 2, 1]),
        ("service!=users", vec![3]),
        ("service~EED", vec![3]),
        ("status=error", vec![4, 2]),
        ("kind=client", vec![]),
        ("duration>=80ms duration<1s", vec![4, 3, 2]),
        ("duration>0.15s", vec![4, 3]),
        ("http.route=/users", vec![4, 2, 1]),
        (r#"http.route="/home page""#, vec![3]),
        ("http.route!=/users", vec![4, 3]),
        ("http.response.status_code>=500", vec![4, 2]),
        ("http.response.status_code>=404 service=feed", vec![3]),
        ("http.response.status_code=200.0", vec![4, 1]),
        ("service.name=feed", vec![3]),
        (r#"request.id="id 3""#, vec![3]),
        ("request.id~d", vec![4, 3, 2, 1]),
        ("users", vec![4, 2, 1]),
        (r#""home page""#, vec![3]),
        ("name=\"GET /users\"", vec![4, 2, 1]),
        ("service=users status=error duration>50ms http.route=\"/users\"", vec![2]),
        ("no.such=1", vec![]),
        // As people write it who know other languages.
        ("service = users  status == ERROR", vec![4, 2]),
        ("service:users status:error", vec![4, 2]),
        ("service=users AND status=error", vec![4, 2]),
        ("http.route=/users*", vec![4, 2, 1]),
        ("http.route=*page", vec![3]),
        (r#"http.route="/users*""#, vec![]),
        ("http.route!=*sers", vec![4, 3]),
        ("name=*home*page", vec![3]),
        ("http.route=*", vec![4, 3, 2, 1]),
        ("-http.route=*", vec![]),
        ("no.such=*", vec![]),
        ("-no.such=1", vec![4, 3, 2, 1]),
        ("-status=error -service=feed", vec![4, 1]),
        ("NOT service=users", vec![3]),
        ("!service=users", vec![3]),
        ("-users", vec![4, 3]),
        ("status!=error", vec![4, 3, 1]),
        ("http.route!~users", vec![4, 3]),
        ("http.response.status_code!=200", vec![4, 3, 2]),
        // Of the trace and its root.
        ("trace.duration>850ms", vec![4]),
        ("trace.spans>=2", vec![4]),
        ("trace.errors=1", vec![4, 2]),
        ("trace.errors=0", vec![3, 1]),
        ("root=\"GET /home page\"", vec![3]),
        ("root.service=feed", vec![3]),
        ("trace.service=feed", vec![3]),
        ("trace.id=00000000000000000000000000000002", vec![2]),
        ("00000000000000000000000000000002", vec![2]),
        ("span.id=0909090909090909", vec![4]),
        ("until=2026-01-01T00:00:00Z", vec![4, 3, 2, 1]),
        ("since:15m", vec![]),
    ] {
        assert_eq!(found(&store, text), expected, "{text}");
    }
}

#[test]
fn all_terms_must_hold_of_one_span() {
    assert_eq!(found(&store(), "status=error duration>50ms"), [2]);
}

#[test]
fn values_past_the_dictionary_are_found_all_the_same() {
    let store = Store::in_memory(Limits { memory: 64 << 20 });
    for trace in 1..=2_000 {
        store.ingest(of("users", vec![request_span(trace, "/users", 200, 1)])).unwrap();
    }
    for trace in [1, 999, 2_000] {
        let query = Query::parse(&format!("request.id=\"id {trace}\"")).unwrap();
        let found = store.search(&query, 10).traces;
        assert_eq!(found.iter().map(|summary| summary.trace_id).collect::<Vec<_>>(), [trace_id(trace)]);
    }
    assert_eq!(store.search(&Query::parse("request.id~1999").unwrap(), 10).traces.len(), 1);
}

#[test]
fn the_newest_come_first_and_no_more_than_asked_for() {
    let found = store().search(&Query::default(), 2);
    assert_eq!(
        found.traces.iter().map(|summary| summary.trace_id).collect::<Vec<_>>(),
        [trace_id(4), trace_id(3)]
    );
    assert!(found.more);
}

#[test]
fn a_parent_is_asked_for_by_its_service_and_name() {
    let store = Store::in_memory(Limits { memory: 64 << 20 });
    store.ingest(of("gateway", vec![span(1, 1, 0)])).unwrap();
    store.ingest(of("users", vec![span(1, 2, 1), span(2, 3, 0)])).unwrap();
    assert_eq!(found(&store, "service=users parent.service=gateway"), [1]);
    assert_eq!(found(&store, "parent.name=\"span 1\""), [1]);
    assert_eq!(found(&store, "-parent.service=*"), [2, 1]);
}

#[test]
fn large_numbers_are_told_apart_to_the_last_digit() {
    let store = Store::in_memory(Limits { memory: 64 << 20 });
    for (trace, number) in [(1, i64::MAX), (2, i64::MAX - 1)] {
        let attributes = vec![attribute("n", Value::IntValue(number))];
        store.ingest(of("a", vec![Span { attributes, ..span(trace, 1, 0) }])).unwrap();
    }
    assert_eq!(found(&store, "n=9223372036854775807"), [1]);
    assert_eq!(found(&store, "n<9223372036854775807"), [2]);
    assert_eq!(found(&store, "n>9223372036854775806"), [1]);
}

#[test]
fn what_has_no_text_is_found_by_its_key() {
    let store = Store::in_memory(Limits { memory: 64 << 20 });
    let attributes = vec![attribute("blob", Value::BytesValue(vec![1, 2]))];
    store.ingest(of("a", vec![Span { attributes, ..span(1, 1, 0) }])).unwrap();
    store.ingest(of("a", vec![span(2, 1, 0)])).unwrap();
    assert_eq!(found(&store, "blob=*"), [1]);
    assert_eq!(found(&store, "-blob=*"), [2]);
}

/// Several traces to a chunk, and several chunks: going on must neither pass one over nor give one twice.
#[test]
fn a_search_goes_on_where_it_stopped() {
    let store = Store::in_memory(Limits { memory: 64 << 20 });
    for batch in 0..10 {
        store.ingest(of("a", (1..=7).map(|n| span(batch * 7 + n, 1, 0)).collect())).unwrap();
    }
    for text in ["", "service.name=a"] {
        let query = Query::parse(text).unwrap();
        for limit in [1, 4, 7, 69, 70] {
            let (mut ids, mut from) = (Vec::new(), None);
            loop {
                let found = store.search_from(&query, limit, from);
                ids.extend(found.traces.iter().map(|summary| summary.trace_id));
                assert_eq!(found.more, found.older.is_some());
                from = found.older.map(|older| older.to_string().parse().unwrap());
                if from.is_none() {
                    break;
                }
            }
            assert_eq!(ids, (1..=70).rev().map(trace_id).collect::<Vec<_>>(), "{text} {limit}");
        }
    }
}

#[test]
fn keys_and_values_are_known_for_completion() {
    let store = store();
    let keys = store.attribute_keys();
    assert!(keys.iter().any(|key| &**key == "http.route") && keys.iter().any(|key| &**key == "service.name"));
    let values = store.attribute_values("http.route");
    assert_eq!(values.iter().map(|value| &**value).collect::<Vec<_>>(), ["/home page", "/other", "/users"]);
}

#[test]
fn what_makes_no_sense_is_told_with_its_place() {
    for (text, at) in [
        ("status=broken", 7),
        ("duration>fast", 9),
        ("service>a", 0),
        ("a=1 =2", 4),
        ("a=\"no end", 2),
        ("kind~s", 0),
        ("a=", 2),
        ("a>b", 2),
        ("a=1 OR b=2", 4),
        ("since=yesterday", 6),
        ("since>1h", 0),
        ("trace.spans=many", 12),
        ("trace.id=xyz", 9),
        ("-", 0),
    ] {
        assert_eq!(Query::parse(text).unwrap_err().at, at, "{text}");
    }
}

proptest! {
    #[test]
    fn any_text_is_answered(text in ".{0,80}") {
        static STORE: std::sync::LazyLock<Store> = std::sync::LazyLock::new(store);
        if let Ok(query) = Query::parse(&text) {
            STORE.search(&query, 10);
        }
    }
}
