//! A call that waits longer than the caller of its service does.

use std::collections::BTreeMap;

use trace_model::SpanKind;

use crate::{
    finding::{Confidence, Fact, Severity},
    rule::{Claims, Draft, Rule, hop, repeated},
    window::{At, Window},
};

pub(super) const RULE: Rule = Rule {
    code: "timeout-longer-than-callers",
    severity: Severity::Note,
    title: "a service waits longer for an answer than its caller waits for it",
    requires: "3 calls that failed without an answer, each within a call of another service that failed without an answer \
               over 10 ms earlier, and that waited alike each time",
    disproof: "One of the two calls was cancelled by hand, or its connection broke.",
    remedy: "Give each call less time than its caller has left: pass the deadline on, and subtract.",
    rust: "RequestBuilder::timeout(remaining), with remaining from the request's own deadline.",
    find,
};

fn find(window: &Window<'_>, claims: &mut Claims) -> Vec<Draft> {
    let mut hops = BTreeMap::<(usize, usize), Vec<(At, At)>>::new();
    for trace in 0..window.traces.len() {
        // By row, the nearest call at or above it that failed without an answer.
        let mut above: Vec<Option<At>> = Vec::with_capacity(window.traces[trace].rows.len());
        for at in window.rows_of(trace) {
            let outer = window.row(at).parent.and_then(|parent| above[parent]);
            let has_given_up = gave_up(window, at);
            if let Some(outer) =
                outer.filter(|outer| has_given_up && is_longer(window, *outer, at) && !claims.has(at))
            {
                hops.entry((window.service(outer), window.service(at))).or_default().push((outer, at));
            }
            above.push(if has_given_up { Some(at) } else { outer });
        }
    }
    repeated(hops)
        .filter_map(|((from, to), pairs)| {
            let [outer, inner] = [
                usual(pairs.iter().map(|(outer, _)| window.duration(*outer)).collect())?,
                usual(pairs.iter().map(|(_, inner)| window.duration(*inner)).collect())?,
            ];
            let summary = format!(
                "{} waits {} ms for an answer, and {} gave up on it after {} ms: its time-out is most likely too long.",
                window.services[to],
                inner / 1_000_000,
                window.services[from],
                outer / 1_000_000,
            );
            let spans = pairs.iter().flat_map(|(outer, inner)| [*outer, *inner]).collect();
            let nanos = |time| Fact::Duration(i64::try_from(time).unwrap_or(i64::MAX));
            Some(
                Draft::new(Confidence::Likely, hop(window, from, to, None), spans)
                    .counted(pairs.len(), pairs.len())
                    .with("caller_waited", nanos(outer))
                    .with("waited", nanos(inner))
                    .saying(summary),
            )
        })
        .collect()
}

fn gave_up(window: &Window<'_>, at: At) -> bool {
    let row = window.row(at);
    row.kind == SpanKind::Client && !row.is_answered && !row.has_no_time
}

fn is_longer(window: &Window<'_>, outer: At, inner: At) -> bool {
    window.process(outer) != window.process(inner)
        && window.traces[inner.trace].clocks.is_empty()
        && window.duration(inner) > window.duration(outer)
        && window.is_later(window.end(inner), window.end(outer), inner)
}

/// The median, if all are within a quarter of it: a constant, as a time-out is.
fn usual(mut times: Vec<u64>) -> Option<u64> {
    times.sort_unstable();
    let median = times[times.len() / 2];
    times.iter().all(|time| time.abs_diff(median) * 4 <= median).then_some(median)
}
