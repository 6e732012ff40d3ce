//! Something without spans lies between a client and its server, and passes the context on.

use std::collections::BTreeMap;

use crate::{
    finding::{Confidence, Severity},
    limits,
    rule::{Claims, Draft, Rule, examples, hop},
    window::{At, Window},
};

pub(super) const RULE: Rule = Rule {
    code: "hidden-hop",
    severity: Severity::Note,
    title: "a hop without spans lies between a client and its server",
    requires: "3 calls of one route whose client asks for another path at another address than the server answers",
    disproof: "The server has two addresses, and the client's path is rewritten on purpose.",
    remedy: "Trace the hop, if its time and its errors matter.",
    rust: "",
    find,
};

fn find(window: &Window<'_>, claims: &mut Claims) -> Vec<Draft> {
    let mut routes = BTreeMap::<(usize, usize, &str, &str), Vec<At>>::new();
    for call in window.calls.whole.iter().filter(|call| !claims.has(call.server)) {
        let (client, server) = (window.facts(call.client), window.facts(call.server));
        let asked = window.labels(call.client).asked;
        let (Some(asked), Some(own)) = (asked, window.labels(call.server).own) else { continue };
        let paths = (client.path(), server.path());
        if asked != own && paths.0.is_some() && paths.1.is_some() && paths.0 != paths.1 {
            let key = (
                window.service(call.client),
                window.service(call.server),
                window.text(asked),
                window.route(call.server),
            );
            routes.entry(key).or_default().extend([call.client, call.server]);
        }
    }
    let routes = routes.into_iter().filter(|(_, spans)| spans.len() / 2 >= limits::REPEATS);
    routes
        .map(|((from, to, asked, route), spans)| {
            let calls = spans.len() / 2;
            let paths = spans.iter().filter_map(|at| window.facts(*at).path());
            let summary = format!(
                "Between {} and {}, something at {asked} answers without a span: {calls} calls arrive at another address \
                 and path.",
                window.services[from], window.services[to],
            );
            let confidence = Confidence::OneOf(vec![
                "a service without tracing that passes `traceparent` on",
                "a proxy that rewrites addresses and paths",
            ]);
            Draft::new(confidence, hop(window, from, to, Some(route)), spans.clone())
                .counted(calls, calls)
                .with("paths", examples(paths))
                .saying(summary)
        })
        .collect()
}
