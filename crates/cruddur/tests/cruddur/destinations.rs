//! A second destination beside the built-in waterfall.

use testkit::{Behaviour, DEADLINE, Sink, TraceResponse, wait_until};

use crate::system::{HOME, System, traceresponse, up};

const KEY: &str = "hcaik_S3CRETS3CRETS3CRETS3CRETS3CRETS3CRETS3CRETS3CRETS3CRET1234";

/// The spans of a home feed's trace.
const SPANS: usize = 11;

async fn system_with(honeycomb: &Sink) -> System {
    System::of(up().env("HONEYCOMB_API_KEY", KEY).env("HONEYCOMB_API_ENDPOINT", honeycomb.url())).await
}

#[tokio::test]
async fn the_home_feed_is_one_linked_trace_at_honeycomb_and_in_the_waterfall() {
    let honeycomb = Sink::start();
    let system = system_with(&honeycomb).await;
    let response = system.get(HOME).await;
    let trace_id = TraceResponse::parse(&traceresponse(&response)).trace_id;

    let there = honeycomb.trace_when(&trace_id, "all spans", |trace| trace.spans().len() == SPANS).await;
    there.assert_one_linked_trace();
    let here = stored(&system, &trace_id).await;
    here.assert_one_linked_trace();
    let ids = |trace: &testkit::Trace| {
        let mut ids: Vec<_> = trace.spans().iter().map(|span| span.span_id.clone()).collect();
        ids.sort();
        ids
    };
    assert_eq!(ids(&here), ids(&there));
    for export in honeycomb.exports() {
        assert_eq!(export.header("x-honeycomb-team"), Some(KEY), "{}", export.path());
    }
}

#[tokio::test]
async fn a_refused_key_costs_the_waterfall_nothing_and_is_logged_without_the_key() {
    let honeycomb = Sink::start();
    honeycomb.set_behaviour(Behaviour::Refuse(401));
    let system = system_with(&honeycomb).await;
    let response = system.get(HOME).await;
    let trace_id = TraceResponse::parse(&traceresponse(&response)).trace_id;
    stored(&system, &trace_id).await.assert_one_linked_trace();
    let is_logged = || system.process.log().contains("check HONEYCOMB_API_KEY").then_some(());
    wait_until("the advice in the log", DEADLINE, is_logged).await;
    assert!(!system.process.log().contains("S3CRET"), "{}", system.process.log());
    assert!(honeycomb.spans().is_empty());
}

/// The whole trace of a home feed, once the waterfall has it.
async fn stored(system: &System, trace_id: &str) -> testkit::Trace {
    let deadline = std::time::Instant::now() + DEADLINE;
    loop {
        let trace = system.stored_trace(trace_id).await;
        if let Some(trace) = trace.filter(|trace| trace.spans().len() == SPANS) {
            return trace;
        }
        assert!(std::time::Instant::now() < deadline, "the waterfall lacks spans of {trace_id}");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}
