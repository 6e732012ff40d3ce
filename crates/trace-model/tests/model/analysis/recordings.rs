//! Judgements about recorded traces.

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
        assert!(analysis.intervals.self_time[slowest] * 10 >= duration, "{name} {}: row {slowest}", trace.id);
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

#[test]
fn what_waited_for_spans_below_a_lost_one_is_likely_known() {
    for (name, caller) in [("killed-before-export", "web client"), ("never-ended", "shop server")] {
        each_broken(name, |trace, analysis, is_broken| {
            let rows = trace.rows();
            let named = |row: usize| {
                let facts = &rows[row];
                format!("{} {}", rows.processes[facts.process].service, facts.kind.as_str())
            };
            let likely: Vec<String> =
                analysis.likely_callers.iter().map(|(_, caller)| named(caller)).collect();
            assert_eq!(likely.is_empty(), !is_broken, "{name} {}", trace.id);
            assert!(likely.iter().all(|it| it == caller), "{name} {}: {likely:?}", trace.id);
        });
    }
}
