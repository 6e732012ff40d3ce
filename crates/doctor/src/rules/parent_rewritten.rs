//! A `traceparent` with the right trace and a parent that nobody sent.

use std::collections::BTreeMap;

use crate::{
    finding::{Confidence, Fact, Severity},
    rule::{Claims, Draft, Rule, ends, hop, repeated},
    window::{
        At, Window,
        losses::{Loss, Shape},
    },
};

pub(super) const RULE: Rule = Rule {
    code: "parent-rewritten",
    severity: Severity::Error,
    title: "something between two services replaces the parent id, and does not export its span",
    requires: "3 servers with a remote parent that is missing, each within one unanswered client that asks an address where \
               the same service answers directly elsewhere",
    disproof: "The missing spans arrive later.",
    remedy: "Export the spans of the proxy or sidecar, or let it pass the header on unchanged.",
    rust: "",
    find,
};

fn find(window: &Window<'_>, claims: &mut Claims) -> Vec<Draft> {
    let mut led_to = BTreeMap::<At, usize>::new();
    for via in window.losses.iter().filter_map(|loss| loss.via) {
        *led_to.entry(via).or_default() += 1;
    }
    let mut routes = BTreeMap::<(usize, usize, &str), Vec<(At, At)>>::new();
    for loss in window.losses.iter().filter(|loss| !claims.has(loss.first())) {
        if let Some(client) = rewritten(window, loss).filter(|client| led_to[client] == 1) {
            let server = loss.first();
            let key = (window.service(client), window.service(server), window.route(server));
            routes.entry(key).or_default().push((client, server));
        }
    }
    repeated(routes)
        .map(|((from, to, route), pairs)| {
            let spans: Vec<At> = ends(&pairs).collect();
            claims.add(spans.iter().copied());
            let whole = window.calls.whole_hops.get(&(from, to)).map_or(0, Vec::len);
            let summary = format!(
                "Between {} and {} on {route}, {} calls arrive with a parent id that no span has: most likely a proxy or \
                 sidecar makes spans and does not export them.",
                window.services[from],
                window.services[to],
                pairs.len(),
            );
            Draft::new(Confidence::Likely, hop(window, from, to, Some(route)), spans)
                .counted(pairs.len(), pairs.len() + whole)
                .with("whole_calls_of_the_hop", Fact::Count(whole))
                .saying(summary)
        })
        .collect()
}

/// The client whose parent id was replaced on the way.
fn rewritten(window: &Window<'_>, loss: &Loss) -> Option<At> {
    let client = loss.via.filter(|_| loss.at.len() == 1 && loss.shape != Shape::LocalParent)?;
    let [one, other] = [client, loss.first()].map(|at| window.facts(at).path());
    let is_same_path = one.is_none() || other.is_none() || one == other;
    (is_same_path && window.calls.reaches(window, client, window.service(loss.first()))).then_some(client)
}
