//! Several requests below one client span.

use std::collections::BTreeMap;

use trace_model::SpanKind;

use crate::{
    finding::{Confidence, Fact, Severity},
    rule::{Claims, Draft, Rule, hop, repeated},
    window::{At, Window},
};

pub(super) const RULE: Rule = Rule {
    code: "retry-hidden",
    severity: Severity::Note,
    title: "one client span covers several requests",
    requires: "3 clients with several servers of one service and path",
    disproof: "The requests are one request that a load balancer mirrors.",
    remedy: "Put the retry around the instrumented client, so that each attempt is a span.",
    rust: "In reqwest-middleware, add RetryTransientMiddleware before TracingMiddleware: the first one added is outermost.",
    find,
};

fn find(window: &Window<'_>, claims: &mut Claims) -> Vec<Draft> {
    let mut servers = BTreeMap::<At, Vec<At>>::new();
    for call in window.calls.whole.iter().filter(|call| !claims.has(call.server)) {
        servers.entry(call.client).or_default().push(call.server);
    }
    let mut hops = BTreeMap::<(usize, usize, &str), Vec<(At, Vec<At>)>>::new();
    for (client, servers) in servers {
        let what = |at: &At| (window.service(*at), window.facts(*at).path());
        let is_same = servers.iter().all(|server| what(server) == what(&servers[0]));
        if servers.len() > 1 && is_same {
            let key = (window.service(client), window.service(servers[0]), window.route(servers[0]));
            hops.entry(key).or_default().push((client, servers));
        }
    }
    repeated(hops)
        .map(|((from, to, route), calls)| {
            let outlives = |(client, servers): &&(At, Vec<At>)| {
                servers.iter().any(|server| window.end(*server) > window.end(*client))
            };
            let late = calls.iter().filter(outlives).count();
            let spans = calls
                .iter()
                .flat_map(|(client, servers)| [*client].into_iter().chain(servers.iter().copied()));
            let spans: Vec<At> =
                spans.filter(|at| [SpanKind::Client, SpanKind::Server].contains(&window.kind(*at))).collect();
            let summary = format!(
                "{} calls of {} to {} on {route} are several requests each, in one client span.",
                calls.len(),
                window.services[from],
                window.services[to],
            );
            let confidence = Confidence::OneOf(vec![
                "the client tries again below its instrumentation",
                "a proxy or mesh tries again or mirrors requests",
            ]);
            Draft::new(confidence, hop(window, from, to, Some(route)), spans)
                .counted(calls.len(), calls.len())
                .with("requests_that_outlive_the_client", Fact::Count(late))
                .saying(summary)
        })
        .collect()
}
