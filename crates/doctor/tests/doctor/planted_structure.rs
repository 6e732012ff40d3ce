//! Planted mistakes in the structure of traces: roots, doubled headers, missing clients, flags.

use serde_json::json;

use crate::plant::{CLIENT, INTERNAL, LOCAL, Planted, REMOTE, SERVER, call, codes, findings, span};

/// Both of the two causes are named, for nothing tells them apart.
const UNTELLABLE: &str = "cannot be told apart";

fn calls<'a>(numbers: std::ops::Range<u32>) -> Vec<Planted<'a>> {
    numbers.flat_map(|number| call(number, 2)).collect()
}

#[test]
fn a_trace_with_two_roots_is_named_and_one_with_a_root_and_a_caller_outside_is_not() {
    let mut spans = calls(1..4);
    spans.push(span("cron", 2, 9, 0, INTERNAL));
    let findings_of_two = findings(&spans);
    assert_eq!(codes(&findings_of_two), [("several-roots", UNTELLABLE)]);
    assert_eq!(findings_of_two[0].occurrences.affected, 1);
    for span in spans.iter_mut().filter(|span| span.id == 1) {
        (span.parent, span.flags) = (77, REMOTE);
    }
    spans.pop();
    let found = findings(&spans);
    assert_eq!(codes(&found), [("caller-outside", "likely")]);
    assert_eq!(found[0].summary, "3 requests of web continue the trace of a caller outside.");
    spans.retain(|span| span.trace == 1);
    let found = findings(&spans);
    assert_eq!(found[0].summary, "1 request of web continues the trace of a caller outside.");
}

#[test]
fn a_callee_below_the_outer_of_two_client_spans_shows_that_headers_were_injected_twice() {
    let mut spans = calls(1..5);
    let inner: Vec<Planted<'_>> = spans
        .iter()
        .filter(|span| span.kind == CLIENT)
        .map(|outer| Planted { id: 9, parent: outer.id, ..outer.clone() })
        .collect();
    spans.extend(inner);
    assert_eq!(codes(&findings(&spans)), [("header-injected-twice", "likely")]);
    // The last layer replaces the header.
    for span in spans.iter_mut().filter(|span| span.service == "shop") {
        span.parent = 9;
    }
    assert_eq!(codes(&findings(&spans)), []);
}

#[test]
fn client_spans_that_are_missing_while_all_else_arrives_are_named() {
    let mut spans = calls(1..9);
    spans.retain(|span| span.kind != CLIENT || span.trace > 4);
    let findings_of_four = findings(&spans);
    assert_eq!(codes(&findings_of_four), [("client-span-missing", UNTELLABLE)]);
    let seen = findings_of_four[0].occurrences;
    assert_eq!((seen.affected, seen.of), (4, 8));
    // Once without a known caller.
    spans.retain(|span| span.trace <= 4);
    assert!(!codes(&findings(&spans)).contains(&("client-span-missing", UNTELLABLE)));
}

#[test]
fn a_sampled_flag_that_changes_on_the_way_is_named_where_the_callee_writes_it() {
    let mut spans = calls(1..9);
    for span in spans.iter_mut().filter(|span| span.service == "shop" && span.trace < 5) {
        span.flags = REMOTE & !1;
    }
    assert_eq!(codes(&findings(&spans)), [("sampled-flag-changed", UNTELLABLE)]);
    // Python's SDK never writes it.
    for span in spans.iter_mut().filter(|span| span.service == "shop") {
        span.flags = REMOTE & !1;
    }
    assert_eq!(codes(&findings(&spans)), []);
}

#[test]
fn a_callee_that_continues_a_call_with_an_internal_span_is_noted() {
    let mut spans = calls(1..5);
    for span in spans.iter_mut().filter(|span| span.service == "shop") {
        (span.kind, span.attributes) = (INTERNAL, json!({}));
    }
    assert_eq!(codes(&findings(&spans)), [("entry-span-of-wrong-kind", "certain")]);
    for span in spans.iter_mut().filter(|span| span.service == "shop") {
        span.flags = LOCAL;
    }
    assert_eq!(codes(&findings(&spans)), []);
    assert!(spans.iter().any(|span| span.kind == SERVER));
}

/// Ten views of a page, a minute apart: a request to `web`, and meanwhile one to `shop` in a trace of its own.
fn views<'a>(agent: &str) -> Vec<Planted<'a>> {
    let view = |number: u32| {
        let start = u64::from(number) * 60_000;
        let attributes = |path: &str| {
            json!({ "http.request.method": "GET", "url.path": path, "url.scheme": "http", "http.route": path,
                    "user_agent.original": agent })
        };
        let [feed, profile] = [span("web", number, 1, 0, SERVER), span("shop", 100 + number, 1, 0, SERVER)];
        [
            Planted { times: (start, start + 300), attributes: attributes("/feed"), ..feed },
            Planted { times: (start + 5, start + 60), attributes: attributes("/profile"), ..profile },
        ]
    };
    (1..11).flat_map(view).collect()
}

#[test]
fn two_services_that_a_browser_asks_at_once_do_not_call_each_other() {
    assert_eq!(codes(&findings(&views("Mozilla/5.0 (X11; Linux x86_64) Chrome/141.0"))), []);
    assert_eq!(codes(&findings(&views("okhttp/5.1"))), [("client-not-instrumented", "likely")]);
}
