//! A server below the caller's request instead of below the caller's client span.

use std::collections::BTreeMap;

use trace_model::SpanKind;

use crate::{
    finding::{Confidence, Severity},
    limits,
    rule::{Claims, Draft, Rule, ends, hop, only_route, repeated},
    window::{
        At, Window,
        calls::{is_asked_at, is_same_path},
    },
};

pub(super) const RULE: Rule = Rule {
    code: "injected-before-client-span",
    severity: Severity::Error,
    title: "the headers are injected before the client span begins, so the callee hangs beside it",
    requires: "3 SERVER spans whose parent is a span of another service and no CLIENT span, each within the time of a CLIENT span \
               beside it that calls the same address and path and has no SERVER span below it",
    disproof: "The client span is of another call.",
    remedy: "Inject the headers inside the client span.",
    rust: "Inject in a middleware of reqwest-middleware that runs after TracingMiddleware, not before the request is built.",
    find,
};

fn find(window: &Window<'_>, claims: &mut Claims) -> Vec<Draft> {
    // By parent that is no client, the servers of other services below it.
    let mut beside = BTreeMap::<At, Vec<At>>::new();
    for server in window.all().filter(|at| window.kind(*at) == SpanKind::Server && !claims.has(*at)) {
        let parent = window.parent(server).filter(|parent| window.kind(*parent) != SpanKind::Client);
        if let Some(parent) = parent.filter(|parent| window.service(*parent) != window.service(server)) {
            beside.entry(parent).or_default().push(server);
        }
    }
    let mut hops = BTreeMap::<(usize, usize), Vec<(At, At)>>::new();
    for (parent, servers) in beside {
        let is_free = |at: &At| !claims.has(*at) && window.calls.is_unanswered(*at);
        let clients: Vec<At> = window.children(parent).filter(is_free).collect();
        for server in servers {
            let asks = |client: &&At| {
                (is_asked_at(window, **client, server) || is_same_path(window, **client, server))
                    && window.begins_within(**client, server)
            };
            let begun = clients.partition_point(|client| window.start(*client) <= window.start(server));
            let mut asking = clients[..begun].iter().rev().take(limits::OPEN_SPANS).filter(asks);
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
