//! Attributes that the semantic conventions require, and that spans do not have.

use crate::{
    finding::{Confidence, Severity},
    limits,
    rule::{Claims, Draft, Rule, examples, hop},
    window::{At, Window, facts::REQUIRED},
};

pub(super) const RULE: Rule = Rule {
    code: "attribute-missing",
    severity: Severity::Note,
    title: "spans lack an attribute that the semantic conventions require",
    requires: "3 spans of one service that have other attributes of HTTP, database or messaging spans, in the conventions of \
               today or of before, but not this one; and no attribute that was dropped",
    disproof: "A processor or the collector removes the attribute on purpose.",
    remedy: "Set the attribute, or update the instrumentation: searches and dashboards rely on it.",
    rust: "With this workspace's telemetry, spans of the server, the client and the database have all of them.",
    find,
};

fn find(window: &Window<'_>, _: &mut Claims) -> Vec<Draft> {
    // By service and attribute.
    let mut groups = vec![Vec::<At>::new(); window.services.len() * REQUIRED.len()];
    for at in window.all() {
        let missing = window.facts(at).missing().filter(|_| window.span(at).dropped_attributes == 0);
        for key in missing {
            groups[window.service(at) * REQUIRED.len() + key].push(at);
        }
    }
    let groups = groups.into_iter().enumerate().filter(|(_, spans)| spans.len() >= limits::REPEATS);
    groups
        .map(|(group, spans)| {
            let (service, key) = (group / REQUIRED.len(), REQUIRED[group % REQUIRED.len()]);
            let scopes = examples(spans.iter().map(|at| window.facts(*at).scope.as_ref()));
            let summary = format!(
                "{} spans of {} have no {key}, which is required.",
                spans.len(),
                window.services[service]
            );
            Draft::new(Confidence::Certain, hop(window, service, service, Some(key)), spans)
                .with("scopes", scopes)
                .saying(summary)
        })
        .collect()
}
