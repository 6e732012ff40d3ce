//! Figures over the spans that are held.

use opentelemetry_proto::tonic::trace::v1::{Span, Status};
use trace_model::Nanos;
use trace_store::{Limits, Store};

use crate::requests::{of, span};

#[test]
fn durations_and_errors_are_counted_by_operation_and_time() {
    let store = Store::in_memory(Limits { memory: 64 << 20 });
    for n in 1..=100 {
        let timed = Span {
            name: "work".into(),
            kind: 2,
            start_time_unix_nano: n,
            end_time_unix_nano: n + n * 10,
            ..span(n, 1, 0)
        };
        let status = (n > 90).then(|| Status { code: 2, message: String::new() });
        store.ingest(of("a", vec![Span { status, ..timed }])).unwrap();
    }
    let figures = store.operation_figures(Nanos::ZERO, Nanos::MAX);
    assert_eq!(figures.len(), 1);
    let work = &figures[0];
    assert_eq!((&*work.service, &*work.name, work.spans, work.errors), ("a", "work", 100, 10));
    assert_eq!((work.p50, work.p95, work.p99, work.max), (500, 950, 990, 1000));
    let half = store.operation_figures(Nanos::from_unix(51), Nanos::MAX);
    assert_eq!((half[0].spans, half[0].errors), (50, 10));
}

#[test]
fn a_call_is_a_span_below_one_of_another_service() {
    let store = Store::in_memory(Limits { memory: 64 << 20 });
    for trace in 1..=3 {
        store.ingest(of("a", vec![span(trace, 1, 0), span(trace, 2, 1)])).unwrap();
        let failed = Span { status: Some(Status { code: 2, message: String::new() }), ..span(trace, 3, 2) };
        store.ingest(of("b", vec![failed, span(trace, 4, 3), span(trace, 5, 77)])).unwrap();
    }
    let calls = store.calls(Nanos::ZERO, Nanos::MAX);
    assert_eq!(calls.len(), 1);
    assert_eq!((&*calls[0].parent, &*calls[0].child, calls[0].calls, calls[0].errors), ("a", "b", 3, 3));
}
