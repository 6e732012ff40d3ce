//! Parents that are missing for a reason that the spans do not show.

use std::collections::BTreeMap;

use crate::{
    finding::{Confidence, Hop, Severity},
    rule::{Claims, Draft, Rule, spans_text},
    window::{
        At, Window,
        losses::{Lost, Shape},
    },
};

pub(super) const RULE: Rule = Rule {
    code: "parent-missing",
    severity: Severity::Warning,
    title: "a parent is missing",
    requires: "a parent of this system that is not in its trace, and that no other rule explains",
    disproof: "The missing span arrives later.",
    remedy: "Compare with a whole trace of the same request to see which span is missing, and look at the logs of the service \
             that should have sent it.",
    rust: "",
    find,
};

fn find(window: &Window<'_>, claims: &mut Claims) -> Vec<Draft> {
    let mut groups = BTreeMap::<(Shape, usize, Option<usize>), Vec<At>>::new();
    for loss in window.losses.iter().filter(|loss| loss.shape != Shape::NoAnswer && !claims.has(loss.first()))
    {
        let lost = if let Lost::Service(service) = loss.lost { Some(service) } else { None };
        groups.entry((loss.shape, window.service(loss.first()), lost)).or_default().push(loss.first());
    }
    let draft = |((shape, service, lost), spans): ((Shape, usize, Option<usize>), Vec<At>)| {
        claims.add(spans.iter().copied());
        let name = &window.services[service];
        let (whose, candidates) = match shape {
            Shape::LocalParent => {
                ("in its own process", vec!["it was never ended", "it was dropped", "it was filtered"])
            }
            Shape::RemoteParent => (
                "in another process",
                vec!["it was dropped", "its service exports elsewhere", "a proxy replaced the parent id"],
            ),
            Shape::Parent | Shape::NoAnswer => (
                "in its own or another process",
                vec!["it was dropped", "it was never ended", "a caller outside sent it"],
            ),
        };
        let summary =
            format!("The parent of {} of {name} is missing; it was {whose}.", spans_text(spans.len()));
        let from = if shape == Shape::LocalParent { Some(service) } else { lost };
        let place =
            Hop { from: from.map(|from| window.services[from].clone()), to: Some(name.clone()), route: None };
        Draft::new(Confidence::OneOf(candidates), place, spans).saying(summary)
    };
    groups.into_iter().map(draft).collect()
}
