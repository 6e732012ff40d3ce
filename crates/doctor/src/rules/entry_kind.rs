//! Spans that were called by another process, and are no servers or consumers.

use std::collections::BTreeMap;

use trace_model::SpanKind;

use crate::{
    finding::{Confidence, Severity},
    rule::{Claims, Draft, Rule, examples, hop, repeated},
    window::{At, Window},
};

pub(super) const RULE: Rule = Rule {
    code: "entry-span-of-wrong-kind",
    severity: Severity::Note,
    title: "the first span of a service in a trace is neither SERVER nor CONSUMER",
    requires: "3 spans of one service whose parent is a client in another process, by Span.flags and in the trace, and whose \
               kind is another",
    disproof: "The parent's process is the same, and its resource changed.",
    remedy: "Give the span that continues a remote context the kind SERVER, or CONSUMER for a message.",
    rust: "otel.kind = \"server\" as a field of the tracing span.",
    find,
};

fn find(window: &Window<'_>, claims: &mut Claims) -> Vec<Draft> {
    let mut hops = BTreeMap::<(usize, usize), Vec<At>>::new();
    for at in window.all().filter(|at| !claims.has(*at)) {
        let is_entry = matches!(window.kind(at), SpanKind::Server | SpanKind::Consumer);
        let Some(parent) = window.parent(at).filter(|_| !is_entry) else { continue };
        if window.row(at).is_parent_remote == Some(true)
            && window.kind(parent) == SpanKind::Client
            && window.service(parent) != window.service(at)
        {
            hops.entry((window.service(parent), window.service(at))).or_default().push(at);
        }
    }
    repeated(hops)
        .map(|((from, to), spans)| {
            let names = examples(spans.iter().map(|at| window.span(*at).name.as_ref()));
            let summary = format!(
                "{} continues {} calls of {} with spans that are neither SERVER nor CONSUMER.",
                window.services[to],
                spans.len(),
                window.services[from],
            );
            Draft::new(Confidence::Certain, hop(window, from, to, None), spans)
                .with("names", names)
                .saying(summary)
        })
        .collect()
}
