//! A span that ends before it starts.

use std::collections::BTreeMap;

use crate::{
    finding::{Confidence, Severity},
    rule::{Claims, Draft, Rule, examples, hop, spans_text},
    window::{At, Window},
};

pub(super) const RULE: Rule = Rule {
    code: "end-before-start",
    severity: Severity::Warning,
    title: "a span ends before it starts",
    requires: "an end earlier than the start by more than the clock's granularity",
    disproof: "The clock of the process was set back at that moment.",
    remedy: "Let the SDK set both times, or give it both in the right order.",
    rust: "",
    find,
};

fn find(window: &Window<'_>, claims: &mut Claims) -> Vec<Draft> {
    let mut services = BTreeMap::<usize, Vec<At>>::new();
    for at in window.all().filter(|at| !claims.has(*at)) {
        let span = window.span(at);
        let is_before = span.end.as_unix() + window.slack(at) < span.start.as_unix();
        if is_before && !span.end.is_unset() && !window.is_time_wrong(at) {
            services.entry(window.service(at)).or_default().push(at);
        }
    }
    let draft = |(service, spans): (usize, Vec<At>)| {
        claims.add(spans.iter().copied());
        let names = spans.iter().map(|at| window.span(*at).name.as_ref());
        let summary = format!(
            "{} has {} with an end before the start.",
            window.services[service],
            spans_text(spans.len())
        );
        let confidence =
            Confidence::OneOf(vec!["start and end are swapped", "the end is a time from before the work"]);
        Draft::new(confidence, hop(window, service, service, None), spans.clone())
            .with("names", examples(names))
            .saying(summary)
    };
    services.into_iter().map(draft).collect()
}
