//! Metrics over the stored spans.

use std::time::SystemTime;

use opentelemetry_proto::tonic::{
    common::v1::{AnyValue, KeyValue, any_value::Value},
    trace::v1::{Span, Status},
};
use trace_model::{Nanos, SpanKind};
use trace_store::{Limits, MetricsQuery, Store};

use crate::requests::{of, padded, span};

fn failed(span: Span) -> Span {
    Span { status: Some(Status { code: 2, message: String::new() }), ..span }
}

fn calling(span: Span, kind: i32, attributes: &[(&str, &str)]) -> Span {
    let attributes = attributes.iter().map(|(key, value)| {
        let value = Some(AnyValue { value: Some(Value::StringValue((*value).into())) });
        KeyValue { key: (*key).into(), value, ..KeyValue::default() }
    });
    Span { kind, attributes: attributes.collect(), ..span }
}

/// A hundred spans of 10 to 1,000 ns that start at 1 to 100 ns; the last ten fail.
fn work_store() -> Store {
    let store = Store::in_memory(Limits { memory: 64 << 20 });
    for n in 1..=100 {
        let timed = Span {
            name: "work".into(),
            kind: 2,
            start_time_unix_nano: n,
            end_time_unix_nano: n + n * 10,
            ..span(n, 1, 0)
        };
        store.ingest(of("a", vec![if n > 90 { failed(timed) } else { timed }])).unwrap();
    }
    store
}

/// The service map, as `caller kind -> callee kind: calls, errors` of the caller's side and the callee's.
fn calls(store: &Store) -> Vec<String> {
    let calls = store.metrics(MetricsQuery::default()).calls.into_iter();
    calls
        .map(|calls| {
            let ends = [&calls.caller, &calls.callee].map(|node| format!("{} {}", node.name(), node.kind()));
            let sides = [calls.by_caller, calls.by_callee].map(|side| match (side.spans, side.errors) {
                (0, _) => "-".to_owned(),
                (spans, errors) => format!("{spans}, {errors}"),
            });
            format!("{}: {}", ends.join(" -> "), sides.join(" | "))
        })
        .collect()
}

fn lasting(span: Span, nanos: u64) -> Span {
    Span { end_time_unix_nano: span.start_time_unix_nano + nanos, ..span }
}

#[test]
fn durations_and_errors_are_counted_by_operation_and_time_range() {
    let store = work_store();
    let metrics = store.metrics(MetricsQuery::default()).operations;
    assert_eq!(metrics.len(), 1);
    let work = &metrics[0];
    assert_eq!((&*work.service, &*work.name, work.total.spans, work.total.errors), ("a", "work", 100, 10));
    assert_eq!((work.total.p50, work.total.p95, work.total.p99, work.total.max), (500, 950, 990, 1000));
    let half = store.metrics(MetricsQuery { from: Nanos::from_unix(51), ..MetricsQuery::default() });
    assert_eq!((half.operations[0].total.spans, half.operations[0].total.errors), (50, 10));
}

#[test]
fn a_series_has_an_entry_for_each_interval() {
    let metrics = work_store().metrics(MetricsQuery { intervals: 4, ..MetricsQuery::default() });
    assert_eq!((metrics.from.as_unix(), metrics.to.as_unix()), (1, 100));
    let series = &metrics.operations[0].series.0;
    assert_eq!(series.iter().map(|entry| entry.spans).collect::<Vec<_>>(), [25; 4]);
    assert_eq!(series.iter().map(|entry| entry.errors).collect::<Vec<_>>(), [0, 0, 0, 10]);
    assert_eq!(series.iter().map(|entry| entry.p50).collect::<Vec<_>>(), [130, 380, 630, 880]);
    assert_eq!(series.iter().map(|entry| entry.p99).collect::<Vec<_>>(), [250, 500, 750, 1000]);
    let query = MetricsQuery { from: Nanos::from_unix(1), to: Nanos::from_unix(200), intervals: 2 };
    let series = work_store().metrics(query).operations[0].series.0.clone();
    assert_eq!(series.iter().map(|entry| entry.spans).collect::<Vec<_>>(), [100, 0]);
}

#[test]
fn a_range_that_began_and_has_no_end_reaches_until_now() {
    let now = || Nanos::from(SystemTime::now());
    let before = now();
    let query = MetricsQuery { from: Nanos::from_unix(51), intervals: 2, ..MetricsQuery::default() };
    let metrics = work_store().metrics(query);
    assert!(before <= metrics.to && metrics.to <= now(), "{:?}", metrics.to);
}

#[test]
fn unset_times_do_not_extend_the_series() {
    let store = work_store();
    let with_start = |id, start| Span { start_time_unix_nano: start, ..span(1, id, 0) };
    store.ingest(of("a", vec![with_start(8, 0), with_start(9, u64::MAX)])).unwrap();
    let metrics = store.metrics(MetricsQuery { intervals: 2, ..MetricsQuery::default() });
    assert_eq!((metrics.from.as_unix(), metrics.to.as_unix()), (1, 100));
}

#[test]
fn a_service_is_measured_by_its_entry_spans() {
    let store = Store::in_memory(Limits { memory: 64 << 20 });
    let inner = |id, kind| Span { kind, ..span(1, id, 1) };
    store.ingest(of("a", vec![span(1, 1, 0), inner(2, 1), inner(3, 2), inner(4, 3), inner(5, 5)])).unwrap();
    let services = store.metrics(MetricsQuery::default()).services;
    assert_eq!((&*services[0].name, services[0].total.spans), ("a", 3));
}

#[test]
fn a_service_without_server_spans_is_measured_by_all_its_spans() {
    let store = Store::in_memory(Limits { memory: 64 << 20 });
    store.ingest(of("a", vec![Span { kind: 2, ..span(1, 1, 0) }])).unwrap();
    let resolve = Span { kind: 1, ..lasting(failed(span(1, 2, 1)), 70) };
    store.ingest(of("resolver", vec![resolve, Span { kind: 3, ..span(1, 3, 2) }])).unwrap();
    let services = store.metrics(MetricsQuery::default()).services;
    let resolver = &services[1];
    assert_eq!(
        (resolver.has_entries, &*resolver.kinds),
        (false, &[SpanKind::Client, SpanKind::Internal][..])
    );
    assert_eq!((resolver.total.spans, resolver.total.errors, resolver.total.max), (2, 1, 1000));
}

#[test]
fn a_service_whose_callers_are_not_traced_is_measured_by_all_its_spans() {
    let store = Store::in_memory(Limits { memory: 64 << 20 });
    let kind = |span, kind| Span { kind, ..span };
    store.ingest(of("a", vec![kind(span(1, 1, 77), 1), kind(span(1, 2, 1), 3)])).unwrap();
    let services = store.metrics(MetricsQuery::default()).services;
    assert_eq!((services[0].has_entries, services[0].total.spans), (false, 2));
    assert_eq!(services[0].kinds, [SpanKind::Client, SpanKind::Internal]);
}

#[test]
fn a_call_is_a_span_whose_parent_is_of_another_service() {
    let store = Store::in_memory(Limits { memory: 64 << 20 });
    for trace in 1..=3 {
        store.ingest(of("a", vec![span(trace, 1, 0), span(trace, 2, 1)])).unwrap();
        store
            .ingest(of("b", vec![failed(span(trace, 3, 2)), span(trace, 4, 3), span(trace, 5, 77)]))
            .unwrap();
    }
    assert_eq!(calls(&store), ["a service -> b service: - | 3, 3"]);
}

#[test]
fn a_call_that_its_caller_gave_up_is_an_error_of_the_time_that_the_caller_waited() {
    for padding in [0, 200] {
        let store = Store::in_memory(Limits { memory: 64 << 20 });
        let given_up = Span { kind: 3, ..lasting(failed(span(1, 2, 1)), 852) };
        let more = (100..100 + padding).map(|id| span(1, id, 1));
        store.ingest(of("a", [span(1, 1, 0), given_up].into_iter().chain(more).collect())).unwrap();
        store.ingest(of("b", vec![Span { kind: 2, ..lasting(span(1, 3, 2), 4) }])).unwrap();
        let edges = store.metrics(MetricsQuery::default()).calls;
        let [edge] = &*edges else { panic!("{edges:?}") };
        assert_eq!((edge.by_caller.spans, edge.by_caller.errors, edge.by_caller.p95), (1, 1, 852));
        assert_eq!((edge.by_callee.spans, edge.by_callee.errors, edge.by_callee.p95), (1, 0, 4));
    }
}

#[test]
fn a_caller_counts_a_call_once_however_many_spans_the_callee_has_of_it() {
    for padding in [0, 200] {
        let store = Store::in_memory(Limits { memory: 64 << 20 });
        let more = (100..100 + padding).map(|id| span(1, id, 1));
        let client = Span { kind: 3, ..span(1, 2, 1) };
        store.ingest(of("a", [span(1, 1, 0), client].into_iter().chain(more).collect())).unwrap();
        store.ingest(of("b", vec![span(1, 3, 2), span(1, 4, 2)])).unwrap();
        store.ingest(of("c", vec![span(1, 5, 2)])).unwrap();
        assert_eq!(
            calls(&store),
            ["a service -> b service: 1, 0 | 2, 0", "a service -> c service: 1, 0 | 1, 0"]
        );
    }
}

#[test]
fn each_side_of_a_call_is_counted_when_it_began() {
    let store = Store::in_memory(Limits { memory: 64 << 20 });
    let at = |span: Span, start| Span { start_time_unix_nano: start, end_time_unix_nano: start + 9, ..span };
    store.ingest(of("a", vec![at(Span { kind: 3, ..span(1, 1, 0) }, 100)])).unwrap();
    store.ingest(of("b", vec![at(span(1, 2, 1), 5_000)])).unwrap();
    let sides = |from, to| {
        let query = MetricsQuery { from: Nanos::from_unix(from), to: Nanos::from_unix(to), intervals: 0 };
        let calls = store.metrics(query).calls;
        calls.iter().map(|edge| (edge.by_caller.spans, edge.by_callee.spans)).collect::<Vec<_>>()
    };
    assert_eq!(sides(0, 1_000), [(1, 0)]);
    assert_eq!(sides(1_000, 9_000), [(0, 1)]);
}

#[test]
fn untraced_peers_are_named_by_attributes() {
    let store = Store::in_memory(Limits { memory: 64 << 20 });
    let database = [("db.system.name", "sqlite"), ("db.namespace", "users"), ("server.address", "10.0.0.1")];
    let queue = [("messaging.system", "kafka"), ("messaging.destination.name", "orders")];
    let spans = vec![
        span(1, 1, 0),
        calling(span(1, 2, 1), 3, &database),
        failed(calling(span(1, 3, 1), 3, &database)),
        calling(span(1, 4, 1), 4, &queue),
        calling(span(1, 5, 1), 3, &[("server.address", "example.com")]),
        // Its server side is traced, so that the peer is not listed.
        calling(span(1, 6, 1), 3, &[("server.address", "127.0.0.1")]),
        // No attribute names the peer.
        calling(span(1, 7, 1), 3, &[]),
        // Not a call, by its kind.
        calling(span(1, 8, 1), 1, &database),
    ];
    store.ingest(of("a", spans)).unwrap();
    store.ingest(of("b", vec![Span { kind: 2, ..span(1, 9, 6) }])).unwrap();
    store.ingest(of("worker", vec![calling(span(2, 1, 0), 5, &queue)])).unwrap();
    assert_eq!(
        calls(&store),
        [
            "a service -> b service: 1, 0 | 1, 0",
            "a service -> sqlite users database: 2, 1 | -",
            "a service -> kafka orders messaging: 1, 0 | -",
            "a service -> example.com remote: 1, 0 | -",
            "kafka orders messaging -> worker service: - | 1, 0",
        ]
    );
}

#[test]
fn many_peers_of_one_request_are_distinguished() {
    let store = Store::in_memory(Limits { memory: 64 << 20 });
    // Interleaved, and more than the cache has room for; some differ only in an attribute that others lack.
    let hosts: Vec<String> = (10..50).map(|n| format!("host-{n}")).collect();
    let calls_to = |host: &str, id| calling(span(1, id, 1), 3, &[("server.address", host)]);
    let mut spans = vec![span(1, 1, 0)];
    for round in 1..=3 {
        spans.extend((10..).zip(&hosts).map(|(id, host)| calls_to(host, round * 100 + id)));
        spans.push(calling(
            span(1, round * 100 + 1, 1),
            3,
            &[("db.system", "host-10"), ("server.address", "host-10")],
        ));
    }
    store.ingest(of("a", spans)).unwrap();
    let mut expected: Vec<String> =
        hosts.iter().map(|host| format!("a service -> {host} remote: 3, 0 | -")).collect();
    expected.push("a service -> host-10 database: 3, 0 | -".into());
    let mut found = calls(&store);
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
}

#[test]
fn server_sides_are_found_in_large_traces_and_by_a_shared_id() {
    for padding in [0, 200] {
        let store = Store::in_memory(Limits { memory: 64 << 20 });
        let client = |id| calling(span(1, id, 1), 3, &[("server.address", "10.0.0.1")]);
        let more = (100..100 + padding).map(|id| span(1, id, 1));
        store
            .ingest(of(
                "a",
                [span(1, 1, 0), client(2), client(3), client(4)].into_iter().chain(more).collect(),
            ))
            .unwrap();
        // As in Zipkin: the server span has the id of the client span, and is the parent of a span of its own.
        store.ingest(of("b", vec![span(1, 5, 2), Span { kind: 2, ..span(1, 3, 1) }, span(1, 6, 3)])).unwrap();
        assert_eq!(
            calls(&store),
            ["a service -> b service: 2, 0 | 2, 0", "a service -> 10.0.0.1 remote: 1, 0 | -"]
        );
    }
}

#[test]
fn a_client_without_a_parent_that_shares_its_id_with_its_server_calls_it() {
    let store = Store::in_memory(Limits { memory: 64 << 20 });
    store.ingest(of("a", vec![Span { kind: 3, ..span(1, 1, 0) }])).unwrap();
    store.ingest(of("b", vec![failed(Span { kind: 2, ..span(1, 1, 0) })])).unwrap();
    assert_eq!(calls(&store), ["a service -> b service: 1, 0 | 1, 1"]);
}

#[test]
fn names_and_peers_are_removed_with_their_spans() {
    let store = Store::in_memory(Limits { memory: 256 << 10 });
    for trace in 1..=2_000 {
        let called =
            calling(padded(span(trace, 1, 0), 100), 3, &[("server.address", &format!("host-{trace}"))]);
        store.ingest(of("a", vec![called])).unwrap();
    }
    let stats = store.stats();
    assert!(stats.memory_bytes <= 256 << 10 && stats.evicted_traces > 0);
    assert_eq!(store.metrics(MetricsQuery::default()).calls.len() as u64, stats.spans);
}
