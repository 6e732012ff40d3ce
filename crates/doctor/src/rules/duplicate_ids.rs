//! One span id for several spans of a trace.

use std::collections::{BTreeMap, BTreeSet};

use trace_model::SpanId;

use crate::{
    finding::{Confidence, Severity},
    hash::HashMap,
    limits,
    rule::{Claims, Draft, Rule, examples, hop},
    window::{At, Window},
};

pub(super) const RULE: Rule = Rule {
    code: "span-ids-repeat",
    severity: Severity::Error,
    title: "different spans have the same id",
    requires: "3 pairs of spans with one trace and span id, one kind and different starts",
    disproof: "An exporter changed the times of a span that it sent again.",
    remedy: "Seed the id generator in each process: after a fork, not before, and never with a constant.",
    rust: "Use the SDK's RandomIdGenerator; a generator with a fixed seed is for tests.",
    find,
};

fn find(window: &Window<'_>, claims: &mut Claims) -> Vec<Draft> {
    let mut services = BTreeMap::<usize, Vec<At>>::new();
    for trace in 0..window.traces.len() {
        let mut known = HashMap::<SpanId, At>::default();
        for at in window.rows_of(trace) {
            let first = *known.entry(window.span(at).span_id).or_insert(at);
            // Zipkin's client and server share an id; they differ in kind.
            let is_twin = first != at
                && window.kind(first) == window.kind(at)
                && window.start(first) != window.start(at);
            if is_twin {
                services.entry(window.service(at)).or_default().extend([first, at]);
            }
        }
    }
    let services = services.into_iter().filter(|(_, spans)| spans.len() / 2 >= limits::REPEATS);
    services
        .map(|(service, spans)| {
            let pairs = spans.len() / 2;
            // Nothing in these traces is where it belongs.
            let traces: BTreeSet<usize> = spans.iter().map(|at| at.trace).collect();
            for trace in traces {
                claims.add(window.rows_of(trace));
            }
            let names = spans.iter().map(|at| window.span(*at).name.as_ref());
            let summary = format!(
                "{} gives {pairs} spans an id that another span of the trace has.",
                window.services[service]
            );
            let confidence = Confidence::OneOf(vec![
                "a process was forked after the id generator was seeded",
                "the generator has a fixed seed",
            ]);
            Draft::new(confidence, hop(window, service, service, None), spans.clone())
                .counted(pairs, pairs)
                .with("names", examples(names))
                .saying(summary)
        })
        .collect()
}
