//! A server below the caller's request instead of below the caller's client span.

use std::collections::BTreeMap;

use trace_model::SpanKind;

use crate::{
    finding::{Confidence, Severity},
    rule::{Claims, Draft, Rule, ends, hop, only_route, repeated},
    window::{At, Window, calls::is_asked_at},
};

pub(super) const RULE: Rule = Rule {
    code: "injected-before-client-span",
    severity: Severity::Error,
    title: "the headers are injected before the client span begins, so the callee hangs beside it",
    requires: "3 servers below a span of another service that is no client, each within an unanswered client beside it that \
               asks for the same",
    disproof: "The client span is of another call.",
    remedy: "Inject the headers inside the client span.",
    rust: "Inject in a middleware of reqwest-middleware that runs after TracingMiddleware, not before the request is built.",
    find,
};

fn find(window: &Window<'_>, claims: &mut Claims) -> Vec<Draft> {
    let mut beside = BTreeMap::<At, Vec<At>>::new();
    for client in window.calls.unanswered.iter().filter(|at| !claims.has(**at)) {
        if let Some(parent) = window.parent(*client) {
            beside.entry(parent).or_default().push(*client);
        }
    }
    let mut hops = BTreeMap::<(usize, usize), Vec<(At, At)>>::new();
    for (parent, clients) in beside.iter().filter(|(parent, _)| window.kind(**parent) != SpanKind::Client) {
        let servers = window.children(*parent).filter(|child| {
            window.kind(*child) == SpanKind::Server && window.service(*child) != window.service(*parent)
        });
        for server in servers.filter(|server| !claims.has(*server)) {
            let asks = |client: &&At| {
                let [one, other] = [**client, server].map(|at| window.facts(at).path());
                window.begins_within(**client, server)
                    && (is_asked_at(window, **client, server) || (one.is_some() && one == other))
            };
            let mut asking = clients.iter().filter(asks);
            if let (Some(client), None) = (asking.next(), asking.next()) {
                let hop = (window.service(*client), window.service(server));
                hops.entry(hop).or_default().push((*client, server));
            }
        }
    }
    repeated(hops).map(|((from, to), pairs)| {
        let spans: Vec<At> = ends(&pairs).collect();
        claims.add(spans.iter().copied());
        let whole = window.calls.whole_hops.get(&(from, to)).map_or(0, Vec::len);
        let route = only_route(window, pairs.iter().map(|(_, server)| *server));
        let summary = format!(
            "{} injects the headers of {} of {} calls to {} before its client span begins: the callee hangs beside it.",
            window.services[from],
            pairs.len(),
            pairs.len() + whole,
            window.services[to],
        );
        Draft::new(Confidence::Certain, hop(window, from, to, route), spans)
            .counted(pairs.len(), pairs.len() + whole)
            .saying(summary)
    })
    .collect()
}
