//! Attempts within attempts: the retries of two services multiply.

use std::collections::BTreeMap;

use trace_model::analysis::Attempts;

use crate::{
    finding::{Confidence, Fact, Severity},
    limits,
    rule::{Claims, Draft, Rule, hop, only_route},
    window::{At, Window},
};

pub(super) const RULE: Rule = Rule {
    code: "retry-storm",
    severity: Severity::Warning,
    title: "a call is tried again within each attempt of another one, so the attempts multiply",
    requires: "6 attempts of a call that failed, within at least two attempts of a call above it that failed, in one trace",
    disproof: "Nothing: the trace has all of the attempts.",
    remedy: "Retry at one level only, the one nearest to the failure; bound the attempts by a retry budget, and let a callee \
             say that it was overloaded (429 or 503 with Retry-After).",
    rust: "RetryTransientMiddleware in one client of the path, with ExponentialBackoff and few retries.",
    find,
};

/// An attempt above, and the attempts within it.
struct Within {
    outer: At,
    attempts: Vec<At>,
}

fn find(window: &Window<'_>, _: &mut Claims) -> Vec<Draft> {
    let mut hops = BTreeMap::<(usize, usize), Vec<Vec<Within>>>::new();
    for trace in 0..window.traces.len() {
        for storm in storms(window, trace) {
            let key = (window.service(storm[0].outer), window.service(storm[0].attempts[0]));
            hops.entry(key).or_default().push(storm);
        }
    }
    let draft = |((from, to), storms): ((usize, usize), Vec<Vec<Within>>)| {
        let inner = |storm: &Vec<Within>| storm.iter().map(|within| within.attempts.len()).sum::<usize>();
        let most = storms.iter().map(inner).max().unwrap_or_default();
        let outer = storms.iter().map(Vec::len).max().unwrap_or_default();
        let attempts = || storms.iter().flatten().flat_map(|within| &within.attempts).copied();
        let spans = attempts().chain(storms.iter().flatten().map(|within| within.outer)).collect();
        let summary = format!(
            "{} tries a call up to {outer} times, and {} tries again within each: up to {most} attempts for one request.",
            window.services[from], window.services[to],
        );
        Draft::new(Confidence::Certain, hop(window, from, to, only_route(window, attempts())), spans)
            .counted(storms.len(), storms.len())
            .with("outer_attempts", Fact::Count(outer))
            .with("attempts", Fact::Count(most))
            .saying(summary)
    };
    hops.into_iter().map(draft).collect()
}

/// Each series of attempts of a trace with those within its attempts, where they are many.
fn storms(window: &Window<'_>, trace: usize) -> Vec<Vec<Within>> {
    let rows = &window.traces[trace].rows;
    if !rows.iter().any(|(_, row)| row.has_failed) {
        return Vec::new();
    }
    let attempts = Attempts::new(rows);
    if attempts.series().len() < 2 {
        return Vec::new();
    }
    // By row, the nearest attempt above it.
    let mut above: Vec<Option<usize>> = Vec::with_capacity(rows.len());
    for (_, row) in rows.iter() {
        let parent = row.parent.filter(|parent| !attempts.of(*parent).is_empty());
        above.push(parent.or_else(|| row.parent.and_then(|parent| above[parent])));
    }
    let mut by_outer = BTreeMap::<(usize, usize), BTreeMap<usize, Vec<At>>>::new();
    for series in attempts.series() {
        if let Some(outer) = above[series[0]] {
            let service = window.service(At { trace, row: series[0] });
            let within = by_outer.entry((attempts.of(outer)[0], service)).or_default();
            within.entry(outer).or_default().extend(series.iter().map(|row| At { trace, row: *row }));
        }
    }
    let storm = |within: BTreeMap<usize, Vec<At>>| -> Vec<Within> {
        let within = within.into_iter();
        within.map(|(row, attempts)| Within { outer: At { trace, row }, attempts }).collect()
    };
    let is_storm = |storm: &Vec<Within>| {
        storm.len() > 1 && storm.iter().map(|within| within.attempts.len()).sum::<usize>() >= limits::STORM
    };
    by_outer.into_values().map(storm).filter(is_storm).collect()
}
