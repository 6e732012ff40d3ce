//! Planted traces with missing parents: whose they are, and whether they may still run.

use doctor::Severity;
use serde_json::json;

use crate::plant::{CLIENT, INTERNAL, LOCAL, Planted, REMOTE, SERVER, asking, codes, findings, span};

/// Several causes are named, for nothing tells them apart.
const UNTELLABLE: &str = "cannot be told apart";

/// A session of `chat` in each of four traces: its first message, with a query, and a later one.
fn messages<'a>() -> Vec<Planted<'a>> {
    let firsts = ["on join", "on typing", "on message", "on join"];
    (1..).zip(firsts).flat_map(|(trace, name)| session(trace, name)).collect()
}

fn session(trace: u32, first_message: &str) -> Vec<Planted<'_>> {
    let at = |begin: u64, end: u64| (u64::from(trace) * 1_000 + begin, u64::from(trace) * 1_000 + end);
    let message = Planted { times: at(100, 120), ..span("chat", trace, 2, 1, INTERNAL) };
    vec![
        Planted { name: first_message, ..message.clone() },
        Planted {
            kind: CLIENT,
            name: "INSERT",
            times: at(105, 115),
            attributes: json!({ "db.system.name": "postgresql" }),
            ..span("chat", trace, 3, 2, CLIENT)
        },
        Planted { id: 4, name: "on message", times: at(400, 420), ..message },
    ]
}

/// The request of each session, which ends so many milliseconds after its begin.
fn requests(service: &str, end: u64) -> impl Iterator<Item = Planted<'_>> {
    (1..5).map(move |trace| {
        let begin = u64::from(trace) * 1_000 + 50;
        Planted { times: (begin, begin + end), ..span(service, trace, 9, 0, SERVER) }
    })
}

#[track_caller]
fn assert_may_run(spans: &[Planted<'_>]) {
    let mut found = findings(spans);
    found.retain(|finding| finding.severity > Severity::Note);
    assert_eq!(codes(&found), [("parent-missing", UNTELLABLE)]);
    assert_eq!(found[0].severity, Severity::Warning);
    assert_eq!(found[0].confidence.candidates()[0], "it has not ended yet");
    assert!(found[0].summary.contains("has not arrived"), "{}", found[0].summary);
}

#[test]
fn sessions_that_still_run_are_no_loss() {
    let mut spans = messages();
    assert_may_run(&spans);
    // The request that opened a session has ended before its last message.
    let opened: Vec<Planted<'_>> = spans.iter().cloned().chain(requests("chat", 60)).collect();
    assert_may_run(&opened);
    // A request that the session itself sent to another service says nothing of the session's end.
    let called: Vec<Planted<'_>> =
        requests("users", 500).map(|span| Planted { parent: 1, flags: REMOTE, ..span }).collect();
    assert_may_run(&spans.iter().cloned().chain(called).collect::<Vec<_>>());
    for span in &mut spans {
        span.flags = 0;
    }
    assert_may_run(&spans);
}

#[test]
fn a_missing_parent_within_a_span_that_has_ended_is_a_loss() {
    let spans: Vec<Planted<'_>> = messages().into_iter().chain(requests("web", 500)).collect();
    assert_eq!(codes(&findings(&spans)), [("spans-dropped", UNTELLABLE)]);
}

/// The work is begun by a request, and goes on after it.
#[test]
fn a_span_is_not_called_never_ended_while_it_may_still_run() {
    let work = |requests_end: u64| -> Vec<Planted<'_>> {
        let works = (1..5).flat_map(|trace| session(trace, "work"));
        works.chain(requests("chat", requests_end)).collect()
    };
    assert_may_run(&work(60));
    assert_eq!(codes(&findings(&work(500))), [("span-never-ended", "likely")]);
}

/// `web` calls `stock`, whose SERVER span is missing above its own work and above a request to `db`.
fn without_server<'a>(parent_of_request: u32) -> Vec<Planted<'a>> {
    let trace = |trace: u32| {
        let at = |begin: u64, end: u64| (u64::from(trace) * 100 + begin, u64::from(trace) * 100 + end);
        [
            span("web", trace, 1, 0, SERVER),
            Planted { times: at(10, 90), attributes: asking("/price"), ..span("web", trace, 2, 1, CLIENT) },
            Planted { times: at(30, 50), ..span("db", trace, 5, parent_of_request, SERVER) },
            Planted { name: "compute", times: at(55, 65), ..span("stock", trace, 4, 3, INTERNAL) },
        ]
    };
    (1..5).flat_map(trace).collect()
}

#[test]
fn a_service_with_other_spans_below_its_missing_parent_exports() {
    for (local, remote) in [(LOCAL, REMOTE), (0, 0)] {
        let mut spans = without_server(3);
        for span in &mut spans {
            span.flags = if span.service == "db" { remote } else { local };
        }
        let found = findings(&spans);
        assert_eq!(codes(&found), [("parent-missing", UNTELLABLE)]);
        let hop = (found[0].hop.from.as_deref(), found[0].hop.to.as_deref());
        assert_eq!(hop, (Some("stock"), Some("stock")), "{}", found[0].summary);
        assert!(!found[0].summary.contains("another process"), "{}", found[0].summary);
    }
}

/// The client span above the request to `db` is missing, too.
#[test]
fn a_service_that_lost_two_parents_in_a_trace_exports() {
    let found = findings(&without_server(7));
    assert_eq!(codes(&found), [("parent-missing", UNTELLABLE); 2]);
    // Nothing of `stock` at all.
    let mut spans = without_server(7);
    spans.retain(|span| span.service != "stock");
    assert_eq!(codes(&findings(&spans)), [("service-exports-nothing", UNTELLABLE)]);
}
