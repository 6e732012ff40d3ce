//! A `traceparent` of somebody else's arrives instead of the caller's.

use crate::{
    finding::{Confidence, Fact, Severity},
    rule::{Claims, Draft, Rule, hop, repeated},
    window::Window,
};

use super::split_hops::{by_route, draft, on, whole};

pub(super) const RULE: Rule = Rule {
    code: "trace-restarted",
    severity: Severity::Error,
    title: "something between two services replaces the caller's `traceparent` by one of its own",
    requires: "3 SERVER spans whose remote parent is in a trace of which no span was received, each matched to a CLIENT span without a \
               SERVER span below it",
    disproof: "The servers are called from outside, too, and the pairs are chance.",
    remedy: "Let the proxy pass an incoming traceparent and tracestate on, or let it export its spans.",
    rust: "",
    find,
};

fn find(window: &Window<'_>, claims: &mut Claims) -> Vec<Draft> {
    let routes = by_route(window, claims, |split| split.is_restarted);
    repeated(routes)
        .map(|((pair, route), splits)| {
            let of = splits.len() + whole(window, pair, Some(route));
            let summary = format!(
                "Between {} and {}{}, {} of {of} calls arrive with a `traceparent` that no span of any service has.",
                window.services[pair.0],
                window.services[pair.1],
                on(Some(route)),
                splits.len(),
            );
            let confidence = Confidence::OneOf(vec![
                "a proxy that writes a `traceparent` of its own",
                "a proxy or service that makes spans and exports them elsewhere",
            ]);
            let place = hop(window, pair.0, pair.1, Some(route));
            let whole = whole(window, pair, None);
            draft(window, claims, confidence, place, &splits, of)
                .with("whole_calls_of_the_hop", Fact::Count(whole))
                .saying(summary)
        })
        .collect()
}
