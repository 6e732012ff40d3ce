//! A server inside the system that starts a new trace for each request, and links to the caller's.

use crate::{
    finding::{Confidence, Severity},
    rule::{Claims, Draft, Rule, hop, only_route, repeated},
    window::Window,
};

use super::split_hops::{by_hop, draft, whole};

pub(super) const RULE: Rule = Rule {
    code: "public-endpoint-inside",
    severity: Severity::Warning,
    title: "a service treats its callers as untrusted: it links to their traces instead of continuing them",
    requires: "3 SERVER spans without a parent that each link to a CLIENT span of another service without a SERVER span below it",
    disproof: "The trust boundary between the two services is intended: then the links are right.",
    remedy: "Switch the public-endpoint setting off for internal callers.",
    rust: "With this workspace's telemetry: TELEMETRY_INBOUND=continue.",
    find,
};

fn find(window: &Window<'_>, claims: &mut Claims) -> Vec<Draft> {
    let hops = by_hop(window, claims, |split| split.is_linked);
    repeated(hops)
        .map(|(pair, splits)| {
            let of = splits.len() + whole(window, pair, None);
            let route = only_route(window, splits.iter().map(|split| split.server));
            let place = hop(window, pair.0, pair.1, route);
            let summary = format!(
                "{} starts a new trace for {} of {of} requests of {}, and only links to the caller's trace.",
                window.services[pair.1],
                splits.len(),
                window.services[pair.0],
            );
            draft(window, claims, Confidence::Certain, place, &splits, of).saying(summary)
        })
        .collect()
}
