//! Callers outside that send a `traceparent` of their own.

use std::collections::BTreeMap;

use trace_model::analysis::ParentOrigin;

use crate::{
    finding::{Confidence, Hop, Severity},
    rule::{Claims, Draft, Rule, only_route, plural},
    window::{At, Window},
};

pub(super) const RULE: Rule = Rule {
    code: "caller-outside",
    severity: Severity::Note,
    title: "a caller outside of this system sends a `traceparent`",
    requires: "a request whose parent is not in its trace, which has no other beginning and no call that led there",
    disproof: "The caller is a service of this system: then its spans are missing.",
    remedy: "Nothing, if the caller is a browser, a partner or curl. Else check where it exports to.",
    rust: "With this workspace's telemetry: TELEMETRY_INBOUND=link starts a trace of its own for such requests.",
    find,
};

fn find(window: &Window<'_>, claims: &mut Claims) -> Vec<Draft> {
    let mut services = BTreeMap::<usize, Vec<At>>::new();
    let is_outside = |at: &At| window.parent_origin(*at) == ParentOrigin::Outside && !claims.has(*at);
    for at in window.all().filter(is_outside) {
        services.entry(window.service(at)).or_default().push(at);
    }
    let draft = |(service, spans): (usize, Vec<At>)| {
        let name = window.services[service].clone();
        let continues = if spans.len() == 1 { "continues" } else { "continue" };
        let requests = plural(spans.len(), "request");
        let summary = format!("{requests} of {name} {continues} the trace of a caller outside.");
        let place = Hop {
            from: None,
            to: Some(name),
            route: only_route(window, spans.iter().copied()).map(str::to_owned),
        };
        Draft::new(Confidence::Likely, place, spans).saying(summary)
    };
    services.into_iter().map(draft).collect()
}
