//! Two client spans inside each other, of which the outer one's headers arrive.

use std::collections::BTreeMap;

use trace_model::SpanKind;

use crate::{
    finding::{Confidence, Severity},
    rule::{Claims, Draft, Rule, hop, only_route, repeated},
    window::{
        At, Window,
        calls::{is_asked_at, is_same_path},
    },
};

pub(super) const RULE: Rule = Rule {
    code: "header-injected-twice",
    severity: Severity::Warning,
    title: "two client spans lie inside each other for each call, and the callee hangs below the outer one",
    requires: "3 servers below a client that has one other client of its process inside it, unanswered, which asks for the \
               same while the server begins",
    disproof: "The inner client really makes another request.",
    remedy: "Instrument the client once. Where two layers inject, the last one must replace the header and not keep it.",
    rust: "Add TracingMiddleware once, and inject with HeaderMap::insert, not append.",
    find,
};

fn find(window: &Window<'_>, claims: &mut Claims) -> Vec<Draft> {
    let mut hops = BTreeMap::<(usize, usize), Vec<[At; 3]>>::new();
    for (outer, inner) in nested(window, claims) {
        let mut servers = window.children(outer).filter(|server| {
            window.kind(*server) == SpanKind::Server
                && window.begins_within(inner, *server)
                && (is_asked_at(window, inner, *server) || is_same_path(window, inner, *server))
        });
        if let (Some(server), None) = (servers.next(), servers.next()) {
            let key = (window.service(outer), window.service(server));
            hops.entry(key).or_default().push([outer, inner, server]);
        }
    }
    repeated(hops)
        .map(|((from, to), calls)| {
            let spans: Vec<At> = calls.iter().flatten().copied().collect();
            claims.add(spans.iter().copied());
            let route = only_route(window, calls.iter().map(|[_, _, server]| *server));
            let summary = format!(
                "{} makes two client spans inside each other for {} calls to {}, and the outer one's headers arrive.",
                window.services[from],
                calls.len(),
                window.services[to],
            );
            Draft::new(Confidence::Likely, hop(window, from, to, route), spans)
                .counted(calls.len(), calls.len())
                .saying(summary)
        })
        .collect()
}

/// Clients that have exactly one unanswered client of their process inside them, with it.
fn nested(window: &Window<'_>, claims: &Claims) -> Vec<(At, At)> {
    let mut pairs = Vec::new();
    for inner in window.calls.unanswered.iter().filter(|at| !claims.has(**at)) {
        let outer = window.parent(*inner).filter(|outer| is_call_of_process(window, *outer, *inner));
        if let Some(outer) = outer {
            pairs.push((outer, *inner));
        }
    }
    pairs.sort_unstable();
    let of_outer = pairs.chunk_by(|one, other| one.0 == other.0);
    of_outer.filter_map(|inner| if let [only] = inner { Some(*only) } else { None }).collect()
}

fn is_call_of_process(window: &Window<'_>, outer: At, inner: At) -> bool {
    window.process(outer) == window.process(inner) && window.facts(outer).is_call(window.kind(outer))
}
