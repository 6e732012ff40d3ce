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
    remedy: "If the parent may still run, look again when it has ended. Else compare with a whole trace of the same request to see \
             which span is missing, and look at the logs of the service that should have sent it.",
    rust: "",
    find,
};

fn find(window: &Window<'_>, claims: &mut Claims) -> Vec<Draft> {
    let mut groups = BTreeMap::<Group, Vec<At>>::new();
    for loss in window.losses.iter().filter(|loss| loss.shape != Shape::NoAnswer && !claims.has(loss.first()))
    {
        let group = Group {
            shape: loss.shape,
            service: window.service(loss.first()),
            lost: if let Lost::Service(service) = loss.lost { Some(service) } else { None },
            may_run: loss.may_run,
        };
        groups.entry(group).or_default().push(loss.first());
    }
    let draft = |(group, spans): (Group, Vec<At>)| {
        claims.add(spans.iter().copied());
        let name = &window.services[group.service];
        let of = spans_text(spans.len());
        let whose = group.whose();
        let summary = if group.may_run {
            format!(
                "The parent of {of} of {name} has not arrived; it was {whose}, and nothing shows that it has ended."
            )
        } else {
            format!("The parent of {of} of {name} is missing; it was {whose}.")
        };
        let place = Hop {
            from: group.lost.map(|from| window.services[from].clone()),
            to: Some(name.clone()),
            route: None,
        };
        Draft::new(Confidence::OneOf(group.candidates()), place, spans).saying(summary)
    };
    groups.into_iter().map(draft).collect()
}

/// Missing parents that look the same.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Group {
    shape: Shape,
    service: usize,
    /// The service whose spans they are, where it is known.
    lost: Option<usize>,
    may_run: bool,
}

impl Group {
    const fn whose(&self) -> &'static str {
        match self.shape {
            Shape::LocalParent => "in its own process",
            Shape::LikelyLocalParent => "most likely in its own process",
            Shape::RemoteParent => "in another process",
            Shape::Parent | Shape::NoAnswer => "in its own or another process",
        }
    }

    /// The likeliest first.
    fn candidates(&self) -> Vec<&'static str> {
        let ended: &[_] = match self.shape {
            Shape::LocalParent | Shape::LikelyLocalParent => {
                &["it was never ended", "it was dropped", "it was filtered"]
            }
            Shape::RemoteParent => {
                &["it was dropped", "its service exports elsewhere", "a proxy replaced the parent id"]
            }
            Shape::Parent | Shape::NoAnswer => {
                &["it was dropped", "it was never ended", "a caller outside sent it"]
            }
        };
        let running = self.may_run.then_some("it has not ended yet");
        running.into_iter().chain(ended.iter().copied()).collect()
    }
}
