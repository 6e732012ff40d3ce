//! Planted calls that take too long, are made again, or wait for each other.

use doctor::Severity;
use serde_json::json;

use crate::plant::{CLIENT, INTERNAL, Planted, SERVER, asked_for, asking, call, codes, findings, span};

const UNTELLABLE: &str = "cannot be told apart";

/// `web` asks `shop`, and `shop` asks `stock`: a request, a client, a server, and a client. Times are milliseconds after the
/// start of the trace.
fn chain<'a>(number: u32, client: (u64, u64), server: (u64, u64), inner: (u64, u64)) -> Vec<Planted<'a>> {
    let start = u64::from(number) * 10_000;
    let at = |times: (u64, u64)| (start + times.0, start + times.1);
    let mut spans = vec![
        span("web", number, 1, 0, SERVER),
        span("web", number, 2, 1, CLIENT),
        span("shop", number, 3, 2, SERVER),
        span("shop", number, 4, 3, CLIENT),
    ];
    spans[0].times = at((0, client.1 + 1));
    (spans[1].times, spans[1].attributes) = (at(client), asking("/quote"));
    (spans[2].times, spans[2].attributes) = (at(server), asked_for("/quote"));
    (spans[3].times, spans[3].name) = (at(inner), "ask stock");
    spans
}

/// The call failed without an answer.
fn give_up(span: &mut Planted<'_>) {
    (span.is_error, span.attributes) = (true, json!({ "error.type": "timeout" }));
}

#[test]
fn a_service_that_waits_longer_than_its_caller_has_too_long_a_time_out() {
    let chains = |inner: (u64, u64)| {
        let mut spans: Vec<Planted<'_>> =
            (1..5).flat_map(|number| chain(number, (1, 201), (2, 502), inner)).collect();
        spans.iter_mut().filter(|span| span.kind == CLIENT).for_each(give_up);
        spans
    };
    let longer = findings(&chains((3, 501)));
    assert_eq!(codes(&longer), [("timeout-longer-than-callers", "likely")]);
    assert_eq!(longer[0].summary.matches("498 ms").count(), 1, "{}", longer[0].summary);
    assert_eq!(codes(&findings(&chains((3, 150)))), []);
}

#[test]
fn work_that_begins_after_the_caller_has_given_up_is_noted() {
    let chains = |inner: (u64, u64)| {
        let mut spans: Vec<Planted<'_>> =
            (1..5).flat_map(|number| chain(number, (1, 201), (2, 502), inner)).collect();
        spans.iter_mut().filter(|span| span.id == 2).for_each(give_up);
        spans
    };
    // No host is known: the two clocks may differ.
    assert_eq!(codes(&findings(&chains((300, 400)))), [("work-after-caller-gone", "likely")]);
    assert_eq!(codes(&findings(&chains((100, 400)))), []);
}

#[test]
fn a_server_that_outlives_a_client_that_is_well_is_noted_with_all_causes() {
    let mut spans: Vec<Planted<'_>> =
        (1..5).flat_map(|number| chain(number, (1, 201), (2, 302), (3, 100))).collect();
    let of_other_hosts = findings(&spans);
    assert_eq!(codes(&of_other_hosts), [("server-outlives-client", UNTELLABLE)]);
    let clocks = "the clocks of the two hosts differ";
    assert!(of_other_hosts[0].confidence.candidates().contains(&clocks));
    // On one host there is one clock.
    for span in &mut spans {
        span.host = Some("node");
    }
    let of_one_host = findings(&spans);
    assert_eq!(codes(&of_one_host), [("server-outlives-client", UNTELLABLE)]);
    assert!(!of_one_host[0].confidence.candidates().contains(&clocks));
    let spans: Vec<Planted<'_>> =
        (1..5).flat_map(|number| chain(number, (1, 201), (2, 209), (3, 100))).collect();
    assert_eq!(codes(&findings(&spans)), []);
}

/// `web` tries `shop` so often, and `shop` tries `stock` so often within each.
fn attempts<'a>(outer: u32, inner: u32) -> Vec<Planted<'a>> {
    let mut spans = vec![Planted { times: (0, 10_000), ..span("web", 1, 1, 0, SERVER) }];
    for attempt in 1..=outer {
        let start = u64::from(attempt) * 1_000;
        let [client, server] = [attempt * 100, attempt * 100 + 1];
        let failed = |span: Planted<'a>, times| Planted { times, is_error: true, ..span };
        spans.push(failed(span("web", 1, client, 1, CLIENT), (start, start + 900)));
        spans.push(failed(span("shop", 1, server, client, SERVER), (start + 1, start + 899)));
        for again in 1..=inner {
            let start = start + u64::from(again) * 100;
            let call = span("shop", 1, client + 10 + again, server, CLIENT);
            spans.push(failed(call, (start, start + 50)));
        }
    }
    spans
}

#[test]
fn retries_within_retries_are_a_storm_and_retries_at_one_level_are_not() {
    let storm = findings(&attempts(3, 3));
    assert_eq!(codes(&storm), [("retry-storm", "certain")]);
    assert!(storm[0].summary.contains("up to 9 attempts"), "{}", storm[0].summary);
    assert_eq!((storm[0].hop.from.as_deref(), storm[0].hop.to.as_deref()), (Some("web"), Some("shop")));
    for (outer, inner) in [(5, 1), (1, 6), (2, 2)] {
        assert_eq!(codes(&findings(&attempts(outer, inner))), [], "{outer} {inner}");
    }
}

#[test]
fn different_calls_in_sequence_could_run_together_unless_one_needs_the_other() {
    let calls = |second: u64| {
        let spans = (1..5).flat_map(|number| {
            let start = u64::from(number) * 100;
            let parent = Planted { name: "show", ..span("web", number, 1, 0, INTERNAL) };
            let call = |id: u32, path: &str, from: u64| Planted {
                attributes: asking(path),
                times: (start + from, start + from + 40),
                ..span("web", number, id, 1, CLIENT)
            };
            [parent, call(2, "/price/1", 5), call(3, "/stock/1", second)]
        });
        spans.collect::<Vec<Planted<'_>>>()
    };
    let sequence = findings(&calls(50));
    assert_eq!(codes(&sequence), [("calls-could-run-together", UNTELLABLE)]);
    assert_eq!(sequence[0].severity, Severity::Note);
    assert_eq!(codes(&findings(&calls(6))), []);
}

#[test]
fn like_calls_in_sequence_are_noted_once() {
    let mut spans = call(1, 2);
    spans[0].times = (0, 1_000);
    spans.extend((0..20).map(|number| Planted {
        times: (200 + number * 30, 230 + number * 30),
        ..span("web", 1, 100 + u32::try_from(number).unwrap(), 1, CLIENT)
    }));
    assert_eq!(codes(&findings(&spans)), [("calls-in-a-row", "certain")]);
}
