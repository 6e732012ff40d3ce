//! Judgements about a trace: on small traces, on recordings of other SDKs, on any trace at all.

use std::fmt::Write;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use trace_model::analysis::{Analysis, ParentOrigin, correct_clocks};

use crate::corpus::{HEALTHY, Recording, Trace, truth};
use crate::sketch::sketch;

const MILLISECOND: i64 = 1_000_000;

/// Analyses the one trace that the text draws.
fn analyse<T>(text: &str, look: impl FnOnce(&Trace<'_>, &Analysis) -> T) -> T {
    let recording = sketch(text);
    let traces = recording.traces();
    assert_eq!(traces.len(), 1, "one trace");
    look(&traces[0], &traces[0].analysis())
}

/// Milliseconds by row.
fn self_times(text: &str) -> Vec<i64> {
    analyse(text, |_, analysis| analysis.intervals.self_time.iter().map(|time| time / MILLISECOND).collect())
}

/// `row:FROM..TO`, in milliseconds.
fn path(text: &str) -> Vec<String> {
    analyse(text, |_, analysis| {
        let stretches = analysis.critical_path.stretches.iter();
        stretches
            .map(|it| {
                format!("{}:{}..{}", it.row, it.interval.from / MILLISECOND, it.interval.to / MILLISECOND)
            })
            .collect()
    })
}

/// The root cause as its row and attempts, and the rows of handled and background errors.
type Causes = (Option<(usize, usize)>, Vec<usize>, Vec<usize>);

fn causes(text: &str) -> Causes {
    analyse(text, |_, analysis| {
        let errors = &analysis.errors;
        let cause = errors.root_cause.map(|cause| (cause.row, cause.attempts));
        (cause, errors.handled.clone(), errors.background.clone())
    })
}

fn parents(text: &str) -> Vec<ParentOrigin> {
    analyse(text, |_, analysis| analysis.parents.clone())
}

/// Services and milliseconds ahead.
fn clocks(text: &str) -> Vec<(String, i64)> {
    analyse(text, |_, analysis| {
        analysis.clocks.iter().map(|clock| (clock.services.join("+"), clock.ahead / MILLISECOND)).collect()
    })
}

mod time {
    use super::*;

    #[test]
    fn self_time_is_what_no_child_covers() {
        assert_eq!(
            self_times("web server a 0..100\n web client b 10..40\n web client c 30..60"),
            [50, 30, 30]
        );
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
}

mod errors {
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
}

mod parents {
    use ParentOrigin::{Missing, Outside, Present, Root};

    use super::*;

    #[test]
    fn a_request_with_an_unknown_parent_and_no_root_came_from_outside() {
        assert_eq!(parents("web server a 0..100 orphan remote\n web client b 10..20"), [Outside, Present]);
        assert_eq!(parents("web server a 0..100 orphan"), [Outside]);
        assert_eq!(parents("web server a 0..50 orphan\nshop server b 20..90 orphan"), [Outside, Outside]);
    }

    #[test]
    fn a_parent_in_the_same_process_is_missing() {
        assert_eq!(parents("web server a 0..100 orphan local"), [Missing]);
        assert_eq!(parents("web internal a 0..100 orphan"), [Missing]);
    }

    #[test]
    fn a_parent_between_two_services_of_the_trace_is_missing() {
        let with_root = "web server a 0..100\n web client b 10..90\nstock server c 20..80 orphan remote";
        assert_eq!(parents(with_root), [Root, Present, Missing]);
        let without_root = "web server a 0..100 orphan\n web client b 10..90\nstock server c 20..80 orphan";
        assert_eq!(parents(without_root), [Outside, Present, Missing]);
    }
}

mod clocks {
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
}

mod calls {
    use trace_model::analysis::Outcome;

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
}

#[test]
fn time_in_which_nothing_ran_lies_between_two_spans() {
    let text = "web server a 0..100\n web producer b 80..110\n  mail consumer c 2500..2600\n  mail consumer d 2550..2580";
    analyse(text, |_, analysis| {
        let idle: Vec<_> = analysis
            .idle
            .iter()
            .map(|it| (it.interval.from / MILLISECOND, it.interval.to / MILLISECOND, it.before, it.after))
            .collect();
        assert_eq!(idle, [(110, 2500, 1, 2)]);
    });
}

mod recordings {
    use super::*;

    fn each_healthy(mut look: impl FnMut(&str, &Trace<'_>, &Analysis)) {
        for name in HEALTHY {
            for trace in Recording::read("healthy", name).traces() {
                look(name, &trace, &trace.analysis());
            }
        }
    }

    /// Of a recording with a mistake: each trace, and whether the mistake is in it.
    fn each_broken(name: &str, mut look: impl FnMut(&Trace<'_>, &Analysis, bool)) {
        let truth = truth("broken", name);
        let broken: Vec<&str> =
            truth["broken_traces"].as_array().unwrap().iter().filter_map(|it| it.as_str()).collect();
        assert!(!broken.is_empty());
        for trace in Recording::read("broken", name).traces() {
            let is_broken = broken.contains(&trace.id.to_string().as_str());
            look(&trace, &trace.analysis(), is_broken);
        }
    }

    #[test]
    fn healthy_traces_have_no_skew_no_missing_parent_and_no_root_cause() {
        each_healthy(|name, trace, analysis| {
            let id = trace.id;
            assert_eq!(analysis.clocks, [], "{name} {id}");
            assert!(!analysis.parents.contains(&ParentOrigin::Missing), "{name} {id}");
            assert_eq!(analysis.errors.root_cause, None, "{name} {id}");
        });
    }

    #[test]
    fn callers_outside_are_recognised() {
        for name in HEALTHY {
            let recording = Recording::read("healthy", name);
            let outside = |trace: &Trace<'_>| trace.analysis().parents.contains(&ParentOrigin::Outside);
            let count = recording.traces().iter().filter(|trace| outside(trace)).count();
            assert_eq!(count, truth("healthy", name)["outside_parents"], "{name}");
        }
    }

    #[test]
    fn the_slowest_span_of_a_healthy_trace_is_not_one_that_waits() {
        each_healthy(|name, trace, analysis| {
            let Some(slowest) = analysis.critical_path.slowest() else { return };
            let duration = analysis.intervals.awaited[slowest].length();
            assert!(
                analysis.intervals.self_time[slowest] * 10 >= duration,
                "{name} {}: row {slowest}",
                trace.id
            );
        });
    }

    #[test]
    fn self_times_without_concurrency_add_up_to_the_duration_of_the_root() {
        let mut checked = 0;
        each_healthy(|name, trace, analysis| {
            let rows = trace.rows();
            let one_after_the_other = rows.iter().all(|(row, _)| {
                let mut reached = i64::MIN;
                rows.children(row).all(|child| {
                    let interval = analysis.intervals.awaited[child];
                    let follows = interval.from >= reached;
                    reached = interval.to;
                    follows && !analysis.intervals.detached[child]
                })
            });
            if one_after_the_other && rows.roots().count() == 1 {
                checked += 1;
                let total: i64 = analysis.intervals.self_time.iter().sum();
                assert_eq!(total, rows[0].duration(), "{name} {}", trace.id);
            }
        });
        assert!(checked > 100, "only {checked} traces");
    }

    #[test]
    fn real_skew_is_named_with_its_service_and_size() {
        for (name, service, ahead) in [
            ("clock-ahead", "stock", 2_300),
            ("java-clock-skew", "shop", 1_700),
            ("js-clock-skew-minus", "seats", -40),
        ] {
            each_broken(name, |trace, analysis, is_broken| {
                let found: Vec<&str> =
                    analysis.clocks.iter().flat_map(|it| &it.services).map(String::as_str).collect();
                assert_eq!(found, if is_broken { vec![service] } else { vec![] }, "{name} {}", trace.id);
                for clock in &analysis.clocks {
                    let error = (clock.ahead - ahead * MILLISECOND).abs();
                    assert!(error <= clock.uncertainty + MILLISECOND, "{name} {}: {clock:?}", trace.id);
                }
            });
        }
    }

    #[test]
    fn parents_that_the_system_lost_are_missing() {
        for name in ["killed-before-export", "never-ended", "js-never-ended"] {
            each_broken(name, |trace, analysis, is_broken| {
                let missing = analysis.parents.contains(&ParentOrigin::Missing);
                assert_eq!(missing, is_broken, "{name} {}", trace.id);
            });
        }
    }
}

/// Any tree of spans with any times, as a sketch.
fn any_trace() -> impl Strategy<Value = String> {
    let kinds = ["internal", "server", "client", "producer", "consumer"];
    let line = (0..6_usize, 0..3_usize, 0..kinds.len(), 0..200_u32, 0..100_u32, any::<bool>());
    prop::collection::vec(line, 1..40).prop_map(move |lines| {
        let mut depth = 0;
        let mut text = String::new();
        for (wanted, service, kind, start, length, is_error) in lines {
            depth = wanted.min(depth + 1);
            let error = if is_error { "error" } else { "" };
            let (indent, end) = (" ".repeat(depth), start + length);
            writeln!(text, "{indent}s{service}@h{service} {} n {start}..{end} {error}", kinds[kind]).unwrap();
        }
        text
    })
}

proptest! {
    #[test]
    fn any_trace_has_a_consistent_analysis(text in any_trace()) {
        analyse(&text, |trace, analysis| {
            let rows = trace.rows();
            let root = analysis.root.unwrap();
            let on_path: i64 = analysis.critical_path.time.iter().sum();
            prop_assert_eq!(on_path, rows[root].duration());
            let mut reached = rows[root].start;
            for stretch in &analysis.critical_path.stretches {
                prop_assert_eq!(stretch.interval.from, reached);
                reached = stretch.interval.to;
            }
            for (row, facts) in rows.iter() {
                prop_assert!((0..=facts.duration()).contains(&analysis.intervals.self_time[row]));
            }
            let errors = &analysis.errors;
            prop_assert!(errors.handled.iter().chain(&errors.background).all(|row| errors.all.contains(row)));
            if let Some(cause) = errors.root_cause {
                prop_assert!(errors.all.contains(&cause.row) && !errors.handled.contains(&cause.row));
            }
            prop_assert_eq!(errors.root_cause.is_some(), errors.handled.len() + errors.background.len() < errors.all.len());
            Ok(())
        })?;
    }
}

#[test]
fn the_children_of_one_parent_take_linear_time() {
    // In a debug build; `cargo bench -p trace-model --bench analysis` has the figure.
    let mut text = "web server a 0..50000\n".to_owned();
    for start in 0..50_000 {
        writeln!(text, " web client n {start}..{}", start + 1).unwrap();
    }
    let started = Instant::now();
    analyse(&text, |_, analysis| assert_eq!(analysis.critical_path.stretches.len(), 50_000));
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
}
