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
    assert!(!found.has_more);
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
    assert_eq!(found(&store, "request.id>0"), [0; 0]);
}

#[test]
fn the_newest_come_first_and_no_more_than_asked_for() {
    let found = store().search(&Query::default(), 2);
    assert_eq!(
        found.traces.iter().map(|summary| summary.trace_id).collect::<Vec<_>>(),
        [trace_id(4), trace_id(3)]
    );
    assert!(found.has_more);
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
fn numbers_without_bound_are_greater_than_all() {
    let store = Store::in_memory(Limits { memory: 64 << 20 });
    for (trace, number) in [(1, f64::INFINITY), (2, f64::NEG_INFINITY), (3, f64::NAN), (4, 0.5)] {
        let attributes = vec![attribute("n", Value::DoubleValue(number))];
        store.ingest(of("a", vec![Span { attributes, ..span(trace, 1, 0) }])).unwrap();
    }
    for (text, expected) in [
        ("n>1000", vec![1]),
        ("n<0", vec![2]),
        ("n>=0.5", vec![4, 1]),
        ("n=NaN", vec![3]),
        ("n<1", vec![4, 2]),
    ] {
        assert_eq!(found(&store, text), expected, "{text}");
    }
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
                assert_eq!(found.has_more, found.next.is_some());
                from = found.next.map(|older| older.to_string().parse().unwrap());
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

/// A span as few words tell it.
type Told = (u8, u8, u8, u8, Option<u8>, Option<u8>);

fn told() -> impl Strategy<Value = Told> {
    let maybe = || prop::option::of(0..3_u8);
    (0..3_u8, 0..3_u8, 0..3_u8, 0..4_u8, maybe(), maybe())
}

fn of_told(trace: u64, id: u64, (service, kind, status, millis, a, b): Told) -> (String, Span) {
    let plain = span(trace, id, 0);
    let value = |key: &str, value: u8| attribute(key, Value::IntValue(i64::from(value)));
    let told = Span {
        kind: i32::from(kind),
        status: Some(Status { code: i32::from(status), message: String::new() }),
        end_time_unix_nano: plain.start_time_unix_nano + u64::from(millis) * 1_000_000,
        attributes: a.map(|a| value("a", a)).into_iter().chain(b.map(|b| value("b", b))).collect(),
        ..plain
    };
    (format!("s{service}"), told)
}

/// What a term says of a span, of the value that it has.
type Holds = fn(Told, u8) -> bool;

fn term() -> impl Strategy<Value = (String, Holds, u8, bool)> {
    let terms: Vec<(&str, Holds)> = vec![
        ("service=s", |told, n| told.0 == n),
        ("service!=s", |told, n| told.0 != n),
        ("duration>=", |told, n| told.3 >= n),
        ("duration<", |told, n| told.3 < n),
        ("a=", |told, n| told.4 == Some(n)),
        ("a!=", |told, n| told.4.is_some_and(|a| a != n)),
        ("b>", |told, n| told.5.is_some_and(|b| b > n)),
        ("b=*", |told, _| told.5.is_some()),
        ("kind=", |told, n| told.1 == n),
        ("status=", |told, n| told.2 == n),
    ];
    let kinds = ["unspecified", "internal", "server"];
    let statuses = ["unset", "ok", "error"];
    (prop::sample::select(terms), 0..3_u8, any::<bool>()).prop_map(move |((term, holds), n, negated)| {
        let value = match term {
            "duration>=" | "duration<" => format!("{n}ms"),
            "b=*" => String::new(),
            "kind=" => kinds[usize::from(n)].to_owned(),
            "status=" => statuses[usize::from(n)].to_owned(),
            _ => n.to_string(),
        };
        (format!("{}{term}{value}", if negated { "-" } else { "" }), holds, n, negated)
    })
}

proptest! {
    /// In traces of more spans than a word has bits, too.
    #[test]
    fn what_is_found_is_what_a_look_at_every_span_finds(
        traces in prop::collection::vec(prop_oneof![prop::collection::vec(told(), 1..4), prop::collection::vec(told(), 30..40)], 1..8),
        terms in prop::collection::vec(term(), 1..4),
    ) {
        let store = Store::in_memory(Limits { memory: 64 << 20 });
        for (trace, spans) in (1..).zip(&traces) {
            for (id, told) in (1..).zip(spans) {
                let (service, span) = of_told(trace, id, *told);
                store.ingest(of(&service, vec![span])).unwrap();
            }
        }
        let text = terms.iter().map(|(text, ..)| &**text).collect::<Vec<_>>().join(" ");
        let holds = |told: &Told| terms.iter().all(|(_, holds, n, negated)| holds(*told, *n) != *negated);
        let fitting = (1_u64..).zip(&traces).filter(|(_, spans)| spans.iter().any(holds));
        let mut expected: Vec<_> = fitting.map(|(trace, _)| trace).collect();
        expected.reverse();
        prop_assert_eq!(found(&store, &text), expected, "{}", text);
    }

    #[test]
    fn any_text_is_answered(text in ".{0,80}") {
        static STORE: std::sync::LazyLock<Store> = std::sync::LazyLock::new(store);
        if let Ok(query) = Query::parse(&text) {
            STORE.search(&query, 10);
        }
    }
}
