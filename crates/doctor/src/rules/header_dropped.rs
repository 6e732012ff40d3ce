//! A hop that loses the context on one route and keeps it on another.

use crate::{
    finding::{Confidence, Fact, Severity},
    limits,
    rule::{Claims, Draft, Rule, hop},
    window::{Window, splits::Split},
};

use super::split_hops::{by_route, draft, on, whole};

pub(super) const RULE: Rule = Rule {
    code: "header-dropped-on-route",
    severity: Severity::Error,
    title: "the context is lost between two services on one route, and kept on another",
    requires: "3 split calls of one route, and 3 whole calls between the same two services",
    disproof: "The caller sends the requests of this route with another client than the others.",
    remedy: "Let the proxy pass traceparent and tracestate on for this route, or use the instrumented client for it, too.",
    rust: "Send this route's requests with the reqwest-middleware client that has TracingMiddleware.",
    find,
};

fn find(window: &Window<'_>, claims: &mut Claims) -> Vec<Draft> {
    let routes = by_route(window, claims, |_| true);
    let is_about = |pair, splits: &[Split]| {
        splits.len() >= limits::REPEATS && whole(window, pair, None) >= limits::REPEATS
    };
    let routes = routes.into_iter().filter(|((pair, _), splits)| is_about(*pair, splits));
    routes
        .map(|((pair, route), splits)| {
            let of = splits.len() + whole(window, pair, Some(&route));
            let whole = whole(window, pair, None);
            let summary = format!(
                "The context is lost between {} and {}{} in {} of {of} calls, while {whole} other calls between them keep \
                 it: most likely a proxy on the way drops `traceparent`.",
                window.services[pair.0],
                window.services[pair.1],
                on(Some(&route)),
                splits.len(),
            );
            let place = hop(window, pair.0, pair.1, Some(route));
            draft(window, claims, Confidence::Likely, place, &splits, of)
                .with("whole_calls_of_the_hop", Fact::Count(whole))
                .saying(summary)
        })
        .collect()
}
