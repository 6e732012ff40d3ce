//! Search: parsing and results of queries.

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
    // In trace 4, one span failed and another is slow.
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
fn every_kind_of_term_finds_its_traces() {
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
        // Spellings of other query languages.
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
        // Fields of the trace and its root.
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
fn one_span_must_match_all_terms() {
    assert_eq!(found(&store(), "status=error duration>50ms"), [2]);
}

#[test]
fn values_beyond_the_dictionary_are_found() {
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
fn the_newest_traces_are_found_first_up_to_the_limit() {
    let found = store().search(&Query::default(), 2);
    assert_eq!(
        found.traces.iter().map(|summary| summary.trace_id).collect::<Vec<_>>(),
        [trace_id(4), trace_id(3)]
    );
    assert!(found.has_more);
}

#[test]
fn a_parent_is_found_by_its_service_and_name() {
    let store = Store::in_memory(Limits { memory: 64 << 20 });
    store.ingest(of("gateway", vec![span(1, 1, 0)])).unwrap();
    store.ingest(of("users", vec![span(1, 2, 1), span(2, 3, 0)])).unwrap();
    assert_eq!(found(&store, "service=users parent.service=gateway"), [1]);
    assert_eq!(found(&store, "parent.name=\"span 1\""), [1]);
    assert_eq!(found(&store, "-parent.service=*"), [2, 1]);
}

#[test]
fn large_integers_are_compared_exactly() {
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
fn infinity_compares_with_all_numbers() {
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
fn bytes_are_found_by_their_key() {
    let store = Store::in_memory(Limits { memory: 64 << 20 });
    let attributes = vec![attribute("blob", Value::BytesValue(vec![1, 2]))];
    store.ingest(of("a", vec![Span { attributes, ..span(1, 1, 0) }])).unwrap();
    store.ingest(of("a", vec![span(2, 1, 0)])).unwrap();
    assert_eq!(found(&store, "blob=*"), [1]);
    assert_eq!(found(&store, "-blob=*"), [2]);
}

/// With several traces per chunk and several chunks, continuing must neither skip nor repeat a trace.
#[test]
fn a_search_continues_where_it_stopped() {
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
fn attribute_keys_and_values_are_listed() {
    let store = store();
    let keys = store.attribute_keys().texts;
    assert!(keys.iter().any(|key| &**key == "http.route") && keys.iter().any(|key| &**key == "service.name"));
    let values = store.attribute_values("http.route").texts;
    assert_eq!(values.iter().map(|value| &**value).collect::<Vec<_>>(), ["/home page", "/other", "/users"]);
}

#[test]
fn a_parse_error_has_its_position() {
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

/// Service, kind, status, milliseconds, and the attributes `a` and `b` of a span.
type SpanContent = (u8, u8, u8, u8, Option<u8>, Option<u8>);

fn span_content() -> impl Strategy<Value = SpanContent> {
    let maybe = || prop::option::of(0..3_u8);
    (0..3_u8, 0..3_u8, 0..3_u8, 0..4_u8, maybe(), maybe())
}

fn span_of(trace: u64, id: u64, (service, kind, status, millis, a, b): SpanContent) -> (String, Span) {
    let plain = span(trace, id, 0);
    let value = |key: &str, value: u8| attribute(key, Value::IntValue(i64::from(value)));
    let span = Span {
        kind: i32::from(kind),
        status: Some(Status { code: i32::from(status), message: String::new() }),
        end_time_unix_nano: plain.start_time_unix_nano + u64::from(millis) * 1_000_000,
        attributes: a.map(|a| value("a", a)).into_iter().chain(b.map(|b| value("b", b))).collect(),
        ..plain
    };
    (format!("s{service}"), span)
}

/// Whether a span matches a term with a value.
type Matches = fn(SpanContent, u8) -> bool;

fn term() -> impl Strategy<Value = (String, Matches, u8, bool)> {
    let terms: Vec<(&str, Matches)> = vec![
        ("service=s", |content, n| content.0 == n),
        ("service!=s", |content, n| content.0 != n),
        ("duration>=", |content, n| content.3 >= n),
        ("duration<", |content, n| content.3 < n),
        ("a=", |content, n| content.4 == Some(n)),
        ("a!=", |content, n| content.4.is_some_and(|a| a != n)),
        ("b>", |content, n| content.5.is_some_and(|b| b > n)),
        ("b=*", |content, _| content.5.is_some()),
        ("kind=", |content, n| content.1 == n),
        ("status=", |content, n| content.2 == n),
    ];
    let kinds = ["unspecified", "internal", "server"];
    let statuses = ["unset", "ok", "error"];
    (prop::sample::select(terms), 0..3_u8, any::<bool>()).prop_map(move |((term, matches), n, negated)| {
        let value = match term {
            "duration>=" | "duration<" => format!("{n}ms"),
            "b=*" => String::new(),
            "kind=" => kinds[usize::from(n)].to_owned(),
            "status=" => statuses[usize::from(n)].to_owned(),
            _ => n.to_string(),
        };
        (format!("{}{term}{value}", if negated { "-" } else { "" }), matches, n, negated)
    })
}

proptest! {
    /// Includes traces with more spans than a mask has bits.
    #[test]
    fn search_equals_testing_every_span(
        traces in prop::collection::vec(
            prop_oneof![
                prop::collection::vec(span_content(), 1..4),
                prop::collection::vec(span_content(), 30..40),
            ],
            1..8,
        ),
        terms in prop::collection::vec(term(), 1..4),
    ) {
        let store = Store::in_memory(Limits { memory: 64 << 20 });
        for (trace, spans) in (1..).zip(&traces) {
            for (id, content) in (1..).zip(spans) {
                let (service, span) = span_of(trace, id, *content);
                store.ingest(of(&service, vec![span])).unwrap();
            }
        }
        let text = terms.iter().map(|(text, ..)| &**text).collect::<Vec<_>>().join(" ");
        let matches = |content: &SpanContent| terms.iter().all(|(_, matches, n, negated)| matches(*content, *n) != *negated);
        let matching = (1_u64..).zip(&traces).filter(|(_, spans)| spans.iter().any(matches));
        let mut expected: Vec<_> = matching.map(|(trace, _)| trace).collect();
        expected.reverse();
        prop_assert_eq!(found(&store, &text), expected, "{}", text);
    }

    #[test]
    fn any_text_is_parsed_or_rejected(text in ".{0,80}") {
        static STORE: std::sync::LazyLock<Store> = std::sync::LazyLock::new(store);
        if let Ok(query) = Query::parse(&text) {
            STORE.search(&query, 10);
        }
    }
}
