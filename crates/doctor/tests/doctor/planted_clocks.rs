//! Planted clocks that differ, and jobs that run later and look the same.

use doctor::{Confidence, Finding};

use crate::plant::{CLIENT, Planted, SERVER, codes, findings, span};

const SCHEDULER: &str = "it is called through a queue or a scheduler, and its caller does not wait for it";

/// `web` calls `auth` and then `shop`, for 15 ms. `shop`'s span begins `later` after its call, and takes `lasts`.
fn requests<'a>(later: i64, lasts: u64) -> Vec<Planted<'a>> {
    (1..6).flat_map(move |number| request(number, later, lasts)).collect()
}

fn request<'a>(number: u32, later: i64, lasts: u64) -> [Planted<'a>; 5] {
    let start = u64::from(number) * 100_000;
    let at = |from: u64, to: u64| (start + from, start + to);
    let began = (start + 20).saturating_add_signed(later);
    [
        Planted { times: at(0, 60), ..span("web", number, 1, 0, SERVER) },
        Planted { times: at(2, 12), ..span("web", number, 2, 1, CLIENT) },
        Planted { times: at(3, 11), ..span("auth", number, 3, 2, SERVER) },
        Planted { times: at(20, 35), ..span("web", number, 4, 1, CLIENT) },
        Planted { times: (began, began + lasts), ..span("shop", number, 5, 4, SERVER) },
    ]
}

/// The findings about clocks.
fn skews(spans: &[Planted<'_>]) -> Vec<Finding> {
    findings(spans).into_iter().filter(|finding| finding.code == "clock-skew").collect()
}

#[test]
fn jobs_that_run_later_and_longer_than_their_calls_are_no_skew() {
    assert_eq!(codes(&findings(&requests(5_000, 200))), []);
}

#[test]
fn a_clock_that_is_ahead_by_its_callers_alone_is_likely() {
    let found = findings(&requests(5_000, 10));
    assert_eq!(codes(&found), [("clock-skew", "likely")]);
    assert!(found[0].summary.starts_with("The clock of shop is 4997."), "{}", found[0].summary);
    let of_two: Vec<_> = requests(5_000, 10).into_iter().filter(|span| span.service != "auth").collect();
    let found = skews(&of_two);
    assert!(found[0].confidence.candidates().contains(&SCHEDULER), "{:?}", found[0].confidence);
}

#[test]
fn a_clock_by_which_work_begins_before_it_is_called_is_certain() {
    let found = skews(&requests(-300, 10));
    assert_eq!(codes(&found), [("clock-skew", "certain")]);
    let of_two: Vec<_> = requests(-300, 10).into_iter().filter(|span| span.service != "auth").collect();
    let found = skews(&of_two);
    assert!(!found[0].confidence.candidates().contains(&SCHEDULER), "{:?}", found[0].confidence);
    assert!(matches!(found[0].confidence, Confidence::OneOf(_)));
}

#[test]
fn a_difference_as_synchronised_hosts_have_it_is_no_skew() {
    assert_eq!(codes(&skews(&requests(-5, 10))), []);
    assert_eq!(codes(&skews(&requests(-30, 10))), [("clock-skew", "certain")]);
}

/// In each trace, another process of `shop` answers a second call.
fn with_second_replica<'a>(later: i64, other: i64) -> Vec<Planted<'a>> {
    let mut spans = requests(later, 10);
    for number in 1..6 {
        let [_, _, _, call, callee] = request(number, other, 10);
        spans.push(Planted { id: 6, ..call });
        spans.push(Planted { id: 7, parent: 6, process: 2, ..callee });
    }
    spans
}

#[test]
fn the_clock_of_one_replica_is_named_with_its_instance() {
    let found = skews(&with_second_replica(2, -300));
    assert_eq!(codes(&found), [("clock-skew", "certain")]);
    assert_eq!(
        found[0].summary,
        "The clock of shop (instance 2) is 302.5 ms behind the clock of auth, web, other instances of shop in 5 traces."
    );
    let ids: Vec<String> = found[0].spans.iter().map(|span| span.span_id.to_string()).collect();
    assert!(ids.iter().all(|id| id.ends_with('7')), "{ids:?}");
}

#[test]
fn replicas_whose_clocks_differ_from_each_other_are_judged_each_by_itself() {
    let found = skews(&with_second_replica(-5_000, -300));
    assert_eq!(found.len(), 2, "{found:#?}");
}
