//! A service that loses the context on its way in and on its way out, always.

use std::collections::BTreeSet;

use crate::{
    finding::{Confidence, Severity},
    limits,
    rule::{Claims, Draft, Rule, examples, hop},
    window::{Window, splits::Split},
};

use super::split_hops::{Pair, by_hop, draft, whole};

pub(super) const RULE: Rule = Rule {
    code: "propagators-differ",
    severity: Severity::Error,
    title: "a service neither continues the traces of its callers nor passes its own on",
    requires: "every call into the service and every call out of it is split, 3 of each, and its neighbours' are not",
    disproof: "One call into or out of the service is whole.",
    remedy: "Set the same propagators in every service: OTEL_PROPAGATORS=tracecontext,baggage (and b3 where a neighbour needs it).",
    rust: "Set a global propagator (opentelemetry::global::set_text_map_propagator): without one, Rust propagates nothing.",
    find,
};

fn find(window: &Window<'_>, claims: &mut Claims) -> Vec<Draft> {
    let hops = by_hop(window, claims, |split| split.twin.is_none());
    let is_always_split =
        |pair: &Pair, splits: &[Split]| splits.len() >= limits::REPEATS && whole(window, *pair, None) == 0;
    let split: BTreeSet<Pair> =
        hops.iter().filter(|(pair, splits)| is_always_split(pair, splits)).map(|(pair, _)| *pair).collect();
    let has_whole = |service: usize| {
        window.calls.whole_hops.keys().any(|(from, to)| from != to && [*from, *to].contains(&service))
    };
    let services = 0..window.services.len();
    let suspects: BTreeSet<usize> = services
        .filter(|service| {
            let receives = split.iter().any(|(_, to)| to == service);
            let sends = split.iter().any(|(from, _)| from == service);
            receives && sends && !has_whole(*service)
        })
        .collect();
    let mut drafts = Vec::new();
    for service in &suspects {
        let own: Vec<Pair> =
            split.iter().filter(|(from, to)| from == service || to == service).copied().collect();
        // Two neighbours of whom both look guilty: either may be.
        if own.iter().any(|(from, to)| suspects.contains(from) && suspects.contains(to)) {
            continue;
        }
        let splits: Vec<Split> = own.iter().filter_map(|pair| hops.get(pair)).flatten().copied().collect();
        let name = &window.services[*service];
        let confidence = Confidence::OneOf(vec![
            "no propagator is set in the service",
            "the service propagates another format than its neighbours, such as B3 or X-Ray instead of W3C",
            "a proxy around the service drops the headers in both directions",
        ]);
        let summary = format!(
            "{name} loses the context of all {} calls, those that it receives and those that it makes, while it makes \
             spans for both.",
            splits.len()
        );
        let names =
            own.iter().map(|(from, to)| format!("{} to {}", window.services[*from], window.services[*to]));
        let place = hop(window, *service, *service, None);
        drafts.push(
            draft(window, claims, confidence, place, &splits, splits.len())
                .with("split_hops", examples(names))
                .saying(summary),
        );
    }
    drafts
}
