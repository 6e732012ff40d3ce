//! An exception that was recorded, and nothing failed.

use std::collections::BTreeMap;

use trace_model::{SpanKind, StatusCode};

use crate::{
    finding::{Confidence, Severity},
    rule::{Claims, Draft, Rule, examples, hop, repeated},
    window::{At, Window},
};

pub(super) const RULE: Rule = Rule {
    code: "error-swallowed",
    severity: Severity::Note,
    title: "an exception is recorded on a span without status Error, and the request is answered below 400",
    requires: "3 requests of one route with an exception event on a span whose status is not Error, all answered below 400",
    disproof: "The fallback is a good answer.",
    remedy: "If the work failed: set the span's status to Error, and answer with a 5xx.",
    rust: "#[instrument(err)] sets the status and records the error.",
    find,
};

fn find(window: &Window<'_>, _: &mut Claims) -> Vec<Draft> {
    let mut routes = BTreeMap::<(usize, &str), Vec<At>>::new();
    for at in window.all().filter(|at| window.span(*at).event_count > 0) {
        let Some(request) = window.request(at) else { continue };
        let is_answered_well = |at: At| {
            let status = window.facts(at).status;
            window.kind(at) == SpanKind::Server
                && !window.row(at).has_failed
                && status.is_none_or(|it| it < 400)
        };
        if window.span(at).status.code == StatusCode::Unset
            && window.process(at) == window.process(request)
            && is_answered_well(request)
            && window.span(at).events().any(|event| event.name == "exception")
        {
            routes.entry((window.service(at), window.route(request))).or_default().push(at);
        }
    }
    repeated(routes)
        .map(|((service, route), spans)| {
            let names = spans.iter().map(|at| window.span(*at).name.as_ref());
            let summary = format!(
                "{} records {} exceptions on {route} on spans without status Error, and answers below 400.",
                window.services[service],
                spans.len(),
            );
            let confidence = Confidence::OneOf(vec![
                "the error was swallowed",
                "it was handled, and the fallback is good",
            ]);
            Draft::new(confidence, hop(window, service, service, Some(route)), spans.clone())
                .with("spans", examples(names))
                .saying(summary)
        })
        .collect()
}
