//! A graceful stop under load loses no response and no span.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use testkit::{Sink, TraceResponse, wait_until};

use crate::system::{HOME, System, traceresponse};

const CLIENTS: usize = 4;
/// Responses before the stop.
const RESPONSES_BEFORE_STOP: usize = 40;
const SPANS: usize = 11;

#[tokio::test]
async fn a_stop_under_load_loses_no_response_and_no_span() {
    let sink = Sink::start();
    let mut system = System::exporting_to(&sink).await;
    let answered = Arc::new(AtomicUsize::new(0));
    let clients: Vec<_> = (0..CLIENTS).map(|_| tokio::spawn(load(&system, &answered))).collect();
    wait_until("responses under load", testkit::DEADLINE, || {
        (answered.load(Ordering::SeqCst) >= RESPONSES_BEFORE_STOP).then_some(())
    })
    .await;
    let exit = system.process.terminate().await;
    assert!(exit.status.success(), "{}", exit.log);

    let mut responses = BTreeSet::new();
    for client in clients {
        responses.extend(client.await.unwrap());
    }
    assert!(responses.len() > RESPONSES_BEFORE_STOP);
    let spans = sink.spans();
    let served: BTreeSet<String> = spans
        .iter()
        .filter(|span| span.service == "gateway" && span.kind == "server")
        .map(|span| span.trace_id.clone())
        .collect();
    assert_eq!(served, responses, "every served request got its response, and every response has its span");
    for id in &responses {
        let trace = sink.trace_now(id);
        assert_eq!(trace.assert_one_linked_trace().spans().len(), SPANS, "{trace}");
    }
}

/// Sends requests until the connection is refused. Returns the trace ids of all responses.
fn load(system: &System, answered: &Arc<AtomicUsize>) -> impl Future<Output = Vec<String>> + Send + use<> {
    let (client, url) = (system.client.clone(), format!("{}{HOME}", system.gateway()));
    let answered = Arc::clone(answered);
    async move {
        let mut traces = Vec::new();
        // A connection still in the accept queue is reset when the listener closes. Its request was never served.
        while let Ok(response) = client.get(&url).send().await {
            assert_eq!(response.status(), 200);
            traces.push(TraceResponse::parse(&traceresponse(&response)).trace_id);
            response.bytes().await.expect("a started response is complete");
            answered.fetch_add(1, Ordering::SeqCst);
        }
        traces
    }
}
