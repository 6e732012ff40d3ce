//! Spans that failed by an exception of which there is no event.

use std::collections::BTreeMap;

use trace_model::StatusCode;

use crate::{
    finding::{Confidence, Severity},
    hash::HashSet,
    rule::{Claims, Draft, Rule, examples, hop, repeated},
    window::{At, Window},
};

pub(super) const RULE: Rule = Rule {
    code: "exception-not-recorded",
    severity: Severity::Note,
    title: "a span failed with an exception that no event of its trace records",
    requires: "3 spans of one name whose error.type is the name of a type, without an exception event in the service's part \
               of the trace, in a service that records 3 other exceptions as events",
    disproof: "The exception is in the logs, with the id of the span.",
    remedy: "Record the exception where it is caught, once, as an event or as a log record with the span's context.",
    rust: "#[instrument(err)], or tracing::error! inside the span.",
    find,
};

fn find(window: &Window<'_>, _: &mut Claims) -> Vec<Draft> {
    // A service and a trace.
    let mut recorded = HashSet::<(usize, usize)>::default();
    let mut habits = BTreeMap::<usize, Vec<At>>::new();
    for at in window.all().filter(|at| window.span(*at).event_count > 0) {
        if window.span(at).events().any(|event| event.name == "exception") {
            recorded.insert((window.service(at), at.trace));
            habits.entry(window.service(at)).or_default().push(at);
        }
    }
    let habits: HashSet<usize> = repeated(habits).map(|(service, _)| service).collect();
    let mut names = BTreeMap::<(usize, &str), Vec<At>>::new();
    for at in window.all().filter(|at| window.span(*at).status.code == StatusCode::Error) {
        let service = window.service(at);
        let is_silent = habits.contains(&service) && !recorded.contains(&(service, at.trace));
        if is_silent && exception(window, at).is_some() {
            names.entry((service, window.span(at).name.as_ref())).or_default().push(at);
        }
    }
    repeated(names)
        .map(|((service, name), spans)| {
            let types = examples(spans.iter().filter_map(|at| exception(window, *at)));
            let summary = format!(
                "{} spans \"{name}\" of {} failed by an exception, and their traces have no event of it.",
                spans.len(),
                window.services[service],
            );
            let confidence = Confidence::OneOf(vec!["it was not recorded", "it is recorded as a log record"]);
            Draft::new(confidence, hop(window, service, service, Some(name)), spans)
                .with("error_types", types)
                .saying(summary)
        })
        .collect()
}

/// `error.type`, where it is the name of a type and neither a status code nor a word such as `timeout`.
fn exception(window: &Window<'_>, at: At) -> Option<String> {
    let mut attributes = window.span(at).attributes();
    let value = attributes.find(|attribute| attribute.key == "error.type")?.value;
    let text = value.as_str()?;
    let is_type = text.ends_with("Exception")
        || text.ends_with("Error")
        || text.contains("::")
        || text.split('.').count() > 1;
    is_type.then(|| text.to_owned())
}
