//! A client span that never arrives, although its server does.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    finding::{Confidence, Severity},
    rule::{Claims, Draft, Rule, hop, repeated},
    window::{
        At, Window,
        losses::{Loss, Lost, Shape},
    },
};

pub(super) const RULE: Rule = Rule {
    code: "client-span-missing",
    severity: Severity::Error,
    title: "the client spans of some calls never arrive, although the request around them and the callee's spans do",
    requires: "3 traces in which a server of one route has a remote parent that is missing, its only known caller has a \
               request open then, and nothing else of that caller is missing",
    disproof: "Other spans of the caller are missing, too, or the missing spans arrive later.",
    remedy: "End the client span on every path: when the body is dropped, on time-outs, and when the future is cancelled.",
    rust: "Keep the span in the future or body that it measures, so that dropping it ends the span.",
    find,
};

fn find(window: &Window<'_>, claims: &mut Claims) -> Vec<Draft> {
    let mut routes = BTreeMap::<(usize, usize, &str), Vec<At>>::new();
    let mut places = BTreeMap::<usize, BTreeSet<(usize, &str)>>::new();
    for loss in window.losses.iter().filter(|loss| loss.shape != Shape::NoAnswer && !claims.has(loss.first()))
    {
        let Lost::Service(caller) = loss.lost else { continue };
        let server = loss.first();
        let place = (window.service(server), window.route(server));
        places.entry(caller).or_default().insert(place);
        if is_about(window, loss, caller) {
            routes.entry((caller, place.0, place.1)).or_default().push(server);
        }
    }
    routes.retain(|(caller, ..), servers| {
        let traces: BTreeSet<usize> = servers.iter().map(|at| at.trace).collect();
        places[caller].len() == 1 && traces.len() == servers.len()
    });
    repeated(routes)
        .map(|((from, to, route), servers)| {
            claims.add(servers.iter().copied());
            let whole = window.calls.whole_hops.get(&(from, to)).map_or(&[][..], Vec::as_slice);
            let whole = whole.iter().filter(|call| window.route(call.server) == route).count();
            let all = servers.len() + whole;
            let summary = format!(
                "The client spans of {} are missing in {} of {all} calls to {} on {route}, while its other spans arrive.",
                window.services[from],
                servers.len(),
                window.services[to],
            );
            let confidence = Confidence::OneOf(vec![
                "the client span is never ended on some path",
                "it is dropped or filtered before the export",
            ]);
            Draft::new(confidence, hop(window, from, to, Some(route)), servers.clone())
                .counted(servers.len(), all)
                .saying(summary)
        })
        .collect()
}

/// Whether a call of the caller's request led to the orphan, and only its client span is missing.
fn is_about(window: &Window<'_>, loss: &Loss, caller: usize) -> bool {
    let server = loss.first();
    loss.shape == Shape::RemoteParent
        && loss.via.is_none()
        && loss.at.len() == 1
        && caller != window.service(server)
        && window.requests_in(server.trace, caller).any(|request| window.begins_within(request, server))
}
