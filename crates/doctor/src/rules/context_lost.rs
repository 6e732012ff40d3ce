//! A hop that always loses the context, while both ends make spans.

use crate::{
    finding::{Confidence, Severity},
    rule::{Claims, Draft, Rule, hop, only_route, repeated},
    window::Window,
};

use super::split_hops::{by_hop, draft, on, whole};

pub(super) const RULE: Rule = Rule {
    code: "context-lost-between-services",
    severity: Severity::Error,
    title: "the context is lost between two services that both make spans for the call",
    requires: "3 split calls between the same two services",
    disproof: "The requests come from somebody else, and the pairs are chance.",
    remedy: "Check in this order: the caller's client injects the headers, nothing on the way drops them, the callee extracts \
             them, and both use the same propagators.",
    rust: "Set a global propagator in both services, and use TracingMiddleware in the caller and TracingLogger with \
           extraction in the callee.",
    find,
};

fn find(window: &Window<'_>, claims: &mut Claims) -> Vec<Draft> {
    let hops = by_hop(window, claims, |_| true);
    repeated(hops)
        .map(|(pair, splits)| {
            let of = splits.len() + whole(window, pair, None);
            let route = only_route(window, splits.iter().map(|split| split.server));
            let summary = format!(
                "The context is lost between {} and {}{} in {} of {of} calls.",
                window.services[pair.0],
                window.services[pair.1],
                on(route),
                splits.len(),
            );
            let confidence = Confidence::OneOf(vec![
                "the caller sends no valid `traceparent`",
                "the callee does not extract it",
                "a proxy on the way drops it",
                "the two services use different propagators",
            ]);
            let place = hop(window, pair.0, pair.1, route);
            draft(window, claims, confidence, place, &splits, of).saying(summary)
        })
        .collect()
}
