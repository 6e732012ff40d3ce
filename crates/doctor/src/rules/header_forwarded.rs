//! A service that forwards the incoming `traceparent` beside its own.

use std::collections::BTreeMap;

use trace_model::SpanKind;

use crate::{
    finding::{Confidence, Severity},
    limits,
    rule::{Claims, Draft, Rule, ends, hop, repeated},
    window::{
        At, Window,
        calls::{is_asked_at, is_same_path},
    },
};

pub(super) const RULE: Rule = Rule {
    code: "incoming-header-forwarded",
    severity: Severity::Error,
    title: "a service forwards the `traceparent` that it received, so its callee hangs below the caller's caller",
    requires: "3 clients with servers in two services, the second of which lies within an unanswered client of the first that \
               asks for the same",
    disproof: "The client really calls both services.",
    remedy: "Do not copy incoming headers to outgoing requests, or leave out traceparent and tracestate.",
    rust: "Copy named headers only, never the whole HeaderMap of the request.",
    find,
};

fn find(window: &Window<'_>, claims: &mut Claims) -> Vec<Draft> {
    let mut hops = BTreeMap::<(usize, usize), Vec<(At, At)>>::new();
    for client in window.calls.unanswered.iter().filter(|at| !claims.has(**at)) {
        let Some(above) = window.request(*client).and_then(|request| window.parent(request)) else {
            continue;
        };
        let mut servers = window.children(above).take(limits::OPEN_SPANS).filter(|server| {
            window.kind(*server) == SpanKind::Server
                && window.service(*server) != window.service(*client)
                && window.begins_within(*client, *server)
                && (is_asked_at(window, *client, *server) || is_same_path(window, *client, *server))
        });
        if let (SpanKind::Client, Some(server), None) = (window.kind(above), servers.next(), servers.next()) {
            hops.entry((window.service(*client), window.service(server)))
                .or_default()
                .push((*client, server));
        }
    }
    repeated(hops).map(|((from, to), pairs)| {
        let spans: Vec<At> = ends(&pairs).collect();
        claims.add(spans.iter().copied());
        let summary = format!(
            "{} forwards the `traceparent` that it received in {} calls to {}: the callee hangs below the caller's caller.",
            window.services[from],
            pairs.len(),
            window.services[to],
        );
        Draft::new(Confidence::Likely, hop(window, from, to, None), spans)
            .counted(pairs.len(), pairs.len())
            .saying(summary)
    })
    .collect()
}
