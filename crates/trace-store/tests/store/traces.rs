//! Storing and reading of traces, in any order of arrival and with duplicates.

use opentelemetry_proto::tonic::trace::v1::Span;
use trace_store::{Limits, Store};

use crate::requests::{linked, of, padded, span, span_id, trace_id};

fn store() -> Store {
    Store::in_memory(Limits { memory: 64 << 20 })
}

#[test]
fn a_trace_is_assembled_from_batches_of_several_services() {
    let store = store();
    store.ingest(of("b", vec![span(1, 2, 1), span(2, 9, 0)])).unwrap();
    store.ingest(of("a", vec![span(1, 1, 0)])).unwrap();
    let trace = store.trace(trace_id(1)).unwrap();
    let spans = trace.spans();
    let seen: Vec<_> =
        spans.iter().map(|(origin, span)| (origin.resource.service_name(), span.span_id)).collect();
    assert_eq!(seen, [("b".into(), span_id(2)), ("a".into(), span_id(1))]);
    assert_eq!(store.services().iter().map(|name| &**name).collect::<Vec<_>>(), ["a", "b"]);
}

#[test]
fn the_summary_is_updated_as_spans_arrive() {
    let store = store();
    store.ingest(of("b", vec![span(1, 2, 1)])).unwrap();
    let summary = store.latest(10).remove(0);
    assert_eq!((&*summary.root_name, summary.missing_parents, summary.spans), ("span 2", 1, 1));
    store.ingest(of("a", vec![span(1, 1, 0)])).unwrap();
    let summary = store.latest(10).remove(0);
    assert_eq!(
        (&*summary.root_name, &*summary.root_service, summary.missing_parents, summary.spans),
        ("span 1", "a", 0, 2)
    );
    assert_eq!((summary.start.as_unix(), summary.duration), (1_001, 1_001));
}

#[test]
fn a_duplicate_span_is_not_stored_and_changes_no_version() {
    let store = store();
    let body = of("a", (1..=100).map(|id| span(1, id, id - 1)).collect());
    let first = store.ingest(body.clone()).unwrap();
    assert_eq!((first.stored, first.duplicates, first.changed.len()), (100, 0, 1));
    let version = store.version(trace_id(1));
    let again = store.ingest(body.clone()).unwrap();
    assert_eq!((again.stored, again.duplicates, again.changed.len()), (0, 100, 0));
    assert_eq!(store.version(trace_id(1)), version);
    // Half known, half new.
    let mixed = store.ingest(of("a", (51..=150).map(|id| span(1, id, id - 1)).collect())).unwrap();
    assert_eq!((mixed.stored, mixed.duplicates), (50, 50));
    assert_eq!(store.trace(trace_id(1)).unwrap().spans().len(), 150);
}

#[test]
fn a_different_span_with_a_known_id_is_stored() {
    let store = store();
    store.ingest(of("a", vec![span(1, 1, 0)])).unwrap();
    let other = opentelemetry_proto::tonic::trace::v1::Span { kind: 3, ..span(1, 1, 0) };
    assert_eq!(store.ingest(of("a", vec![other])).unwrap().stored, 1);
    let other = store.locate_span(trace_id(1), span_id(1), 1).unwrap().read();
    assert_eq!(other.spans()[0].1.kind.as_str(), "client");
}

#[test]
fn links_are_found_from_their_target_in_any_order_of_arrival() {
    let store = store();
    store.ingest(of("worker", vec![linked(span(2, 5, 0), 1, 1)])).unwrap();
    store.ingest(of("shop", vec![span(1, 1, 0)])).unwrap();
    assert_eq!(store.linked_from(trace_id(1), span_id(1)), [(trace_id(2), span_id(5))]);
    assert!(store.linked_from(trace_id(1), span_id(2)).is_empty());
}

#[test]
fn of_a_malformed_request_nothing_is_stored() {
    let store = store();
    let mut body = of("a", vec![span(1, 1, 0), span(1, 2, 1)]);
    body.pop();
    assert!(store.ingest(body.clone()).is_err());
    assert_eq!(store.stats().spans, 0);
}

#[test]
fn client_and_server_spans_may_share_an_id_as_in_zipkin() {
    let store = store();
    let half = |kind| opentelemetry_proto::tonic::trace::v1::Span { kind, ..span(1, 5, 1) };
    store.ingest(of("shop", vec![span(1, 1, 0), half(3)])).unwrap();
    store.ingest(of("users", vec![half(2)])).unwrap();
    store.ingest(of("users", vec![half(2)])).unwrap();
    let halves = (0..3).map(|n| {
        let half = store.locate_span(trace_id(1), span_id(5), n)?.read();
        let spans = half.spans();
        assert_eq!((spans.len(), half.start()), (1, store.trace(trace_id(1)).unwrap().start()));
        Some((spans[0].1.kind.as_str(), spans[0].0.resource.service_name().into_owned()))
    });
    let expected = [Some(("client", "shop".to_owned())), Some(("server", "users".to_owned())), None];
    assert_eq!(halves.collect::<Vec<_>>(), expected);
}

#[test]
fn cycles_and_spans_that_are_their_own_parent_are_stored() {
    let store = store();
    store.ingest(of("a", vec![span(1, 1, 2), span(1, 2, 1), span(1, 3, 3)])).unwrap();
    assert_eq!(store.trace(trace_id(1)).unwrap().spans().len(), 3);
    assert_eq!(store.latest(1)[0].spans, 3);
}

#[test]
fn spans_may_arrive_in_any_order_hours_apart() {
    let store = store();
    let hour = 3_600_000_000_000;
    for (id, parent) in [(4, 3), (2, 1), (3, 2), (1, 0)] {
        let late = opentelemetry_proto::tonic::trace::v1::Span {
            start_time_unix_nano: id * hour,
            end_time_unix_nano: (id + 1) * hour,
            ..span(7, id, parent)
        };
        store.ingest(of("a", vec![late])).unwrap();
        store.ingest(of("a", (1..100).map(|other| span(1_000 * id + other, 1, 0)).collect())).unwrap();
    }
    let summary =
        store.latest(usize::MAX).into_iter().find(|summary| summary.trace_id == trace_id(7)).unwrap();
    assert_eq!((summary.spans, summary.missing_parents, summary.duration), (4, 0, 4 * hour));
    assert_eq!(&*summary.root_name, "span 1");
}

#[test]
fn spans_are_read_with_the_time_at_which_they_arrived() {
    let store = store();
    let now = || u64::try_from(std::time::UNIX_EPOCH.elapsed().unwrap().as_nanos()).unwrap();
    let before = now();
    store.ingest(of("a", vec![span(1, 1, 0)])).unwrap();
    let between = now();
    store.ingest(of("a", vec![span(1, 2, 1)])).unwrap();
    let trace = store.trace(trace_id(1)).unwrap();
    let arrived: Vec<u64> = trace.received().map(|(_, _, arrived)| arrived.as_unix()).collect();
    assert!(before <= arrived[0] && arrived[0] <= between && between <= arrived[1], "{arrived:?}");
}

#[test]
fn the_traces_around_a_trace_are_those_that_arrived_before_and_after_it() {
    let store = store();
    for trace in 1..=9 {
        store.ingest(of("a", vec![span(trace, 1, 0)])).unwrap();
    }
    let around = |trace, limit| -> Vec<_> {
        store.around(trace_id(trace), limit).iter().map(|summary| summary.trace_id).collect()
    };
    assert_eq!(around(5, 5), [5, 4, 6, 3, 7].map(trace_id));
    assert_eq!(around(9, 3), [9, 8, 7].map(trace_id));
    assert_eq!(around(1, 100).len(), 9);
    assert_eq!(around(10, 5), []);
}

#[test]
fn of_very_many_different_spans_with_one_id_the_first_256_are_stored() {
    let store = Store::in_memory(Limits { memory: 64 << 20 });
    let spans: Vec<_> =
        (0..1_000).map(|number| Span { name: format!("{number}"), ..span(1, 7, 0) }).collect();
    let outcome = store.ingest(of("a", spans.clone())).unwrap();
    assert_eq!((outcome.stored, outcome.duplicates, outcome.rejected.records), (256, 0, 744));
    let message = outcome.rejected.message("span").unwrap();
    assert_eq!(message, "744 spans rejected: too many spans of one trace have the same id");
    let again = store.ingest(of("a", spans)).unwrap();
    assert_eq!((again.stored, again.duplicates, again.rejected.records), (0, 256, 744));
    assert_eq!(store.trace(trace_id(1)).unwrap().spans().len(), 256);
}

#[test]
fn links_from_a_trace_are_removed_with_it() {
    let store = Store::in_memory(Limits { memory: 1 << 20 });
    let linking = |id, target| linked(span(1, id, 0), target, 1);
    store.ingest(of("a", vec![linking(1, 2), linking(2, 3), linking(3, 2)])).unwrap();
    assert_eq!(store.linked_from(trace_id(2), span_id(1)).len(), 2);
    assert_eq!(store.linked_from(trace_id(3), span_id(1)).len(), 1);
    for trace in 10..20 {
        store.ingest(of("a", vec![padded(span(trace, 1, 0), 200_000)])).unwrap();
    }
    assert!(store.trace(trace_id(1)).is_none(), "evicted");
    for target in [2, 3] {
        assert!(store.linked_from(trace_id(target), span_id(1)).is_empty(), "{target}");
    }
}
