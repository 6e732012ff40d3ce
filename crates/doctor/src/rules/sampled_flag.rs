//! The sampled flag of a call's two ends differs.

use std::collections::BTreeMap;

use crate::{
    finding::{Confidence, Severity},
    hash::HashSet,
    rule::{Claims, Draft, Rule, ends, hop, only_route, repeated},
    window::{At, Window},
};

pub(super) const RULE: Rule = Rule {
    code: "sampled-flag-changed",
    severity: Severity::Warning,
    title: "the caller's span is flagged as sampled, and the callee's is not",
    requires: "3 calls whose two ends differ in the sampled bit of Span.flags, where the callee's process sets it elsewhere",
    disproof: "The exporter of the callee writes the flag of the parent, and not its own.",
    remedy: "Let proxies pass the flags of traceparent on, and sample by parent: OTEL_TRACES_SAMPLER=parentbased_always_on.",
    rust: "Sampler::ParentBased(Box::new(Sampler::AlwaysOn))",
    find,
};

const SAMPLED: u32 = 1;

fn find(window: &Window<'_>, claims: &mut Claims) -> Vec<Draft> {
    let is_sampled = |at: At| window.span(at).flags & SAMPLED != 0;
    let mut hops = BTreeMap::<(usize, usize), Vec<(At, At)>>::new();
    let calls = window.calls.whole.iter().filter(|call| !claims.has(call.server));
    for call in calls.filter(|call| is_sampled(call.client) && !is_sampled(call.server)) {
        let key = (window.service(call.client), window.service(call.server));
        hops.entry(key).or_default().push((call.client, call.server));
    }
    if hops.is_empty() {
        return Vec::new();
    }
    // Python's SDK never sets the bit.
    let setting: HashSet<usize> =
        window.all().filter(|at| is_sampled(*at)).map(|at| window.process(at)).collect();
    for calls in hops.values_mut() {
        calls.retain(|(_, server)| setting.contains(&window.process(*server)));
    }
    repeated(hops)
        .map(|((from, to), calls)| {
            let spans: Vec<At> = ends(&calls).collect();
            let all = window.calls.whole_hops.get(&(from, to)).map_or(0, Vec::len);
            let route = only_route(window, calls.iter().map(|(_, server)| *server));
            let summary = format!(
                "{} flags {} of {all} requests of {} as not sampled, although their callers are sampled.",
                window.services[to],
                calls.len(),
                window.services[from],
            );
            let confidence = Confidence::OneOf(vec![
                "a proxy or mesh on the way clears the sampled flag of `traceparent`",
                "the callee decides itself, and exports spans that it does not sample",
            ]);
            Draft::new(confidence, hop(window, from, to, route), spans)
                .counted(calls.len(), all)
                .saying(summary)
        })
        .collect()
}
