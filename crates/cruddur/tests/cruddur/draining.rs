//! A stop under load loses no answer and no span.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use testkit::{Sink, TraceResponse, wait_until};

use crate::system::{HOME, System, traceresponse};

const CLIENTS: usize = 4;
/// How many answers there are before the stop.
const WARM: usize = 40;
const SPANS: usize = 11;

#[tokio::test]
async fn a_stop_under_load_loses_no_answer_and_no_span() {
    let sink = Sink::start();
    let mut system = System::exporting_to(&sink).await;
    let answered = Arc::new(AtomicUsize::new(0));
    let clients: Vec<_> = (0..CLIENTS).map(|_| tokio::spawn(load(&system, &answered))).collect();
    wait_until("load", testkit::DEADLINE, || (answered.load(Ordering::SeqCst) >= WARM).then_some(())).await;
    let exit = system.process.terminate().await;
    assert!(exit.status.success(), "{}", exit.log);

    let mut answers = BTreeSet::new();
    for client in clients {
        answers.extend(client.await.unwrap());
    }
    assert!(answers.len() > WARM);
    let spans = sink.spans();
    let served: BTreeSet<String> = spans
        .iter()
        .filter(|span| span.service == "gateway" && span.kind == "server")
        .map(|span| span.trace_id.clone())
        .collect();
    assert_eq!(served, answers, "whoever was served got the answer, and every answer has its span");
    for id in &answers {
        let trace = sink.trace_now(id);
        assert_eq!(trace.assert_one_linked_trace().spans().len(), SPANS, "{trace}");
    }
}

/// Asks until nobody listens any more. The traces of all answers.
fn load(system: &System, answered: &Arc<AtomicUsize>) -> impl Future<Output = Vec<String>> + Send + use<> {
    let (client, url) = (system.client.clone(), format!("{}{HOME}", system.gateway()));
    let answered = Arc::clone(answered);
    async move {
        let mut traces = Vec::new();
        // A connection that waits to be accepted is cut when the listener goes: no answer, but nobody was served.
        while let Ok(answer) = client.get(&url).send().await {
            assert_eq!(answer.status(), 200);
            traces.push(TraceResponse::parse(&traceresponse(&answer)).trace_id);
            answer.bytes().await.expect("an answer that began is whole");
            answered.fetch_add(1, Ordering::SeqCst);
        }
        traces
    }
}
