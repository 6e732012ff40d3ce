//! Spans without a service name.

use crate::{
    finding::{Confidence, Severity},
    rule::{Claims, Draft, Rule, hop, spans_text},
    window::{At, Window},
};

pub(super) const RULE: Rule = Rule {
    code: "service-name-missing",
    severity: Severity::Warning,
    title: "a process has no service name",
    requires: "a resource without service.name, or with the default `unknown_service`",
    disproof: "Nothing: the name is missing.",
    remedy: "Set OTEL_SERVICE_NAME.",
    rust: "",
    find,
};

fn find(window: &Window<'_>, _: &mut Claims) -> Vec<Draft> {
    let is_unknown = |name: &str| name.split(':').next() == Some("unknown_service");
    let unknown = (0..window.services.len()).filter(|service| is_unknown(&window.services[*service]));
    unknown
        .map(|service| {
            let spans: Vec<At> = window.spans_of(service).collect();
            let summary = format!(
                "A process without a service name ({}) sent {}.",
                window.services[service],
                spans_text(spans.len())
            );
            Draft::new(Confidence::Certain, hop(window, service, service, None), spans).saying(summary)
        })
        .collect()
}
