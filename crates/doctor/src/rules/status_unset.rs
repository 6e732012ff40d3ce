//! HTTP spans whose status says less than their status code.

use std::collections::BTreeMap;

use trace_model::{SpanKind, StatusCode};

use crate::{
    finding::{Confidence, Fact, Severity},
    rule::{Claims, Draft, Rule, hop, repeated},
    window::{At, Window},
};

pub(super) const RULE: Rule = Rule {
    code: "status-not-error",
    severity: Severity::Note,
    title: "an HTTP span of a failed request has no status Error",
    requires: "3 server spans with a status code of 500 or above, or client spans with one of 400 or above, of one service \
               and route, whose status is Unset or Ok",
    disproof: "The code is a normal answer here, and the status was set on purpose.",
    remedy: "Set the status to Error: a server's from 500, a client's from 400, as the conventions for HTTP say.",
    rust: "With this workspace's telemetry, both are set.",
    find,
};

fn find(window: &Window<'_>, _: &mut Claims) -> Vec<Draft> {
    let mut routes = BTreeMap::<(usize, u8, &str), Vec<At>>::new();
    for at in window.all().filter(|at| window.span(*at).status.code != StatusCode::Error) {
        let from = match window.kind(at) {
            SpanKind::Server => 500,
            SpanKind::Client => 400,
            _ => continue,
        };
        if window.facts(at).status.is_some_and(|status| status >= from) {
            let key = (window.service(at), window.kind(at).to_otlp(), window.route(at));
            routes.entry(key).or_default().push(at);
        }
    }
    repeated(routes)
        .map(|((service, _, route), spans)| {
            let first = window.facts(spans[0]).status.map_or(0, usize::from);
            let kind = if window.kind(spans[0]) == SpanKind::Server { "server" } else { "client" };
            let summary = format!(
                "{} {kind} spans of {} on {route} failed by their status code ({first}), and have no status Error.",
                spans.len(),
                window.services[service],
            );
            Draft::new(Confidence::Certain, hop(window, service, service, Some(route)), spans)
                .with("status_code", Fact::Count(first))
                .saying(summary)
        })
        .collect()
}
