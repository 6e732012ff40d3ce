//! A clock that differs from the others by a constant. The judge of each trace bounds the difference.

use std::collections::{BTreeMap, BTreeSet};

use trace_model::analysis::{ClockOffset, rows::Process};

use crate::{
    finding::{Confidence, Fact, Severity},
    hash::HashSet,
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

/// The services of one trace that have a clock of their own.
struct Seen {
    trace: usize,
    services: Vec<String>,
    host: Option<String>,
    ahead: i64,
    uncertainty: i64,
}

fn find(window: &Window<'_>, claims: &mut Claims) -> Vec<Draft> {
    let mut clocks = BTreeMap::<Vec<String>, Vec<Seen>>::new();
    for trace in (0..window.traces.len()).filter(|trace| !claims.has(At { trace: *trace, row: 0 })) {
        for seen in off(window, trace) {
            clocks.entry(seen.services.clone()).or_default().push(seen);
        }
    }
    clocks.into_iter().filter_map(|(services, seen)| draft(window, &services, &seen)).collect()
}

/// The clocks of a trace that differ. Where all others differ from the root's alike, it is the root's.
fn off(window: &Window<'_>, trace: usize) -> Vec<Seen> {
    let it = &window.traces[trace];
    if it.clocks.is_empty() {
        return Vec::new();
    }
    let clocks = &it.clocks;
    let mut like_root = agreeing_services(it);
    like_root.sort_unstable();
    like_root.dedup();
    let is_alike = |clock: &ClockOffset| {
        let first = &clocks[0];
        (clock.ahead - first.ahead).abs() <= clock.uncertainty + first.uncertainty
    };
    if clocks.len() >= 2 && like_root.len() == 1 && clocks.iter().all(is_alike) {
        return vec![Seen {
            trace,
            services: like_root.into_iter().map(str::to_owned).collect(),
            host: None,
            ahead: -clocks[0].ahead,
            uncertainty: clocks[0].uncertainty,
        }];
    }
    let seen = clocks.iter().map(|clock| {
        let mut services = clock.services.clone();
        services.sort_unstable();
        Seen { trace, services, host: clock.host.clone(), ahead: clock.ahead, uncertainty: clock.uncertainty }
    });
    seen.collect()
}

fn draft(window: &Window<'_>, services: &[String], seen: &[Seen]) -> Option<Draft> {
    let mut offsets: Vec<i64> = seen.iter().map(|seen| seen.ahead).collect();
    offsets.sort_unstable();
    let median = offsets[offsets.len() / 2];
    // Half of the network time and of a cold start lie in the estimate.
    let agree = |seen: &&Seen| (seen.ahead - median).abs() <= seen.uncertainty.max(median.abs() / 10);
    let agreeing: Vec<&Seen> = seen.iter().filter(agree).collect();
    if agreeing.len() < limits::REPEATS || agreeing.len() * 2 < seen.len() {
        return None;
    }
    let spans: Vec<At> = agreeing.iter().flat_map(|seen| spans_of(window, seen)).collect();
    let all = agreeing.iter().flat_map(|seen| &window.traces[seen.trace].rows.processes);
    let others: BTreeSet<&str> =
        all.map(|it| it.service.as_str()).filter(|it| !services.iter().any(|own| own == it)).collect();
    let service = window.services.iter().position(|name| *name == services[0])?;
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
    let uncertainty = agreeing.iter().map(|seen| seen.uncertainty).min().unwrap_or_default();
    let host = seen.iter().find_map(|seen| seen.host.clone());
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
fn spans_of(window: &Window<'_>, seen: &Seen) -> Vec<At> {
    let trace = &window.traces[seen.trace];
    let processes = trace.rows.processes.iter();
    let is_own: Vec<bool> = processes.map(|process| seen.services.contains(&process.service)).collect();
    let rows = trace.rows.iter().filter(|(_, row)| is_own[row.process]);
    rows.map(|(row, _)| At { trace: seen.trace, row }).collect()
}

/// The services of a trace whose clocks agree with its root's.
fn agreeing_services<'w>(trace: &'w Trace<'_>) -> Vec<&'w str> {
    let hosts: HashSet<&str> = trace.clocks.iter().filter_map(|clock| clock.host.as_deref()).collect();
    let hostless = trace.clocks.iter().filter(|clock| clock.host.is_none());
    let services: HashSet<&str> = hostless.flat_map(|clock| &clock.services).map(String::as_str).collect();
    let is_off = |process: &Process| {
        process
            .host
            .as_deref()
            .map_or(services.contains(process.service.as_str()), |host| hosts.contains(host))
    };
    let agreeing = trace.rows.processes.iter().filter(|process| !is_off(process));
    agreeing.map(|process| process.service.as_str()).collect()
}
