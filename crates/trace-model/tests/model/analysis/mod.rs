//! Judgements about a trace: on small traces, on recordings of other SDKs, on any trace at all.

mod attempts;
mod calls;
mod clocks;
mod display_rows;
mod errors;
mod likely_callers;
mod parents;
mod recordings;
mod time;

use std::fmt::Write;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use trace_model::analysis::{Analysis, Attempts, MostTime, ParentOrigin, correct_clocks};

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

/// Any tree of spans with any times, as a sketch.
fn any_trace() -> impl Strategy<Value = String> {
    let kinds = ["internal", "server", "client", "producer", "consumer"];
    let words = ["", "", "", "orphan local", "orphan remote", "lost"];
    let line =
        (0..6_usize, 0..3_usize, 0..kinds.len(), 0..200_u32, 0..100_u32, any::<bool>(), 0..words.len());
    prop::collection::vec(line, 1..40).prop_map(move |lines| {
        let mut depth = 0;
        let mut text = String::new();
        for (wanted, service, kind, start, length, is_error, word) in lines {
            depth = wanted.min(depth + 1);
            let error = if is_error { "error" } else { "" };
            let (indent, end, word) = (" ".repeat(depth), start + length, words[word]);
            writeln!(text, "{indent}s{service}@h{service} {} n {start}..{end} {error} {word}", kinds[kind])
                .unwrap();
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
            for (row, caller) in analysis.likely_callers.iter() {
                prop_assert_eq!(analysis.parents[row], ParentOrigin::Missing);
                prop_assert!(caller < row);
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
