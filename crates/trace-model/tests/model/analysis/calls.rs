//! Calls from a client to a server, and work after the answer.

use trace_model::analysis::{LateWork, Outcome};

use super::*;

fn outcomes(text: &str) -> Vec<Outcome> {
    analyse(text, |_, analysis| analysis.calls.iter().map(|call| call.outcome).collect())
}

#[test]
fn what_the_callee_does_not_cover_lies_before_and_after_it() {
    let answered = Outcome::Answered { before: 10 * MILLISECOND, after: 5 * MILLISECOND };
    assert_eq!(outcomes("web client GET 0..100\n shop server GET 10..95"), [answered]);
}

#[test]
fn a_callee_that_began_after_its_caller_had_failed_was_given_up() {
    let [waited, began, ended] = [852, 1490, 1496].map(|it| it * MILLISECOND);
    let given_up = Outcome::GivenUp { waited, began, ended };
    assert_eq!(outcomes("web@a client GET 0..852 error\n shop@a server GET 1490..1496"), [given_up]);
}

#[test]
fn several_servers_below_one_client_are_no_call() {
    assert_eq!(outcomes("web client GET 0..100\n shop server GET 10..20\n shop server GET 30..40"), []);
}

fn without_callee(text: &str) -> Vec<usize> {
    analyse(text, |_, analysis| analysis.without_callee.clone())
}

#[test]
fn a_call_whose_receiver_has_no_span_is_known() {
    let text = "web server a 0..100\n web client fonts 5..10\n  web internal connect 6..7\n web client GET 10..90\n  shop server GET 20..80\n   shop producer send 30..40\n    mail consumer take 50..60\n   shop producer log 60..61";
    assert_eq!(without_callee(text), [1, 7]);
}

#[test]
fn a_service_that_calls_itself_has_received_its_call() {
    assert_eq!(without_callee("web client GET 0..9\n web server GET 1..8"), [0; 0]);
}

#[test]
fn a_call_that_likely_led_to_a_lost_span_is_no_call_without_receiver() {
    let text = "web@a server a 0..100\n web@a client GET 10..90\nshop@b internal read 30..60 orphan local";
    analyse(text, |_, analysis| {
        assert_eq!(analysis.likely_callers.of(2), Some(1));
        assert!(analysis.without_callee.is_empty());
    });
}

fn late_work(text: &str) -> Option<(bool, i64, i64)> {
    analyse(text, |_, analysis| {
        let late = |LateWork { is_answer, root_ended, ended }| {
            (is_answer, root_ended / MILLISECOND, ended / MILLISECOND)
        };
        analysis.late_work.map(late)
    })
}

#[test]
fn work_that_went_on_after_the_answer_is_known() {
    let given_up =
        "web@a server buy 0..861 error\n web@a client GET 5..860 error\n  shop@a server GET 10..1500";
    assert_eq!(late_work(given_up), Some((true, 861, 1500)));
    assert_eq!(late_work("web internal job 0..100\n web internal write 90..400"), Some((false, 100, 400)));
    assert_eq!(late_work("web client GET 0..100 error\n shop server GET 90..400"), Some((false, 100, 400)));
}

#[test]
fn a_child_that_ends_a_hair_after_the_root_is_no_work_after_the_answer() {
    assert_eq!(late_work("web server a 0..900\n web internal log 10..905"), None);
    assert_eq!(late_work("web server a 0..900\n web client GET 10..890"), None);
}

#[test]
fn what_answered_is_not_known_where_the_first_span_is_missing() {
    assert_eq!(late_work("web internal a 0..100 orphan local\n web internal b 90..400"), None);
}
