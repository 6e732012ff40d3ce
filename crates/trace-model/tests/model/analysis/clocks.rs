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

/// A scheduler answers at once and runs the job 5 s later: under no offset does the job fit into the call.
#[test]
fn a_job_that_runs_later_and_longer_than_its_call_says_nothing_about_clocks() {
    let text = "web server a 0..60\n web client schedule 10..25\n  resize server run 5010..5210";
    assert_eq!(clocks(text), []);
    let behind = "web server a 0..60\n web client schedule 10..25\n  resize server run 0..200";
    assert_eq!(clocks(behind).len(), 1, "nothing begins before it is called");
}

/// Whether each clock that differs does so for certain.
fn certain(text: &str) -> Vec<(String, bool)> {
    analyse(text, |_, analysis| {
        analysis.clocks.iter().map(|clock| (clock.services.join("+"), clock.is_certain)).collect()
    })
}

#[test]
fn only_a_span_that_begins_before_it_is_called_proves_that_clocks_differ() {
    let shop = |is_certain| vec![("shop".to_owned(), is_certain)];
    let ahead = "web server a 0..100\n web client b 10..90\n  shop server c 1020..1080";
    assert_eq!(certain(ahead), shop(false), "a short job that was queued looks the same");
    let behind = "web server a 1000..1100\n web client b 1010..1090\n  shop server c 20..80";
    assert_eq!(certain(behind), shop(true));
    let calls_on = "web server a 0..100\n web client b 10..90\n  shop server c 1020..1080\n   shop client d 1030..1070\n    stock server e 40..60";
    assert_eq!(certain(calls_on), shop(true), "its own callee begins before it is called");
    let both = "web server a 0..100\n web client b 10..90\n  shop server c 1020..1080\n   shop client d 1030..1070\n    stock server e 540..560";
    assert_eq!(certain(both), [("shop".to_owned(), false), ("stock".to_owned(), false)]);
}

/// One replica of `stock` is 300 ms behind. The other one is right.
const REPLICAS: &str = "web server a 238..438
                         web client b 248..288
                          stock#good server c 250..286
                           stock#good client d 258..278
                         web client e 298..398
                          stock#bad server f 0..96";

#[test]
fn the_clock_of_one_replica_is_not_that_of_another() {
    let recording = sketch(REPLICAS);
    let traces = recording.traces();
    let likely = LikelyTrace::new(&traces[0].spans);
    let [clock] = &likely.analysis.clocks[..] else { panic!("{:?}", likely.analysis.clocks) };
    assert_eq!((clock.instance.as_deref(), clock.is_replica), (Some("bad"), true));
    assert_eq!(likely.duration() / 1_000_000, 200);
    assert_eq!(likely.analysis.late_work, None);
    let hosts = REPLICAS.replace('#', "@");
    assert_eq!(clocks(&hosts), clocks(REPLICAS));
}

#[test]
fn the_clock_of_a_replica_is_not_that_of_its_caller() {
    let text = "shard#1 server a 280..380\n shard#1 client b 290..370\n  shard#2 server c 0..60";
    let recording = sketch(text);
    let traces = recording.traces();
    let likely = LikelyTrace::new(&traces[0].spans);
    assert_eq!((likely.analysis.clocks.len(), likely.duration() / 1_000_000), (1, 100));
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
