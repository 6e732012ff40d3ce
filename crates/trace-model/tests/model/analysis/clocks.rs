//! Clocks that differ.

use trace_model::analysis::LikelyTrace;

use super::*;

const AHEAD: &str = "client GET 10..90\n    shop@b server GET 2000..2060";

#[test]
fn a_server_that_begins_after_its_answer_has_a_clock_ahead() {
    assert_eq!(clocks(&format!("web@a server a 0..100\n web@a {AHEAD}")), [("shop".into(), 1980)]);
}

#[test]
fn a_trace_by_one_clock_has_no_clock_that_is_off() {
    let recording =
        sketch(&format!("web@a server a 0..100\n web@a {AHEAD}\n     shop@b client d 2010..2050"));
    let traces = recording.traces();
    let corrected = correct_clocks(&traces[0].spans, &traces[0].analysis().clocks);
    let corrected = Trace::new(traces[0].id, corrected);
    assert_eq!(corrected.analysis().clocks, []);
    let times: Vec<_> = corrected.rows().iter().map(|(_, row)| row.start / MILLISECOND).collect();
    assert_eq!(times, [0, 10, 20, 30]);
}

#[test]
fn one_host_has_one_clock() {
    let text = format!("web@b server a 0..100\n web@b {AHEAD}");
    assert_eq!(clocks(&text), []);
}

#[test]
fn a_caller_that_gave_up_says_nothing_about_clocks() {
    let text = "web@a client GET 0..852 error\n shop@b server GET 1490..1495";
    assert_eq!(clocks(text), []);
    let answered = "web@a client GET 0..852 error status\n shop@b server GET 1490..1495 error";
    assert_eq!(clocks(answered).len(), 1);
}

#[test]
fn a_server_that_outlives_its_caller_says_nothing_about_clocks() {
    assert_eq!(clocks("web@a client GET 0..100\n shop@b server GET 50..500"), []);
    assert_eq!(clocks("web@a client GET 0..100\n shop@b server GET 40..120"), []);
}

#[test]
fn offsets_add_up_along_the_calls_so_that_the_odd_clock_is_named() {
    let text = "web@a server a 0..100
                 web@a client b 10..90
                   shop@b server c 1020..1080
                     shop@b client d 1030..1070
                       stock@c server e 40..60";
    assert_eq!(clocks(text), [("shop".into(), 1000)]);
}

#[test]
fn whole_milliseconds_are_no_skew() {
    let starts_early = "web@a client GET 12..90\n shop@b server GET 10..60";
    assert_eq!(clocks(starts_early).len(), 1);
    let recording = Recording::read("healthy", "js-stream");
    for trace in recording.traces() {
        assert_eq!(trace.analysis().clocks, []);
    }
}

/// Self times, shares of the critical path and the most time of a trace whose callee's clock is 350 ms behind.
#[test]
fn time_is_judged_by_the_likely_clocks() {
    let text = "edge@a server GET 1000..1096
                 edge@a client GET 1036..1090
                  search@b server GET 687..739
                   search@b internal score 689..735";
    let recording = sketch(text);
    let traces = recording.traces();
    let likely = LikelyTrace::new(&traces[0].spans);
    let analysis = &likely.analysis;
    let millis = |times: &[i64]| times.iter().map(|time| time / MILLISECOND).collect::<Vec<_>>();
    assert_eq!(millis(&analysis.intervals.self_time), [42, 2, 6, 46], "a leaf took what it lasted");
    assert_eq!(millis(&analysis.critical_path.time), [42, 2, 6, 46]);
    assert_eq!(analysis.most_time.as_ref().map(|most| most.row), Some(3));
    assert_eq!((analysis.clocks.len(), likely.duration() / 1_000_000), (1, 96));
    // By the clocks as reported the callee's host begins, 313 ms earlier.
    assert_eq!(millis(&likely.reported_shifts(&traces[0].spans)), [313, 313, -37, -37]);
}

#[test]
fn without_skew_the_likely_clocks_are_the_reported_ones() {
    let recording = sketch("web@a server a 0..100\n web@a client b 10..90\n  shop@b server c 20..80");
    let traces = recording.traces();
    let likely = LikelyTrace::new(&traces[0].spans);
    assert!(matches!(likely.spans, std::borrow::Cow::Borrowed(_)) && !likely.has_skew());
    assert_eq!(likely.analysis.intervals.self_time, traces[0].analysis().intervals.self_time);
}
