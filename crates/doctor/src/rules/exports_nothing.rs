//! A hop that continues traces and makes spans, none of which arrive: never, or for a while.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    finding::{Confidence, Fact, Hop, Severity},
    limits,
    rule::{Claims, Draft, Rule, examples, plural},
    window::{
        At, Window,
        losses::{Loss, Lost, Shape},
    },
};

pub(super) const RULE: Rule = Rule {
    code: "service-exports-nothing",
    severity: Severity::Error,
    title: "a service continues the traces, and none of its spans arrive",
    requires: "3 traces in which a call has no SERVER span, while a SERVER span further on has a remote parent that is missing, and \
               no span of the service was received from the first to the last of them. Or 3 calls to a known service have no \
               SERVER span, with one process of it before and another after",
    disproof: "A span arrives that the service recorded in that time.",
    remedy: "Check where the service exports to (OTEL_EXPORTER_OTLP_ENDPOINT), and that it flushes before it stops; shorten \
             the batch delay (OTEL_BSP_SCHEDULE_DELAY).",
    rust: "Call the tracer provider's shutdown before main returns, on SIGTERM, too.",
    find,
};

fn find(window: &Window<'_>, claims: &mut Claims) -> Vec<Draft> {
    let mut by_lost = BTreeMap::<(usize, Lost), Vec<&Loss>>::new();
    for loss in
        window.losses.iter().filter(|loss| loss.shape != Shape::LocalParent && !claims.has(loss.first()))
    {
        if let Some(via) = loss.via {
            by_lost.entry((window.service(via), loss.lost)).or_default().push(loss);
        }
    }
    let mut drafts = Vec::new();
    for ((from, lost), losses) in by_lost {
        let continued: BTreeSet<usize> = losses
            .iter()
            .filter(|loss| loss.shape != Shape::NoAnswer)
            .map(|loss| loss.first().trace)
            .collect();
        let is_known = matches!(lost, Lost::Service(_));
        if continued.len() >= limits::REPEATS || (is_known && losses.len() >= limits::REPEATS) {
            let is_continued = continued.len() >= limits::REPEATS;
            drafts.extend(draft(window, claims, from, &lost, &losses, is_continued));
        }
    }
    drafts
}

fn draft(
    window: &Window<'_>,
    claims: &mut Claims,
    from: usize,
    lost: &Lost,
    losses: &[&Loss],
    is_continued: bool,
) -> Option<Draft> {
    let ends = |loss: &&Loss| loss.at.iter().copied().chain(loss.via).collect::<Vec<At>>();
    let mut spans: Vec<At> = losses.iter().flat_map(ends).collect();
    spans.sort_unstable();
    spans.dedup();
    let times = || spans.iter().map(|at| window.start(*at));
    let (begin, until) = (times().min()?, times().max()?);
    let below =
        losses.iter().filter(|loss| loss.shape != Shape::NoAnswer).map(|loss| window.service(loss.first()));
    let below: BTreeSet<usize> = below.collect();
    let (to, name, confidence) = match lost {
        Lost::Address(address) => (None, format!("the service at {}", window.text(*address)), never()),
        Lost::Service(service) => {
            let own: Vec<At> = window.spans_of(*service).collect();
            // A span of the service from that time: it exported.
            if own.iter().any(|at| window.start(*at) > begin && window.start(*at) < until) {
                return None;
            }
            let processes = |is_before: bool| -> BTreeSet<usize> {
                let then = own.iter().filter(|at| (window.start(**at) <= begin) == is_before);
                then.map(|at| window.process(*at)).collect()
            };
            let (before, after) = (processes(true), processes(false));
            let is_new = !after.is_empty() && before.is_disjoint(&after);
            let confidence = if is_new { Confidence::Likely } else { for_a_while() };
            (Some(window.services[*service].clone()), window.services[*service].clone(), confidence)
        }
        Lost::Unknown => return None,
    };
    // That nothing answers may have other reasons; that another process follows shows what happened.
    if !is_continued && confidence != Confidence::Likely {
        return None;
    }
    claims.add(spans.iter().copied());
    let traces: BTreeSet<usize> = spans.iter().map(|at| at.trace).collect();
    let summary = match confidence {
        Confidence::Likely => format!(
            "All spans of {name} are missing in {}, and another process follows: most likely it was killed or \
             stopped before it exported them.",
            plural(traces.len(), "trace")
        ),
        _ => format!(
            "None of the spans of {name} arrive: in {} it continues the trace of {} to {}.",
            plural(traces.len(), "trace"),
            window.services[from],
            below.iter().map(|service| window.services[*service].as_str()).collect::<Vec<_>>().join(", "),
        ),
    };
    let place = Hop { from: Some(window.services[from].clone()), to, route: None };
    let asked = losses.iter().filter_map(|loss| window.asked(loss.via?));
    Some(
        Draft::new(confidence, place, spans)
            .counted(traces.len(), traces.len())
            .with("asked", examples(asked))
            .with("continued_to", examples(below.iter().map(|service| window.services[*service].as_str())))
            .with("missing_for", Fact::Duration(i64::try_from(until - begin).unwrap_or(i64::MAX)))
            .saying(summary),
    )
}

fn never() -> Confidence {
    Confidence::OneOf(vec![
        "it exports to another endpoint or tenant, or its exports are refused",
        "it was killed or stopped before it exported",
        "it is a proxy that makes spans and does not export them",
    ])
}

fn for_a_while() -> Confidence {
    Confidence::OneOf(vec![
        "it was killed or stopped before it exported",
        "the receiver was away, and the batches were dropped",
    ])
}
