//! Like calls one after the other, which take most of their parent's time.

use std::collections::BTreeMap;

use trace_model::SpanKind;

use crate::{
    finding::{Confidence, Fact, Severity},
    limits,
    rule::{Claims, Draft, Rule, hop},
    window::{At, Window},
};

pub(super) const RULE: Rule = Rule {
    code: "calls-in-a-row",
    severity: Severity::Note,
    title: "many like calls are made one after the other",
    requires: "5 like client spans of one parent, none of which overlap, over half of the parent's time",
    disproof: "Each call needs the answer of the one before.",
    remedy: "Ask for all at once, in one batch, or at least concurrently.",
    rust: "futures_util::future::try_join_all, or one query with = ANY($1).",
    find,
};

fn find(window: &Window<'_>, _: &mut Claims) -> Vec<Draft> {
    let mut names = BTreeMap::<(usize, &str), Vec<Vec<At>>>::new();
    for parent in window.all() {
        let clients = || window.children(parent).filter(|at| window.kind(*at) == SpanKind::Client);
        if clients().nth(limits::CALLS_IN_A_ROW - 1).is_none() {
            continue;
        }
        let mut series = BTreeMap::<&str, Vec<At>>::new();
        for at in clients() {
            series.entry(window.span(at).name.as_ref()).or_default().push(at);
        }
        for (name, calls) in series {
            if calls.len() >= limits::CALLS_IN_A_ROW && window.are_in_sequence(parent, &calls) {
                names.entry((window.service(calls[0]), name)).or_default().push(calls);
            }
        }
    }
    let draft = |((service, name), rows): ((usize, &str), Vec<Vec<At>>)| {
        let longest = rows.iter().map(Vec::len).max().unwrap_or_default();
        let summary = format!(
            "{} makes up to {longest} calls \"{name}\" one after the other, {}.",
            window.services[service],
            if rows.len() == 1 { "once".to_owned() } else { format!("{} times", rows.len()) }
        );
        let spans: Vec<At> = rows.iter().flatten().copied().collect();
        Draft::new(Confidence::Certain, hop(window, service, service, Some(name)), spans)
            .counted(rows.len(), rows.len())
            .with("calls", Fact::Count(longest))
            .saying(summary)
    };
    names.into_iter().map(draft).collect()
}
