//! A hop that loses the context on one route and keeps it on another.

use crate::{
    finding::{Confidence, Fact, Severity},
    limits,
    rule::{Claims, Draft, Rule, examples, hop},
    window::{Window, splits::Split},
};

use super::split_hops::{by_route, draft, on, whole};

pub(super) const RULE: Rule = Rule {
    code: "header-dropped-on-route",
    severity: Severity::Error,
    title: "the context is lost between two services on one route, and kept on another",
    requires: "3 split calls of one route, no whole one of it, and 3 whole calls between the same two services; a proxy is \
               likely only where the calls arrive at another port than was asked",
    disproof: "The caller sends the requests of this route with another client than the others.",
    remedy: "Let the proxy pass traceparent and tracestate on for this route, or use the instrumented client for it, too.",
    rust: "Send this route's requests with the reqwest-middleware client that has TracingMiddleware.",
    find,
};

const CANDIDATES: [&str; 3] = [
    "a proxy on the way drops `traceparent`",
    "the caller sends none, an invalid one or two of them on this route",
    "the callee does not extract it on this route",
];

fn find(window: &Window<'_>, claims: &mut Claims) -> Vec<Draft> {
    let routes = by_route(window, claims, |_| true);
    let is_about = |pair, splits: &[Split]| {
        splits.len() >= limits::REPEATS && whole(window, pair, None) >= limits::REPEATS
    };
    let routes = routes
        .into_iter()
        .filter(|((pair, route), splits)| is_about(*pair, splits) && whole(window, *pair, Some(route)) == 0);
    routes
        .map(|((pair, route), splits)| {
            let of = splits.len();
            let whole = whole(window, pair, None);
            let (confidence, why) = if splits.iter().all(|split| is_relayed(window, split)) {
                (Confidence::Likely, ": most likely a proxy on the way drops `traceparent`")
            } else {
                (Confidence::OneOf(CANDIDATES.to_vec()), "")
            };
            let summary = format!(
                "The context is lost between {} and {}{} in {of} of {of} calls, while {whole} other calls between them keep \
                 it{why}.",
                window.services[pair.0],
                window.services[pair.1],
                on(Some(route)),
            );
            let place = hop(window, pair.0, pair.1, Some(route));
            let scopes = splits.iter().map(|split| window.facts(split.client).scope.as_ref());
            draft(window, claims, confidence, place, &splits, of)
                .with("client_scopes", examples(scopes))
                .with("whole_calls_of_the_hop", Fact::Count(whole))
                .saying(summary)
        })
        .collect()
}

/// Whether the call arrived at another port than the client asked: something lies between.
fn is_relayed(window: &Window<'_>, split: &Split) -> bool {
    let asked = window.facts(split.client).asked().map(|asked| asked.port);
    let served = window.facts(split.server).server_port();
    asked.is_some() && served.is_some() && asked != served
}
