//! Attempts of one call, and what took most of the time together: attempts, or the spans of one operation.

use super::*;

fn attempts(text: &str) -> Vec<Vec<usize>> {
    analyse(text, |trace, _| Attempts::new(&trace.rows()).series().to_vec())
}

/// Row, count and milliseconds.
fn most_time_counting(text: &str, count: fn(&MostTime) -> usize) -> Option<(usize, usize, i64)> {
    analyse(text, |_, analysis| {
        let most = analysis.most_time.as_ref();
        most.map(|most| (most.row, count(most), most.time / MILLISECOND))
    })
}

/// Row, attempts and milliseconds.
fn most_time(text: &str) -> Option<(usize, usize, i64)> {
    most_time_counting(text, MostTime::attempts)
}

#[test]
fn calls_that_follow_a_failed_one_are_attempts_up_to_the_one_that_is_well() {
    let text = "web server a 0..100
                 web client b 1..10 error
                 web client b 11..20 error
                 web client b 21..30
                 web client b 31..40
                 web client b 41..50 error
                 web client b 51..60 error";
    assert_eq!(attempts(text), [vec![1, 2, 3], vec![5, 6]]);
    assert_eq!(causes(text).1, [1, 2, 5, 6]);
}

#[test]
fn calls_of_other_targets_are_no_attempts() {
    let text = "web server a 0..100 error
                 web client GET 1..10 error http://users/1
                 web client GET 11..20 error http://users/2
                 web client GET 21..30 error http://users/1";
    assert_eq!(attempts(text), [[1, 3]]);
}

#[test]
fn failed_steps_of_one_process_are_no_attempts() {
    let text = "web server a 0..100 error\n web internal b 1..10 error\n web internal b 11..20 error";
    assert_eq!(attempts(text), Vec::<Vec<usize>>::new());
    assert_eq!(causes(text).0, Some((2, 1)));
}

#[test]
fn calls_of_a_loop_are_no_attempts_when_nothing_else_explains_that_their_parent_failed() {
    let text = "web server a 0..100 error
                 web client INSERT 5..20 error db
                 web client INSERT 25..40 db
                 web client INSERT 45..60 db";
    assert_eq!(attempts(text), Vec::<Vec<usize>>::new());
    assert_eq!(causes(text), (Some((1, 1)), vec![], vec![]));
    let resent = text.replace("25..40 db", "25..40 db resent");
    assert_eq!(attempts(&resent), [[1, 2]]);
    assert_eq!(causes(&resent), (Some((0, 1)), vec![1], vec![]));
}

#[test]
fn a_client_with_several_servers_one_after_the_other_tried_again() {
    let text = "web client a 0..100\n shop server b 1..10 error\n shop server b 20..90";
    assert_eq!(attempts(text), [[1, 2]]);
}

#[test]
fn an_error_before_an_attempt_that_was_well_did_not_reach_the_root() {
    let text = "web server a 0..100 error
                 web client b 1..10 error
                 web client b 11..20
                 web client c 21..30 error";
    assert_eq!(causes(text), (Some((3, 1)), vec![1], vec![]));
}

#[test]
fn the_time_of_attempts_of_which_no_operation_takes_most_is_told_together() {
    let text = "web server a 0..1000 error
                 web client b 10..260 error
                  shop server c 12..258 error
                   shop internal pool 14..130 error
                   shop internal lock 130..256 error
                 web client b 310..560 error
                  shop server c 312..558 error
                   shop internal pool 314..430 error
                   shop internal lock 430..556 error
                 web client b 700..950 error
                  shop server c 702..948 error
                   shop internal pool 704..820 error
                   shop internal lock 820..946 error";
    assert_eq!(most_time(text), Some((1, 3, 750)));
}

#[test]
fn one_span_that_has_most_of_the_time_of_the_attempts_is_told_alone() {
    let text = "web server a 0..1000
                 web client b 10..20 error
                 web client b 30..990
                  shop server c 40..980
                   shop internal sort 50..970";
    assert_eq!(most_time(text), Some((4, 1, 920)));
}

#[test]
fn attempts_within_an_attempt_are_told_rather_than_that_one() {
    let text = "web server a 0..1000 error
                 web client b 10..20 error
                 web client b 30..990 error
                  shop server c 40..980 error
                   shop client d 50..350 error
                   shop client d 360..660 error
                   shop client d 670..970 error";
    assert_eq!(most_time(text), Some((4, 3, 900)));
}

#[test]
fn of_attempts_the_operation_that_took_their_time_itself_has_most_time() {
    let text = "web server a 0..984 error
                 web client GET 4..262 error
                  stock server GET 6..259 error
                   stock internal acquire 6..257 error
                 web client GET 312..570 error
                  stock server GET 314..567 error
                   stock internal acquire 314..565 error
                 web client GET 722..980 error
                  stock server GET 724..977 error
                   stock internal acquire 724..975 error";
    assert_eq!(most_time(text), Some((3, 3, 753)));
    analyse(text, |_, analysis| assert_eq!(analysis.most_time.as_ref().unwrap().others, [6, 9]));
}

/// Row, spans and milliseconds.
fn operation_with_most_time(text: &str) -> Option<(usize, usize, i64)> {
    most_time_counting(text, |most| most.spans)
}

#[test]
fn a_loop_of_like_calls_has_most_time_together() {
    let text = "web server a 0..100
                 web internal render 0..20
                 web client SELECT 20..40
                 web client SELECT 40..62
                 web client SELECT 62..80
                 web client SELECT 80..99";
    assert_eq!(operation_with_most_time(text), Some((3, 4, 79)));
    // No part of a series of attempts, although it failed.
    let failed = text.replace("80..99", "80..99 error");
    assert_eq!(operation_with_most_time(&failed), Some((3, 4, 79)));
}

#[test]
fn below_a_loop_of_calls_the_operation_with_most_time_is_told() {
    let text = "web server a 0..100
                 web client GET 0..50
                  shop server GET 2..48
                   shop client SELECT 10..40
                 web client GET 50..100
                  shop server GET 52..98
                   shop client SELECT 60..91";
    assert_eq!(operation_with_most_time(text), Some((6, 2, 61)));
}

#[test]
fn a_span_with_most_of_the_time_of_its_operation_is_told_alone() {
    let text = "web server a 0..100
                 web internal render 0..50
                 web client SELECT 50..94
                 web client SELECT 94..97
                 web client SELECT 97..100";
    assert_eq!(operation_with_most_time(text), Some((1, 1, 50)));
    let shorter = text.replace("0..50", "0..40").replace("50..94", "40..94");
    assert_eq!(operation_with_most_time(&shorter), Some((2, 1, 54)));
}

#[test]
fn spans_of_other_services_kinds_and_peers_are_other_operations() {
    let text = "web server a 0..100
                 web client x 0..40
                 shop client x 40..70
                 web internal x 70..100";
    assert_eq!(operation_with_most_time(text), Some((1, 1, 40)));
    let text = "web server a 0..100
                 web client GET 0..40 ->users
                 web client GET 40..70 ->stock
                 web client GET 70..98 ->stock";
    assert_eq!(operation_with_most_time(text), Some((2, 2, 58)));
}

#[test]
fn calls_side_by_side_take_the_time_of_those_that_were_waited_for() {
    let text = "web server a 0..100
                 web client x 0..40
                 web client x 1..39
                 web client y 40..100";
    assert_eq!(operation_with_most_time(text), Some((3, 1, 60)));
}

#[test]
fn what_is_only_likely_of_some_spans_is_not_told_of_their_operation() {
    let text = "web server a 0..100
                 web client GET 0..60
                shop client SELECT 5..30 orphan remote
                shop client SELECT 31..55 orphan remote
                 shop client SELECT 60..90";
    assert_eq!(
        operation_with_most_time(text),
        Some((2, 2, 49)),
        "not one operation with the one that is certain"
    );
}
