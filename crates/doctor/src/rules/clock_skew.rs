//! A clock that differs from the others by a constant. The judge of each trace bounds the difference.

mod others;
mod seen;

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    finding::{Confidence, Fact, Severity},
    limits,
    rule::{Claims, Draft, Rule, hop},
    window::{At, Window},
};
use others::Others;
use seen::{Place, Seen, off};

pub(super) const RULE: Rule = Rule {
    code: "clock-skew",
    severity: Severity::Warning,
    title: "the clock of a host differs from the others",
    requires: "3 traces whose answered calls bound the difference away from zero, and agree on 10 ms or more; certain only if spans begin \
               before they are called",
    disproof: "A call between the two hosts that fits without a correction.",
    remedy: "Synchronise the clock of the host (chrony, NTP).",
    rust: "",
    find,
};

fn find(window: &Window<'_>, claims: &mut Claims) -> Vec<Draft> {
    let mut clocks = BTreeMap::<Vec<&str>, Vec<Seen<'_>>>::new();
    for trace in (0..window.traces.len()).filter(|trace| !claims.has(At { trace: *trace, row: 0 })) {
        for seen in off(window, trace) {
            clocks.entry(seen.services.clone()).or_default().push(seen);
        }
    }
    clocks.values().flat_map(|seen| of_services(window, seen)).collect()
}

/// Replicas that share a clock, such as those of one node, agree. Where they do not, each is judged by itself.
fn of_services(window: &Window<'_>, seen: &[Seen<'_>]) -> Vec<Draft> {
    let all: Vec<&Seen<'_>> = seen.iter().collect();
    if agreeing(&all).len() < all.len() {
        let mut places = BTreeMap::<Option<Place<'_>>, Vec<&Seen<'_>>>::new();
        for seen in seen {
            places.entry(seen.place).or_default().push(seen);
        }
        let drafts: Vec<Draft> = places.values().filter_map(|seen| draft(window, seen)).collect();
        if !drafts.is_empty() {
            return drafts;
        }
    }
    draft(window, &all).into_iter().collect()
}

fn median(seen: &[&Seen<'_>]) -> i64 {
    let mut offsets: Vec<i64> = seen.iter().map(|seen| seen.ahead).collect();
    offsets.sort_unstable();
    offsets[offsets.len() / 2]
}

/// Those that agree with the median.
fn agreeing<'s, 'w>(seen: &[&'s Seen<'w>]) -> Vec<&'s Seen<'w>> {
    let median = median(seen);
    // Half of the network time and of a cold start lie in the estimate.
    let agree = |seen: &&Seen<'_>| (seen.ahead - median).abs() <= seen.uncertainty.max(median.abs() / 10);
    seen.iter().copied().filter(agree).collect()
}

fn draft(window: &Window<'_>, seen: &[&Seen<'_>]) -> Option<Draft> {
    let median = median(seen);
    // The clocks of synchronised hosts differ by less.
    if median.unsigned_abs() < limits::LATE {
        return None;
    }
    let agreeing = agreeing(seen);
    if agreeing.len() < limits::REPEATS || agreeing.len() * 2 < seen.len() {
        return None;
    }
    let services = &seen[0].services;
    let service = window.services.iter().position(|name| *name == services[0])?;
    let others = Others::new(window, &agreeing);
    let places: BTreeSet<Place<'_>> = agreeing.iter().filter_map(|seen| seen.place).collect();
    let millis = |nanos: i64| format!("{}.{} ms", nanos.abs() / 1_000_000, nanos.abs() / 100_000 % 10);
    let summary = format!(
        "The clock of {} is {} {} the clock of {} in {} traces.",
        name(services, &places, others.has_replicas),
        millis(median),
        if median > 0 { "ahead of" } else { "behind" },
        others.names(services),
        agreeing.len(),
    );
    let spans: Vec<At> = agreeing.iter().flat_map(|seen| seen.spans(window)).collect();
    let uncertainty = agreeing.iter().map(|seen| seen.uncertainty).min().unwrap_or_default();
    let draft = Draft::new(confidence(&agreeing, &others), hop(window, service, service, None), spans)
        .counted(agreeing.len(), seen.len())
        .with("ahead", Fact::Duration(median))
        .with("uncertainty", Fact::Duration(uncertainty))
        .saying(summary);
    Some(match places.first() {
        Some(Place::Host(host)) => draft.with("host", Fact::Text((*host).to_owned())),
        Some(Place::Instance(instance)) if others.has_replicas && places.len() == 1 => {
            draft.with("instance", Fact::Text((*instance).to_owned()))
        }
        _ => draft,
    })
}

/// With two clocks, either may be wrong; of three, the one that differs. And work that was queued, which begins late in every
/// trace, looks like a clock that is ahead.
fn confidence(agreeing: &[&Seen<'_>], others: &Others<'_>) -> Confidence {
    let is_proven = agreeing.iter().filter(|seen| seen.is_certain).count() >= limits::REPEATS;
    if others.clocks.len() >= 2 {
        return if is_proven { Confidence::Certain } else { Confidence::Likely };
    }
    let mut causes = vec!["its clock is wrong", "the clock of its caller is wrong"];
    if !is_proven {
        causes.push("it is called through a queue or a scheduler, and its caller does not wait for it");
    }
    Confidence::OneOf(causes)
}

/// The services, and where they run if that tells them from their replicas.
fn name(services: &[&str], places: &BTreeSet<Place<'_>>, has_replicas: bool) -> String {
    let name = services.join(", ");
    match places.first() {
        _ if !has_replicas => name,
        Some(Place::Host(host)) if places.len() == 1 => format!("{name} on host {host}"),
        Some(Place::Instance(instance)) if places.len() == 1 => format!("{name} (instance {instance})"),
        Some(_) => format!("{} instances of {name}", places.len()),
        None => format!("some instances of {name}"),
    }
}
