//! A clock that differs from the others by a constant. The judge of each trace bounds the difference.

use std::collections::{BTreeMap, BTreeSet};

use trace_model::analysis::ClockOffset;

use crate::{
    finding::{Confidence, Fact, Severity},
    limits,
    rule::{Claims, Draft, Rule, hop},
    window::{At, Trace, Window},
};

pub(super) const RULE: Rule = Rule {
    code: "clock-skew",
    severity: Severity::Warning,
    title: "the clock of a host differs from the others",
    requires: "3 traces whose answered calls bound the difference away from zero, and agree on it",
    disproof: "A call between the two hosts that fits without a correction.",
    remedy: "Synchronise the clock of the host (chrony, NTP).",
    rust: "",
    find,
};

/// The services of one host that differ, and the trace in which they do.
struct Seen<'w> {
    trace: usize,
    offset: &'w ClockOffset,
}

fn find(window: &Window<'_>, _: &mut Claims) -> Vec<Draft> {
    let mut clocks = BTreeMap::<Vec<&str>, Vec<Seen<'_>>>::new();
    for (trace, it) in window.traces.iter().enumerate() {
        for offset in &it.analysis.clocks {
            let mut services: Vec<&str> = offset.services.iter().map(String::as_str).collect();
            services.sort_unstable();
            clocks.entry(services).or_default().push(Seen { trace, offset });
        }
    }
    clocks.into_iter().filter_map(|(services, seen)| draft(window, &services, &seen)).collect()
}

fn draft(window: &Window<'_>, services: &[&str], seen: &[Seen<'_>]) -> Option<Draft> {
    let mut offsets: Vec<i64> = seen.iter().map(|seen| seen.offset.ahead).collect();
    offsets.sort_unstable();
    let median = offsets[offsets.len() / 2];
    let agree = |seen: &&Seen<'_>| {
        let apart = (seen.offset.ahead - median).abs();
        // Half of the network time and of a cold start lie in the estimate.
        apart <= seen.offset.uncertainty.max(median.abs() / 10)
    };
    let agreeing: Vec<&Seen<'_>> = seen.iter().filter(agree).collect();
    if agreeing.len() < limits::REPEATS || agreeing.len() * 2 < seen.len() {
        return None;
    }
    let spans: Vec<At> = agreeing.iter().flat_map(|seen| spans_of(window, seen)).collect();
    let others: BTreeSet<&str> =
        agreeing.iter().flat_map(|seen| agreeing_services(&window.traces[seen.trace])).collect();
    let service = window.services.iter().position(|name| name == services[0])?;
    // With two clocks, either may be wrong; of three, the one that differs.
    let confidence = if others.len() >= 2 {
        Confidence::Certain
    } else {
        Confidence::OneOf(vec!["its clock is wrong", "the clock of its caller is wrong"])
    };
    let millis = |nanos: i64| format!("{}.{} ms", nanos.abs() / 1_000_000, nanos.abs() / 100_000 % 10);
    let summary = format!(
        "The clock of {} is {} {} the clock of {} in {} traces.",
        services.join(", "),
        millis(median),
        if median > 0 { "ahead of" } else { "behind" },
        others.iter().copied().collect::<Vec<_>>().join(", "),
        agreeing.len(),
    );
    let uncertainty = agreeing.iter().map(|seen| seen.offset.uncertainty).min().unwrap_or_default();
    let host = seen.iter().find_map(|seen| seen.offset.host.clone());
    let draft = Draft::new(confidence, hop(window, service, service, None), spans)
        .counted(agreeing.len(), seen.len())
        .with("ahead", Fact::Duration(median))
        .with("uncertainty", Fact::Duration(uncertainty))
        .saying(summary);
    Some(match host {
        Some(host) => draft.with("host", Fact::Text(host)),
        None => draft,
    })
}

/// The spans with this clock.
fn spans_of(window: &Window<'_>, seen: &Seen<'_>) -> Vec<At> {
    let trace = &window.traces[seen.trace];
    let rows = trace.rows.iter().filter(|(_, row)| seen.offset.is_of(&trace.rows.processes[row.process]));
    rows.map(|(row, _)| At { trace: seen.trace, row }).collect()
}

/// The services of a trace whose clocks agree with its root's.
fn agreeing_services<'w>(trace: &'w Trace<'_>) -> Vec<&'w str> {
    let is_off = |process| trace.analysis.clocks.iter().any(|clock| clock.is_of(process));
    let agreeing = trace.rows.processes.iter().filter(|process| !is_off(process));
    agreeing.map(|process| process.service.as_str()).collect()
}
