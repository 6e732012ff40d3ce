//! Intervals, self time and the critical path.

use super::*;

#[test]
fn self_time_is_what_no_child_covers() {
    assert_eq!(self_times("web server a 0..100\n web client b 10..40\n web client c 30..60"), [50, 30, 30]);
}

#[test]
fn a_child_that_ends_a_little_after_its_parent_was_waited_for() {
    let text = "web server a 0..100\n web client b 10..101\n  shop server c 20..95";
    assert_eq!(self_times(text), [10, 15, 75]);
    assert_eq!(path(text), ["0:0..10", "1:10..20", "2:20..95", "1:95..100"]);
}

#[test]
fn a_child_that_lives_mostly_beyond_its_parent_was_not_waited_for() {
    let text = "web server a 0..100\n web internal b 90..300";
    assert_eq!(self_times(text), [100, 210]);
    assert_eq!(path(text), ["0:0..100"]);
}

#[test]
fn a_child_that_begins_when_its_parent_has_ended_was_not_waited_for() {
    analyse("web server a 0..100\n web internal b 100..110", |_, analysis| {
        assert_eq!(analysis.intervals.detached, [false, true]);
    });
}

#[test]
fn the_path_goes_through_overlapping_children_and_not_through_their_parent() {
    let text = "web server a 0..100\n web client b 0..50\n web client c 40..100";
    assert_eq!(path(text), ["1:0..40", "2:40..100"]);
}

#[test]
fn the_path_of_concurrent_calls_is_the_longest() {
    let text = "web server a 0..100\n web client b 10..50\n web client c 10..90";
    assert_eq!(path(text), ["0:0..10", "2:10..90", "0:90..100"]);
}

#[test]
fn a_message_waits_between_producer_and_consumer() {
    analyse("web producer send 0..5\n mail consumer take 45005..45100", |_, analysis| {
        let waits: Vec<i64> = analysis.queue_waits.iter().map(|it| it.wait / MILLISECOND).collect();
        assert_eq!(waits, [45_000]);
    });
}
