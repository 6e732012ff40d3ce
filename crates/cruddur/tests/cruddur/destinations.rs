//! Honeycomb beside the built-in waterfall: a stand-in, over TLS with a private authority.

use testkit::{Behaviour, DEADLINE, Sink, TlsProxy, wait_until};

use crate::outage::{home_feed, lose_nothing, stored, whole_trace};
use crate::system::{System, up};

const KEY: &str = "hcaik_S3CRETS3CRETS3CRETS3CRETS3CRETS3CRETS3CRETS3CRETS3CRET1234";

/// A system, and the stand-in that it sends to.
async fn system_with(honeycomb: &Sink) -> (System, TlsProxy) {
    let tls = TlsProxy::start(&honeycomb.url());
    let system = up()
        .env("HONEYCOMB_API_KEY", KEY)
        .env("HONEYCOMB_API_ENDPOINT", tls.url())
        .env("SSL_CERT_FILE", tls.authority());
    (System::of(system).await, tls)
}

#[tokio::test]
async fn the_home_feed_is_one_linked_trace_at_honeycomb_and_in_the_waterfall() {
    let honeycomb = Sink::start();
    let (system, _tls) = system_with(&honeycomb).await;
    let trace_id = home_feed(&system).await;
    let there = whole_trace(&honeycomb, &trace_id).await;
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
    let (system, _tls) = system_with(&honeycomb).await;
    let trace_id = home_feed(&system).await;
    stored(&system, &trace_id).await.assert_one_linked_trace();
    let is_logged = || system.process.log().contains("check HONEYCOMB_API_KEY").then_some(());
    wait_until("the advice in the log", DEADLINE, is_logged).await;
    assert!(!system.process.log().contains("S3CRET"), "{}", system.process.log());
    assert!(honeycomb.spans().is_empty());
}

#[tokio::test]
async fn honeycomb_throttled_slow_gone_and_back_again_loses_no_span_and_blocks_no_request() {
    let honeycomb = Sink::start();
    let (system, _tls) = system_with(&honeycomb).await;
    lose_nothing(&system, &honeycomb).await;
    assert!(!system.process.log().contains("S3CRET"), "{}", system.process.log());
}
