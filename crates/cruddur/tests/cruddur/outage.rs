//! What tests of destinations share: home feeds, their traces at two places, and a destination that fails in every way.

use std::time::{Duration, Instant};

use testkit::{Behaviour, DEADLINE, Sink, Trace, TraceResponse, wait_until};

use crate::system::{HOME, System, traceresponse};

/// The spans of a home feed's trace.
const SPANS: usize = 11;
/// A request that takes as long as this waited for an export.
const NOT_BLOCKED: Duration = Duration::from_secs(3);

/// Requests a home feed, which waits for no export. Returns its trace id.
pub(crate) async fn home_feed(system: &System) -> String {
    let began = Instant::now();
    let response = system.get(HOME).await;
    assert!(began.elapsed() < NOT_BLOCKED, "a request waits for no export: {:?}", began.elapsed());
    assert_eq!(response.status(), 200);
    TraceResponse::parse(&traceresponse(&response)).trace_id
}

/// The trace of a home feed, once the destination has all of it.
pub(crate) async fn whole_trace(destination: &Sink, trace_id: &str) -> Trace {
    destination.trace_when(trace_id, "all spans", |trace| trace.spans().len() == SPANS).await
}

/// The same, of the waterfall.
pub(crate) async fn stored(system: &System, trace_id: &str) -> Trace {
    let deadline = Instant::now() + DEADLINE;
    loop {
        let trace = system.stored_trace(trace_id).await;
        if let Some(trace) = trace.filter(|trace| trace.spans().len() == SPANS) {
            return trace;
        }
        assert!(Instant::now() < deadline, "the waterfall lacks spans of {trace_id}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Throttles, refuses and slows a destination, takes it away and brings it back: no request waits, the waterfall has every
/// trace meanwhile, and the destination has every trace in the end.
pub(crate) async fn lose_nothing(system: &System, destination: &Sink) {
    let mut traces = Vec::new();
    for behaviour in
        [Behaviour::Refuse(429), Behaviour::Refuse(503), Behaviour::Slow(Duration::from_millis(500))]
    {
        destination.set_behaviour(behaviour);
        traces.push(home_feed(system).await);
    }
    let attempted = || (!destination.exports().is_empty()).then_some(());
    wait_until("an attempt that is refused", DEADLINE, attempted).await;
    destination.down();
    for _ in 0..3 {
        traces.push(home_feed(system).await);
    }
    for trace_id in &traces {
        stored(system, trace_id).await.assert_one_linked_trace();
    }
    destination.set_behaviour(Behaviour::Accept);
    destination.up();
    for trace_id in &traces {
        whole_trace(destination, trace_id).await.assert_one_linked_trace();
    }
}
