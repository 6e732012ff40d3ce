//! Root cause, handled errors, errors in the background.

use super::*;

#[test]
fn the_root_cause_is_the_deepest_failure_that_reached_the_root() {
    let text = "web server a 0..100 error
                 web client b 10..90 error
                   shop server c 20..80 error
                     shop client d 30..40
                     shop client e 50..60 error db";
    assert_eq!(causes(text), (Some((4, 1)), vec![], vec![]));
}

#[test]
fn an_error_below_a_caller_that_is_well_was_handled() {
    let text = "web server a 0..100\n web client b 10..20 error\n web client b 30..40";
    assert_eq!(causes(text), (None, vec![1], vec![]));
}

#[test]
fn a_handled_error_that_came_first_is_not_the_cause() {
    let text = "web server a 0..100 error
                 web internal cache 5..20
                   web client get 6..19 error
                 web client b 30..40 error";
    assert_eq!(causes(text).0, Some((3, 1)));
}

#[test]
fn an_internal_span_without_an_error_does_not_end_a_chain() {
    let text = "web server a 0..100 error\n web internal work 5..90\n  web client get 6..80 error";
    assert_eq!(causes(text), (Some((2, 1)), vec![], vec![]));
}

#[test]
fn a_server_that_answered_500_without_an_error_has_failed() {
    let text = "web server a 0..100 status\n web client b 10..90 error";
    assert_eq!(causes(text), (Some((1, 1)), vec![], vec![]));
}

#[test]
fn a_client_that_does_not_record_its_servers_error_does_not_end_a_chain() {
    let failed = "web server a 0..100 error\n web client b 10..90\n  shop server c 20..80 error";
    assert_eq!(causes(failed).0, Some((2, 1)));
    let repeated = "web server a 0..100 error
                     web client b 10..90
                       shop server c 20..30 error
                       shop server c 40..50";
    assert_eq!(causes(repeated), (Some((0, 1)), vec![2], vec![]));
}

#[test]
fn failed_repetitions_are_attempts_of_one_cause() {
    let text = "web server a 0..100 error
                 web client b 10..20 error
                 web client b 30..40 error
                 web client b 50..60 error
                 web client other 70..80";
    assert_eq!(causes(text), (Some((1, 3)), vec![], vec![]));
}

#[test]
fn attempts_are_counted_at_the_caller_too() {
    let text = "web server a 0..100 error
                 web client b 10..20 error
                   shop server c 11..19 error
                 web client b 30..40 error
                   shop server c 31..39 error";
    assert_eq!(causes(text).0, Some((2, 2)));
}

#[test]
fn calls_that_failed_side_by_side_are_no_repetitions() {
    let text = "web server a 0..100 error\n web client b 10..50 error\n web client b 20..60 error";
    assert_eq!(causes(text).0, Some((1, 1)));
}

#[test]
fn work_that_nobody_waited_for_fails_in_the_background() {
    let text = "web server a 0..100 error\n web client b 10..20 error\n web internal mail 90..900 error";
    assert_eq!(causes(text), (Some((1, 1)), vec![], vec![2]));
}

#[test]
fn of_failures_one_after_the_other_the_last_one_is_the_cause() {
    let text = "web server a 0..100 error\n web client cache 5..10 error\n web client SELECT 15..95 error db";
    assert_eq!(causes(text).0, Some((2, 1)));
    let text = "web server a 0..100 error\n web client b 5..30 error\n web client c 15..20 error";
    assert_eq!(causes(text).0, Some((2, 1)), "at once: the one that failed first");
}

#[test]
fn a_failure_after_that_of_its_caller_is_not_the_cause() {
    let text = "web server a 0..60 error\n web internal audit 20..75 error";
    assert_eq!(causes(text).0, Some((0, 1)));
    let at_once = "web server a 0..60 error\n web internal audit 20..61 error";
    assert_eq!(causes(at_once).0, Some((1, 1)), "spans of one process close in any order");
}

#[test]
fn what_fails_after_its_caller_gave_up_is_not_the_cause() {
    let text = "web server a 0..60 error
                 web client b 5..55 error
                  shop server b 6..58 error
                   shop client c 8..56 error";
    assert_eq!(causes(text).0, Some((1, 1)));
    for answered in ["5..55 error status", "5..55 error grpc:13"] {
        assert_eq!(causes(&text.replace("5..55 error", answered)).0, Some((3, 1)), "{answered}");
    }
    assert_eq!(causes(&text.replace("5..55 error", "5..55 error grpc:4")).0, Some((1, 1)));
}

#[test]
fn a_failure_that_its_caller_survived_is_not_the_cause() {
    let text = "web server a 0..100 error:failed exception:division_by_zero
                 web client cache 5..10 error:connection_refused
                 web client SELECT 15..75 db";
    assert_eq!(causes(text).0, Some((0, 1)));
    for told in ["cannot_load:connection_refused", "cannot_load|Caused_by:connection_refused"] {
        let passed_on = text.replace("division_by_zero", told);
        assert_eq!(causes(&passed_on).0, Some((1, 1)), "the exception tells of the failure: {told}");
    }
    let last = text.replace(" 15..75", " 1..4");
    assert_eq!(causes(&last).0, Some((2, 1)), "nothing was begun after it");
}

#[test]
fn a_server_that_answered_with_a_status_of_grpc_for_its_own_errors_has_failed() {
    let of = |code| format!("web server a 0..100 {code}\n web client b 10..90 error");
    assert_eq!(causes(&of("grpc:13")), (Some((1, 1)), vec![], vec![]));
    assert_eq!(causes(&of("grpc:5")), (None, vec![1], vec![]), "NOT_FOUND is the caller's");
}
