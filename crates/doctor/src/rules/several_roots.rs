//! A trace with several beginnings.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    finding::{Confidence, Fact, Severity},
    rule::{Claims, Draft, Rule, examples, hop, plural},
    window::{At, Window},
};

pub(super) const RULE: Rule = Rule {
    code: "several-roots",
    severity: Severity::Warning,
    title: "one trace has several roots",
    requires: "two spans of one trace that name no parent, not even an invalid one",
    disproof: "A sender removed the parent ids on purpose, or Zipkin's spans were converted without them.",
    remedy: "Give each request an id of its own, from a random generator; where the root belongs below another one, hand on \
             the whole context and not only the trace id.",
    rust: "Start a span with a parent context (SpanBuilder::start_with_context), not with_trace_id alone.",
    find,
};

fn find(window: &Window<'_>, claims: &mut Claims) -> Vec<Draft> {
    let mut services = BTreeMap::<(usize, usize), Vec<Vec<At>>>::new();
    for trace in 0..window.traces.len() {
        let rows = window.traces[trace].rows.roots().map(|row| At { trace, row });
        let is_root = |at: &At| {
            let span = window.span(*at);
            span.parent.is_none() && !span.invalid_parent && !claims.has(*at)
        };
        let mut roots: Vec<At> = rows.filter(is_root).collect();
        roots.sort_unstable_by_key(|at| (window.start(*at), *at));
        let [first, second, ..] = roots[..] else { continue };
        let ids: BTreeSet<_> = roots.iter().map(|at| window.span(*at).span_id).collect();
        if ids.len() == roots.len() {
            services.entry((window.service(first), window.service(second))).or_default().push(roots);
        }
    }
    let draft = |((first, second), traces): ((usize, usize), Vec<Vec<At>>)| {
        let spans: Vec<At> = traces.iter().flatten().copied().collect();
        claims.add(spans.iter().copied());
        let apart = traces.iter().map(|roots| window.start(roots[1]) - window.start(roots[0]));
        let apart = i64::try_from(apart.max().unwrap_or_default()).unwrap_or(i64::MAX);
        let names = examples(spans.iter().map(|at| window.span(*at).name.as_ref()));
        let summary = format!(
            "{} {} {} spans without a parent, the first of {} and the next of {}.",
            plural(traces.len(), "trace"),
            if traces.len() == 1 { "has" } else { "have" },
            spans.len(),
            window.services[first],
            window.services[second],
        );
        let confidence = Confidence::OneOf(vec![
            "unrelated requests have the same trace id",
            "one of them belongs below another, and its parent id was not handed on",
        ]);
        Draft::new(confidence, hop(window, first, second, None), spans)
            .counted(traces.len(), traces.len())
            .with("most_time_between_the_first_two", Fact::Duration(apart))
            .with("names", names)
            .saying(summary)
    };
    services.into_iter().map(draft).collect()
}
