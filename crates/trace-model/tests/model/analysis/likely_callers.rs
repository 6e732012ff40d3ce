//! Which span likely waited for the children of a lost span.

use super::*;

/// Each row whose caller is likely another row, and that row.
fn callers(text: &str) -> Vec<(usize, usize)> {
    analyse(text, |_, analysis| {
        let mut callers: Vec<_> = analysis.likely_callers.iter().collect();
        callers.sort_unstable();
        callers
    })
}

const LOST_CALLEE: &str = "web server a 0..100
                            web client b 5..95
                           stock server c 20..80 orphan remote
                            stock client d 30..70 db";

#[test]
fn the_only_call_without_an_answer_likely_waited_for_what_it_encloses() {
    assert_eq!(callers(LOST_CALLEE), [(2, 1)]);
    assert_eq!(self_times(LOST_CALLEE), [10, 30, 20, 40]);
    assert_eq!(
        path(LOST_CALLEE),
        ["0:0..5", "1:5..20", "2:20..30", "3:30..70", "2:70..80", "1:80..95", "0:95..100"]
    );
}

#[test]
fn all_children_of_a_lost_span_have_one_caller() {
    let text = "web server a 0..100
                 web client b 5..95
                stock server c 20..40 lost remote
                stock server d 50..80 lost remote";
    assert_eq!(callers(text), [(2, 1), (3, 1)]);
    assert_eq!(self_times(text)[1], 40);
}

#[test]
fn of_two_calls_that_enclose_an_orphan_none_waited_for_certain() {
    let text =
        "web server a 0..100\n web client b 5..95\n web client c 6..90\nstock server d 20..80 orphan remote";
    assert_eq!(callers(text), []);
    assert_eq!(self_times(text), [10, 90, 84, 60]);
    analyse(text, |_, analysis| {
        let may_miss = (0..4).map(|row| analysis.likely_callers.may_miss_callee(row));
        assert_eq!(may_miss.collect::<Vec<_>>(), [false, true, true, false]);
    });
}

#[test]
fn a_call_that_ended_before_or_began_after_an_orphan_did_not_wait_for_it() {
    let around =
        "web server a 0..100\n web client b 5..60\n web client c 30..95\nstock server d 20..80 orphan remote";
    assert_eq!(callers(around), []);
}

#[test]
fn calls_that_were_answered_and_calls_to_databases_are_no_callers() {
    let text = "web server a 0..100
                 web client b 5..95
                  shop server c 6..94
                   shop client d 7..90 db
                stock server e 20..80 orphan remote";
    assert_eq!(callers(text), []);
}

#[test]
fn a_service_did_not_wait_for_itself() {
    assert_eq!(callers("web server a 0..100\n web client b 5..95\nweb server c 20..80 orphan remote"), []);
}

#[test]
fn nothing_waited_for_the_root() {
    let text = "web server a 0..100 remote orphan\n web client b 0..100\nstock server c 1..105 remote orphan";
    assert_eq!(callers(text), []);
    assert_eq!(path(text), ["2:1..105"]);
}

#[test]
fn nobody_waited_for_a_consumer() {
    assert_eq!(callers("web server a 0..100\n web client b 5..95\nmail consumer c 20..80 orphan remote"), []);
}

#[test]
fn clocks_that_differ_are_not_compared() {
    let text = |skew: u32| {
        let [from, to] = [120, 180].map(|time| time + skew);
        format!(
            "web@a server a 0..10000
              web@a client b 100..{}
              web@a client c 9000..9900
               bank@b server d {}..{}
             bank@b server e {from}..{to} orphan remote",
            200 + skew,
            9_010 + skew,
            9_890 + skew,
        )
    };
    assert_eq!(callers(&text(0)), [(4, 1)]);
    analyse(&text(3_000), |_, analysis| assert_eq!(analysis.clocks.len(), 1));
    assert_eq!(callers(&text(3_000)), []);
}

#[test]
fn the_innermost_span_of_the_request_likely_waited_for_children_of_a_lost_local_span() {
    let text = "shop server a 0..100
                 shop internal b 10..90
                  shop client c 12..18 db
                shop client d 20..80 orphan local";
    assert_eq!(callers(text), [(3, 1)]);
    assert_eq!(self_times(text), [20, 14, 6, 60]);
    let beside = "shop server a 0..100
                   shop internal b 10..90
                   shop internal c 11..91
                  shop client d 20..80 orphan local";
    assert_eq!(callers(beside), [(3, 0)]);
}

#[test]
fn of_two_requests_at_once_none_waited_for_certain() {
    let text = "web server a 0..100
                 web client b 5..95
                  shop server c 6..94
                 web client d 7..93
                  shop server e 8..92
                shop client f 20..80 orphan local";
    assert_eq!(callers(text), []);
}

#[test]
fn below_a_lost_request_the_call_likely_waited() {
    let text = "web server a 0..100\n web client b 5..95\nshop client c 20..80 orphan local";
    assert_eq!(callers(text), [(2, 1)]);
}

#[test]
fn a_span_that_ends_a_little_after_its_likely_caller_was_waited_for() {
    let text = "web server a 0..100\n web client b 5..80\nstock server c 20..82 orphan remote";
    assert_eq!(callers(text), [(2, 1)]);
    assert_eq!(self_times(text), [25, 15, 60]);
}

#[test]
fn groups_of_orphans_that_interleave_cover_the_self_time_of_their_caller() {
    let text = "shop server a 0..100
                shop internal b 10..20 lost local
                shop internal c 30..60 orphan local
                shop internal d 70..80 lost local";
    assert_eq!(self_times(text)[0], 50);
}

#[test]
fn an_error_below_a_lost_span_did_not_reach_a_call_that_is_well() {
    let handled = "web server a 0..100\n web client b 5..95\nstock server c 20..80 orphan remote error";
    assert_eq!(causes(handled), (None, vec![2], vec![]));
    let reached =
        "web server a 0..100 error\n web client b 5..95 error\nstock server c 20..80 orphan remote error";
    assert_eq!(causes(reached), (Some((2, 1)), vec![], vec![]));
}

#[test]
fn many_lost_spans_take_linear_time() {
    let mut text = "web server a 0..100000 \n".to_owned();
    for start in 0..20_000 {
        writeln!(text, " web client b {}..{}", start * 3, start * 3 + 3).unwrap();
    }
    for start in 0..20_000 {
        writeln!(text, "stock server c {}..{} orphan remote", start * 3 + 1, start * 3 + 2).unwrap();
        writeln!(text, "web internal d {}..{} orphan local", start * 3 + 1, start * 3 + 2).unwrap();
    }
    let started = Instant::now();
    assert!(callers(&text).len() >= 20_000);
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
}

#[test]
fn a_call_for_something_else_did_not_wait_for_a_request() {
    let text = "web server a 0..300
                 web client POST 20..270 http://bank/charges
               shop server reviews 50..150 orphan remote http://shop/reviews";
    let callers =
        |text: &str| analyse(text, |_, analysis| analysis.likely_callers.iter().collect::<Vec<_>>());
    assert_eq!(callers(text), []);
    assert_eq!(callers(&text.replace("bank/charges", "proxy/api/reviews")), [(2, 1)]);
}
