//! Something without spans lies between two services, and does not pass the context on.

use crate::{
    finding::{Confidence, Severity},
    rule::{Claims, Draft, Rule, hop, only_route, repeated},
    window::{At, Window, splits::Split},
};

use super::split_hops::{Pair, by_hop, draft};

pub(super) const RULE: Rule = Rule {
    code: "untraced-hop",
    severity: Severity::Error,
    title: "a service or proxy without tracing lies between two services, and the trace ends there",
    requires: "3 calls to an address of which no span is known, each paired with a server root of another service: by path, by ids in \
               their paths, or by times that are no coincidence",
    disproof: "The address is the callee's own.",
    remedy: "Trace the service at that address, or let it pass traceparent and tracestate on to its own calls.",
    rust: "",
    find,
};

fn find(window: &Window<'_>, claims: &mut Claims) -> Vec<Draft> {
    let is_about =
        |split: &Split| window.asked(split.client).is_some() && !window.calls.is_owned(window, split.client);
    let hops = by_hop(window, claims, is_about);
    repeated(hops).map(|(pair, splits)| draft_of(window, claims, pair, &splits)).collect()
}

fn draft_of(window: &Window<'_>, claims: &mut Claims, pair: Pair, splits: &[Split]) -> Draft {
    let address = splits.first().and_then(|split| window.asked(split.client));
    let is_alike = |at: &&At| window.service(**at) == pair.0 && window.asked(**at) == address;
    let of = window.calls.unanswered.iter().filter(is_alike).count();
    let summary = format!(
        "{} of {of} calls that {} sends to {} arrive in {} as new traces: what answers there makes no spans and passes no \
         context on.",
        splits.len(),
        window.services[pair.0],
        address.unwrap_or_default(),
        window.services[pair.1],
    );
    let confidence = Confidence::OneOf(vec!["a service without tracing", "a proxy that drops `traceparent`"]);
    let route = only_route(window, splits.iter().map(|split| split.server));
    let place = hop(window, pair.0, pair.1, route);
    draft(window, claims, confidence, place, splits, of.max(splits.len())).saying(summary)
}
