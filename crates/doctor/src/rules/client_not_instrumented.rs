//! A request in whose time another service begins a trace, without a client span for the call.

use std::collections::BTreeMap;

use trace_model::{SpanKind, analysis::ParentOrigin};

use crate::{
    finding::{Confidence, Fact, Severity},
    hash::{HashMap, HashSet},
    limits,
    rule::{Claims, Draft, Rule, ends, examples, hop},
    window::{
        At, Window,
        calls::{by_enclosure, same_id},
        coincidence,
    },
};

pub(super) const RULE: Rule = Rule {
    code: "client-not-instrumented",
    severity: Severity::Error,
    title: "a service calls another one with a client that is not instrumented",
    requires: "3 requests without a client span, each of which encloses one server root of another service and no other: by \
               ports, by ids in their paths, or by times that are no coincidence; and half of the requests of the route",
    disproof: "The callee is called by somebody else at the same times: by a client that asks both, for one. A browser is known by \
               its user agent.",
    remedy: "Instrument this client, or inject the context into its headers by hand.",
    rust: "Call through reqwest-middleware with TracingMiddleware, or inject with \
           opentelemetry::global::get_text_map_propagator into the headers.",
    find,
};

/// Caller and its route, callee and its route.
type Group<'w> = ((usize, &'w str), (usize, &'w str));

fn find(window: &Window<'_>, claims: &mut Claims) -> Vec<Draft> {
    let is_free = |at: &&At| {
        let is_root = window.parent_origin(**at) == ParentOrigin::Root;
        is_root && !claims.has(**at) && window.span(**at).link_count == 0
    };
    let servers: Vec<At> = window.calls.uncalled.iter().filter(is_free).copied().collect();
    if servers.len() < limits::REPEATS {
        return Vec::new();
    }
    let is_request = |at: &At| window.kind(*at) == SpanKind::Server && !claims.has(*at);
    let requests: Vec<At> = window.all().filter(is_request).collect();
    let matching = by_enclosure(
        window,
        &servers,
        &requests,
        |server, request| {
            window.service(server) != window.service(request)
                && !calls_meanwhile(window, request, server)
                // A browser asks several services at once.
                && (!window.facts(server).is_of_browser || is_connected(window, request, server))
        },
        |server, request| is_connected(window, request, server) || same_id(window, request, server).is_some(),
    );
    let mut groups = BTreeMap::<Group<'_>, Vec<(At, At)>>::new();
    for (server, request) in matching.pairs {
        let (server, request) = (servers[server], requests[request]);
        let group = [request, server].map(|at| (window.service(at), window.route(at)));
        groups.entry(group.into()).or_default().push((request, server));
    }
    // Every group is a chance to be wrong. What one group explains, another need not.
    let mut drafts = Vec::new();
    loop {
        let tests = groups.len();
        let (asking, tried) = (count(window, claims, &requests), count(window, claims, &servers));
        let repeated = groups.iter().filter(|(_, pairs)| pairs.len() >= limits::REPEATS);
        let is_believed = |(group, pairs): &(&Group<'_>, &Vec<(At, At)>)| {
            let is_habit = pairs.len() * 2 >= asking[&group.0];
            is_habit && is_no_coincidence(window, pairs, tried[&group.1], tests)
        };
        let believed = repeated.into_iter().find(is_believed);
        let believed = believed.map(|(group, _)| (*group, asking[&group.0]));
        let Some((group, of)) = believed else { return drafts };
        let pairs = groups.remove(&group).unwrap_or_default();
        claims.add(ends(&pairs));
        drafts.push(draft(window, group, pairs, of));
    }
}

/// How many of these spans are unexplained, by service and route.
fn count<'w>(window: &'w Window<'_>, claims: &Claims, spans: &[At]) -> HashMap<(usize, &'w str), usize> {
    let mut counts = HashMap::default();
    for at in spans.iter().filter(|at| !claims.has(**at)) {
        *counts.entry((window.service(*at), window.route(*at))).or_default() += 1;
    }
    counts
}

fn draft(
    window: &Window<'_>,
    ((caller, route), (answering, _)): Group<'_>,
    pairs: Vec<(At, At)>,
    of: usize,
) -> Draft {
    let spans: Vec<At> = ends(&pairs).collect();
    let by_port = pairs.iter().filter(|(request, server)| is_connected(window, *request, *server)).count();
    let paths = pairs.iter().filter_map(|(_, server)| window.facts(*server).path());
    let summary = format!(
        "{} most likely calls {} on {route} with a client that is not instrumented: {} of {of} requests have no client \
         span, and {} begins a trace within each.",
        window.services[caller],
        window.services[answering],
        pairs.len(),
        window.services[answering],
    );
    Draft::new(Confidence::Likely, hop(window, caller, answering, Some(route)), spans)
        .counted(pairs.len(), of)
        .with("pairs_by_connection", Fact::Share { part: by_port, of: pairs.len() })
        .with("callee_paths", examples(paths))
        .joining(pairs)
        .saying(summary)
}

/// Whether the request's own process made a traced call at that time.
fn calls_meanwhile(window: &Window<'_>, request: At, server: At) -> bool {
    let calls = window.calls.of_request.get(&request).map_or(&[][..], Vec::as_slice);
    calls.iter().any(|call| window.begins_within(*call, server))
}

/// Whether the request opened the connection that the server was called on.
fn is_connected(window: &Window<'_>, request: At, server: At) -> bool {
    let ports = window.calls.ports_of_request.get(&request);
    let peer = window.facts(server).peer_port;
    peer.is_some_and(|peer| ports.is_some_and(|ports| ports.contains(&peer)))
}

fn is_no_coincidence(window: &Window<'_>, pairs: &[(At, At)], tried: usize, tests: usize) -> bool {
    if pairs.iter().all(|(request, server)| is_connected(window, *request, *server)) {
        return true;
    }
    let ids: Option<HashSet<&str>> =
        pairs.iter().map(|(request, server)| same_id(window, *request, *server)).collect();
    // An id that comes again and again says little.
    let ids = ids.filter(|ids| ids.len() == pairs.len());
    let requests: Vec<At> = pairs.iter().map(|(request, _)| *request).collect();
    let share = window.share(&requests, ends(pairs));
    let chance = coincidence::of_pairs(pairs.len(), tried, share, ids.as_ref());
    coincidence::of_any(chance, tests) < limits::CHANCE
}
