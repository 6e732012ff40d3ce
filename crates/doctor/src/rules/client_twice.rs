//! Two client spans for one call: each injects a `traceparent`, and two in one request are invalid.

use crate::{
    finding::{Confidence, Severity},
    rule::{Claims, Draft, Rule, hop, repeated},
    window::{Window, splits::Split},
};

use super::split_hops::{by_route, draft, on, whole};

pub(super) const RULE: Rule = Rule {
    code: "client-instrumented-twice",
    severity: Severity::Error,
    title: "a client makes two spans for each call and injects two headers, so the callee starts a new trace",
    requires: "3 pairs of sibling clients with one address, path and time, and one server root for each pair",
    disproof: "The client really calls twice: then the callee has two requests for each pair.",
    remedy: "Register the client's instrumentation once: start one SDK, and remove the second registration.",
    rust: "Add TracingMiddleware once to the reqwest client: not in a shared builder and again by the caller.",
    find,
};

fn find(window: &Window<'_>, claims: &mut Claims) -> Vec<Draft> {
    let routes = by_route(window, claims, |split| split.twin.is_some());
    repeated(routes)
        .map(|((pair, route), splits)| {
            let is_one_scope = |split: &Split| {
                let scope = |at| &window.facts(at).scope;
                split.twin.is_some_and(|twin| scope(twin) == scope(split.client))
            };
            let why = if splits.iter().all(is_one_scope) {
                "one instrumentation is registered twice"
            } else {
                "two instrumentations trace the same call"
            };
            let summary = format!(
                "{} makes two client spans for each call to {}{}, and {} starts a new trace each time: most likely {why}.",
                window.services[pair.0],
                window.services[pair.1],
                on(Some(route)),
                window.services[pair.1],
            );
            let of = splits.len() + whole(window, pair, Some(route));
            let place = hop(window, pair.0, pair.1, Some(route));
            draft(window, claims, Confidence::Likely, place, &splits, of).saying(summary)
        })
        .collect()
}
