//! A parent in the same process that is missing at one place, always.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    finding::{Confidence, Fact, Severity},
    limits,
    rule::{Claims, Draft, Rule, examples, hop},
    window::{
        At, Window,
        losses::{Loss, Lost, Shape},
    },
};

pub(super) const RULE: Rule = Rule {
    code: "span-never-ended",
    severity: Severity::Error,
    title: "a span is started and never ended, so it is never exported",
    requires: "3 traces in which a parent of the same process is missing above the same spans, while a span around them has \
               ended and the process exports everything else",
    disproof: "The missing spans are missing at other places, too.",
    remedy: "End the span on every path: in a finally block, or with a wrapper that ends it.",
    rust: "Hold the span in a guard: a tracing span ends when its last clone is dropped, so look for a clone that is kept.",
    find,
};

fn find(window: &Window<'_>, claims: &mut Claims) -> Vec<Draft> {
    let mut services = BTreeMap::<usize, Vec<&Loss>>::new();
    let mut others = BTreeSet::new();
    for loss in window.losses.iter().filter(|loss| !claims.has(loss.first())) {
        match (loss.shape, &loss.lost) {
            (Shape::LocalParent, Lost::Service(service)) => services.entry(*service).or_default().push(loss),
            (Shape::LikelyLocalParent | Shape::RemoteParent | Shape::Parent, Lost::Service(service)) => {
                others.insert(*service);
            }
            _ => {}
        }
    }
    let is_one_place = |losses: &[&Loss]| {
        let mut places = losses.iter().map(|loss| place(window, loss));
        let shared = places.next().map(|first| places.fold(first, |shared, place| &shared & &place));
        let traces: BTreeSet<usize> = losses.iter().map(|loss| loss.first().trace).collect();
        shared.is_some_and(|shared| !shared.is_empty())
            && traces.len() == losses.len()
            && traces.len() >= limits::REPEATS
    };
    let services = services.into_iter().filter(|(service, losses)| {
        !others.contains(service)
            && is_one_place(losses)
            && losses.iter().all(|loss| !loss.may_run && is_inside(window, loss))
    });
    services
        .map(|(service, losses)| {
            let spans: Vec<At> = losses.iter().flat_map(|loss| loss.at.iter().copied()).collect();
            claims.add(spans.iter().copied());
            let names = spans.iter().map(|at| window.span(*at).name.as_ref());
            let summary = format!(
                "{} most likely never ends a span: in {} traces the same parent is missing inside its process, and \
                 nothing else.",
                window.services[service],
                losses.len(),
            );
            Draft::new(Confidence::Likely, hop(window, service, service, None), spans.clone())
                .counted(losses.len(), losses.len())
                .with("children", examples(names))
                .with("is_remote", Fact::Text("no: the parent was in the same process".to_owned()))
                .saying(summary)
        })
        .collect()
}

/// What is below the missing parent.
fn place<'w>(window: &'w Window<'_>, loss: &Loss) -> BTreeSet<(u8, &'w str)> {
    loss.at.iter().map(|at| (window.kind(*at).to_otlp(), window.span(*at).name.as_ref())).collect()
}

/// Whether the process has another span of the trace that was open then: its request arrived whole.
fn is_inside(window: &Window<'_>, loss: &Loss) -> bool {
    let first = loss.first();
    window.rows_of(first.trace).any(|at| {
        !loss.at.contains(&at)
            && window.process(at) == window.process(first)
            && window.request(at) == Some(at)
            && window.begins_within(at, first)
    })
}
