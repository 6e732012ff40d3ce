//! Attributes whose values nearly all differ: a search finds exactly the matching traces, and on one page.

use std::collections::BTreeSet;

use opentelemetry_proto::tonic::{
    common::v1::{AnyValue, ArrayValue, KeyValue, any_value::Value},
    trace::v1::{Span, Status},
};
use proptest::prelude::*;
use trace_model::TraceId;
use trace_store::{DiskSettings, Limits, Query, Retention, Store};

use crate::requests::{noise, of, of_each, span, trace_id};

fn with(span: Span, attributes: Vec<(&str, Value)>) -> Span {
    let key_value = |(key, value): (&str, Value)| KeyValue {
        key: key.into(),
        value: Some(AnyValue { value: Some(value) }),
        ..KeyValue::default()
    };
    Span { attributes: attributes.into_iter().map(key_value).collect(), ..span }
}

fn string(text: impl Into<String>) -> Value {
    Value::StringValue(text.into())
}

/// Ingests more values of each key than the dictionary has room for, in traces from a number on.
fn fill(store: &Store, from: u64) {
    let spans = (from..from + 600).map(|n| {
        let values = vec![("k", string(format!("filler {n}"))), ("n", Value::IntValue(n.cast_signed()))];
        with(span(n, 1, 0), values)
    });
    store.ingest(of_each((from..).map(|n| format!("filler {n}")).zip(spans.map(|span| vec![span])))).unwrap();
}

/// The matching traces, found on one page.
fn found(store: &Store, query: &Query) -> BTreeSet<TraceId> {
    let found = store.search(query, 10_000);
    assert!(!found.has_more);
    found.traces.iter().map(|summary| summary.trace_id).collect()
}

/// The matching traces, found on pages of two.
fn found_by_page(store: &Store, query: &Query) -> BTreeSet<TraceId> {
    let (mut ids, mut from) = (BTreeSet::new(), None);
    loop {
        let found = store.search_from(query, 2, from);
        assert!(
            found.traces.iter().all(|summary| ids.insert(summary.trace_id)),
            "a trace was returned twice"
        );
        from = found.next;
        if from.is_none() {
            return ids;
        }
    }
}

/// The matching traces, decided on the bytes of every trace.
fn found_by_decoding(store: &Store, query: &Query) -> BTreeSet<TraceId> {
    let all: Vec<_> = store.latest(usize::MAX).iter().map(|summary| summary.trace_id).collect();
    store.matching(query, all.into_iter()).into_iter().collect()
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => "[abAB1. É]{0,6}".prop_map(string),
        1 => (0..30_u32).prop_map(|n| string(n.to_string())),
        1 => "[ab]{0,3}".prop_map(|text| string(format!("{text}{}", noise(1, 600)))),
        1 => "[ab]{0,3}".prop_map(|text| string(format!("{text}{}", noise(1, 1_100)))),
        2 => (-20..200_i64).prop_map(Value::IntValue),
        1 => prop_oneof![any::<i64>(), Just(i64::MAX), Just(i64::MIN)].prop_map(Value::IntValue),
        2 => real().prop_map(Value::DoubleValue),
        1 => any::<bool>().prop_map(Value::BoolValue),
        1 => Just(Value::BytesValue(vec![1])),
        1 => Just(Value::ArrayValue(ArrayValue::default())),
    ]
}

fn real() -> impl Strategy<Value = f64> {
    prop_oneof![
        prop::sample::select(vec![f64::INFINITY, f64::NEG_INFINITY, f64::NAN, 1e16, 1.5e-7, -0.0]),
        -9.0..9.0,
        (-20..200_i32).prop_map(f64::from),
        any::<f64>(),
    ]
}

/// The content of a request: trace numbers, each with the values of a span, and a value of the resource.
type RequestContent = (Vec<(u64, Value, Option<Value>)>, Option<u8>);

fn request_content() -> impl Strategy<Value = RequestContent> {
    let values = prop::collection::vec((1..8_u64, value(), prop::option::of(value())), 1..40);
    (values, prop::option::of(any::<u8>()), any::<bool>()).prop_map(|(mut values, service, in_lower_case)| {
        if in_lower_case {
            for (_, k, _) in &mut values {
                if let Value::StringValue(text) = k {
                    text.make_ascii_lowercase();
                }
            }
        }
        (values, service)
    })
}

fn term() -> impl Strategy<Value = String> {
    let key = prop::sample::select(vec!["k", "n", "service.name", "k", "n"]);
    let operator =
        prop::sample::select(vec!["~", "~", "!~", "!=", "!=", ">", ">=", "<", "<=", "=", "=", "=*"]);
    let text = prop_oneof![
        "[abAB1.É]{1,3}",
        "filler 10[0-9]",
        "[0-9.]{1,2}",
        "0\\.0|000|-0|NaN|inf",
        "s1",
        Just("*".to_owned()),
        "a\\*[b1]?\\*?",
        "\\*[AB]",
        "[1.]\\*",
    ];
    let number = prop_oneof![(-20..200_i64).prop_map(|n| n.to_string()), "0\\.5|1e3|inf"];
    (any::<bool>(), key, operator, text, number).prop_map(|(negated, key, operator, text, number)| {
        let sign = if negated { "-" } else { "" };
        let is_pattern = text.contains('*') && (operator == "=" || operator == "!=");
        match operator {
            ">" | ">=" | "<" | "<=" => format!("{sign}{key}{operator}{number}"),
            "=*" => format!("{sign}{key}=*"),
            _ if is_pattern => format!("{sign}{key}{operator}{text}"),
            _ => format!("{sign}{key}{operator}\"{text}\""),
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn search_with_columns_equals_decoding_every_span(
        requests in prop::collection::vec(request_content(), 1..6),
        terms in prop::collection::vec(prop::collection::vec(term(), 1..3), 1..12),
        again: bool,
    ) {
        let store = Store::in_memory(Limits { memory: 64 << 20 });
        fill(&store, 1_000);
        for (number, (spans, service)) in (1..).zip(&requests) {
            let spans = (1..).zip(spans).map(|(id, (trace, k, n))| {
                let mut values = vec![("k", k.clone())];
                values.extend(n.clone().map(|n| ("n", n)));
                with(span(*trace, number * 100 + id, 0), values)
            });
            let body = of(&service.map_or_else(|| "a".to_owned(), |n| format!("S{n}")), spans.collect());
            store.ingest(&body).unwrap();
            if again {
                store.ingest(&body).unwrap();
            }
        }
        for terms in terms {
            let text = terms.join(" ");
            let query = Query::parse(&text).unwrap();
            let expected = found_by_decoding(&store, &query);
            prop_assert_eq!(&found(&store, &query), &expected, "{}", text);
            if expected.len() < 50 {
                prop_assert_eq!(found_by_page(&store, &query), expected, "{}", text);
            }
        }
    }
}

/// Decoding all spans would take several pages.
#[test]
fn one_value_of_very_many_is_found_on_one_page() {
    let folder = tempfile::tempdir().unwrap();
    let disk = DiskSettings { folder: folder.path().to_owned(), limit: 1 << 30 };
    let check = |store: &Store| {
        for (text, expected) in [
            ("request.id~ID-4711-X", vec![4_711]),
            ("request.id=*-4711-*", vec![4_711]),
            ("request.id~4711-y", vec![]),
            ("request.id!~id-", vec![]),
            ("rows>29999", vec![10_000]),
            ("rows<=6 request.id~-2-", vec![2]),
            ("rows~2999", vec![9_999, 9_998, 9_997, 4_333]),
            ("load>9999.75", vec![10_000]),
            ("load~4711.8", vec![4_712]),
            ("load!~.875", vec![]),
            ("-load~.875", vec![]),
            ("pid~70007", vec![7]),
            ("-request.id~id-", vec![]),
            ("-request.id=id-*-x", vec![]),
            ("-request.id!~-4711-", vec![4_711]),
            ("-request.id!=id-4711-x", vec![4_711]),
            ("-rows>6", vec![2, 1]),
            ("-load>=2", vec![2, 1]),
            ("-pid<80000", vec![10_000]),
            ("-request.id=*", vec![]),
            ("request.id!=*id-*", vec![]),
        ] {
            let found = store.search(&Query::parse(text).unwrap(), 100);
            let ids: Vec<_> = found.traces.iter().map(|summary| summary.trace_id).collect();
            let expected: Vec<_> = expected.into_iter().map(trace_id).collect();
            assert!(!found.has_more, "{text}");
            assert_eq!(ids, expected, "{text}");
        }
    };
    {
        let store = Store::on_disk(Limits { memory: 256 << 20 }, &disk).unwrap();
        for batch in 0..100 {
            let spans = (batch * 100 + 1..=batch * 100 + 100).map(|n| {
                let values = vec![
                    ("pad", string(noise(n, 2_500))),
                    ("request.id", string(format!("id-{n}-x"))),
                    ("rows", Value::IntValue((n * 3).cast_signed())),
                    ("load", Value::DoubleValue(f64::from(u32::try_from(n).unwrap()) - 0.125)),
                    ("pid", string(format!("{}", 70_000 + n))),
                ];
                with(span(n, 1, 0), values)
            });
            store.ingest(of("a", spans.collect())).unwrap();
        }
        check(&store);
    }
    let store = Store::on_disk(Limits { memory: 256 << 20 }, &disk).unwrap();
    store.replay(|damaged| panic!("{damaged:?}"));
    check(&store);
}

/// Some columns were dropped, some slots were reused, and some chunks were written again.
#[test]
fn search_finds_all_traces_when_the_store_is_full() {
    let limit = 3 << 20;
    let retention = Retention { errors: true, slower_than: None };
    let store = Store::in_memory(Limits { memory: limit }).with_retention(retention);
    for n in 1..=20_000_u64 {
        let values = vec![
            ("request.id", string(format!("id-{n}-{}", noise(n, 60)))),
            ("rows", Value::IntValue((n * 7_919 % 20_000).cast_signed())),
        ];
        let failed = n.is_multiple_of(500);
        let status = failed.then(|| Status { code: 2, message: String::new() });
        store.ingest(of("a", vec![Span { status, ..with(span(n, 1, 0), values) }])).unwrap();
        assert!(store.stats().memory_bytes <= limit);
    }
    assert!(store.stats().evicted_traces > 1_000);
    let retained = trace_id(500);
    assert!(store.has_spans(retained));
    for text in [
        "request.id~id-500-",
        "request.id~id-1999",
        "rows>19900",
        "rows<100 request.id~7",
        "request.id!~1",
        "-request.id~id-",
        "-request.id~id-500-",
        "-request.id!~id-500-",
        "-rows>100",
        "-rows<19900 -request.id~7",
    ] {
        let query = Query::parse(text).unwrap();
        assert_eq!(found(&store, &query), found_by_decoding(&store, &query), "{text}");
    }
    assert_eq!(found(&store, &Query::parse("request.id~id-500-").unwrap()), BTreeSet::from([retained]));
}

/// An attribute of a resource belongs to all of its spans.
#[test]
fn attributes_of_distinct_resources_are_found() {
    let store = Store::in_memory(Limits { memory: 64 << 20 });
    fill(&store, 1);
    fill(&store, 1_001);
    for (text, expected) in [("service.name~\"filler 1234\"", 1_234), ("service.name=*1599 n>5", 1_599)] {
        assert_eq!(
            found(&store, &Query::parse(text).unwrap()),
            BTreeSet::from([trace_id(expected)]),
            "{text}"
        );
    }
}

/// In a large trace, several spans share a bit.
#[test]
fn one_span_without_a_value_is_found_among_many_with_it() {
    let store = Store::in_memory(Limits { memory: 64 << 20 });
    fill(&store, 1_000);
    let values = |n: u64| if n == 60 { vec![] } else { vec![("k", string(format!("id {n}")))] };
    store.ingest(of("a", (1..=64).map(|n| with(span(1, n, 0), values(n))).collect())).unwrap();
    let query = Query::parse("-k~filler -k~id").unwrap();
    assert_eq!(found(&store, &query), BTreeSet::from([trace_id(1)]));
}

/// Decoding all spans would take several pages.
#[test]
fn long_texts_with_few_distinct_values_are_found_on_one_page() {
    let store = Store::in_memory(Limits { memory: 256 << 20 });
    let statement = |n: u64| format!("SELECT {n} AS number, {}", noise(n, 3_000));
    for batch in 0..100 {
        let spans = (batch * 100 + 1..=batch * 100 + 100).map(|n| {
            // Prompts all differ, and leave room in the dictionary for other keys.
            let (sql, prompt) = (statement(n % 20), noise(n + 1_000, 1_100));
            with(span(n, 1, 0), vec![("prompt", string(prompt)), ("db.query.text", string(sql))])
        });
        store.ingest(of("a", spans.collect())).unwrap();
    }
    for (text, expected) in [
        ("db.query.text~\"select 7 as\"", 500),
        ("db.query.text~nowhere", 0),
        ("-db.query.text~select", 0),
        ("-db.query.text!=*7*number*", 1_000),
    ] {
        let query = Query::parse(text).unwrap();
        let found = found(&store, &query);
        assert_eq!(found.len(), expected, "{text}");
    }
}
