//! Two server spans for one request.

use std::collections::BTreeMap;

use trace_model::SpanKind;

use crate::{
    finding::{Confidence, Severity},
    limits,
    rule::{Claims, Draft, Rule, ends, examples, hop, only_route, repeated},
    window::{At, Window},
};

pub(super) const RULE: Rule = Rule {
    code: "server-instrumented-twice",
    severity: Severity::Warning,
    title: "a service makes two server spans for each request",
    requires: "3 pairs of server spans of one process, one within the other's time, siblings or parent and child, of two \
               scopes or on one connection",
    disproof: "The service really has two requests at a time: then each has a client span of its own.",
    remedy: "Remove one of the two: most likely the hand-made one, which has no http.route.",
    rust: "Wrap the App in TracingLogger once, and make no span of kind server by hand.",
    find,
};

fn find(window: &Window<'_>, claims: &mut Claims) -> Vec<Draft> {
    let mut services = BTreeMap::<usize, Vec<(At, At)>>::new();
    for at in window.all().filter(|at| window.kind(*at) == SpanKind::Server) {
        let Some(parent) = window.parent(at) else { continue };
        let outer = if window.kind(parent) == SpanKind::Server {
            Some(parent).filter(|_| window.row(at).is_parent_remote != Some(true))
        } else {
            let mut siblings = window.children(parent).take(limits::CANDIDATES);
            siblings.find(|other| other.row < at.row && window.kind(*other) == SpanKind::Server)
        };
        if let Some(outer) = outer.filter(|outer| is_same_request(window, *outer, at)) {
            services.entry(window.service(at)).or_default().push((outer, at));
        }
    }
    repeated(services)
        .map(|(service, pairs)| {
            let spans: Vec<At> = ends(&pairs).collect();
            claims.add(spans.iter().copied());
            let scopes = spans.iter().map(|at| window.facts(*at).scope.as_ref());
            let route = only_route(window, pairs.iter().map(|(outer, _)| *outer));
            let summary = format!(
                "{} makes two server spans for each of {} requests.",
                window.services[service],
                pairs.len()
            );
            let place = hop(window, service, service, route);
            Draft::new(Confidence::Certain, place, spans.clone())
                .counted(pairs.len(), pairs.len())
                .with("scopes", examples(scopes))
                .saying(summary)
        })
        .collect()
}

/// Whether the inner span is another span of the outer's request.
fn is_same_request(window: &Window<'_>, outer: At, inner: At) -> bool {
    let (one, other) = (window.facts(outer), window.facts(inner));
    let is_same_path = one.path().is_none() || other.path().is_none() || one.path() == other.path();
    let is_same_connection = one.peer_port.is_some() && one.peer_port == other.peer_port;
    window.process(outer) == window.process(inner)
        && window.encloses(outer, inner)
        && is_same_path
        && (one.scope != other.scope || is_same_connection)
}
