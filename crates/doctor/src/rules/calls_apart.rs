//! Different calls one after the other, which could run at once.

use std::collections::BTreeMap;

use crate::{
    finding::{Confidence, Fact, Severity},
    limits,
    rule::{Claims, Draft, Rule, examples, hop},
    window::{At, Window, labels::Label},
};

pub(super) const RULE: Rule = Rule {
    code: "calls-could-run-together",
    severity: Severity::Note,
    title: "different calls are made one after the other, although they may be independent",
    requires: "3 spans that make the same two or more different calls to services, never two of them at once, over half of \
               the span's time",
    disproof: "A call needs the answer of the one before.",
    remedy: "If no call needs another's answer, make them at once: the request then takes as long as the longest.",
    rust: "tokio::try_join!(first, second), or futures_util::future::try_join_all.",
    find,
};

/// Address and path, without ids.
type Asked = (Label, Label);

/// Service, name of the span, and what its calls ask for, in order.
type Group<'w> = (usize, &'w str, Vec<Asked>);

fn find(window: &Window<'_>, _: &mut Claims) -> Vec<Draft> {
    let mut groups = BTreeMap::<Group<'_>, Vec<Vec<At>>>::new();
    for parent in window.all() {
        let is_call = |at: &At| window.facts(*at).is_call(window.kind(*at));
        let count = window.children(parent).filter(is_call).take(limits::CANDIDATES + 1).count();
        if !(2..=limits::CANDIDATES).contains(&count) {
            continue;
        }
        let calls: Vec<At> = window.children(parent).filter(is_call).collect();
        let asked: Vec<Asked> = calls.iter().filter_map(|call| asked(window, *call)).collect();
        let is_different = asked.len() == count && asked.iter().any(|one| *one != asked[0]);
        if is_different && window.are_in_sequence(parent, &calls) {
            let name = window.span(parent).name.as_ref();
            groups.entry((window.service(parent), name, asked)).or_default().push(calls);
        }
    }
    let text = |(address, path): Asked| format!("{}{}", window.text(address), window.text(path));
    groups.retain(|_, rows| rows.len() >= limits::REPEATS);
    let draft = |((service, name, asked), rows): (Group<'_>, Vec<Vec<At>>)| {
        let saved = |calls: &Vec<At>| {
            let times = calls.iter().map(|call| window.duration(*call));
            times.clone().sum::<u64>() - times.max().unwrap_or_default()
        };
        let mut saved: Vec<u64> = rows.iter().map(saved).collect();
        saved.sort_unstable();
        let summary = format!(
            "{} makes {} different calls one after the other in \"{name}\", {} times.",
            window.services[service],
            asked.len(),
            rows.len(),
        );
        let confidence = Confidence::OneOf(vec![
            "the calls are independent, and could run at once",
            "a call needs the answer of the one before",
        ]);
        let place = hop(window, service, service, Some(name));
        let time = i64::try_from(saved[saved.len() / 2]).unwrap_or(i64::MAX);
        Draft::new(confidence, place, rows.iter().flatten().copied().collect())
            .counted(rows.len(), rows.len())
            .with("asked", examples(asked.into_iter().map(text)))
            .with("usual_time_beside_the_longest", Fact::Duration(time))
            .saying(summary)
    };
    groups.into_iter().map(draft).collect()
}

fn asked(window: &Window<'_>, call: At) -> Option<Asked> {
    let labels = window.labels(call);
    Some((labels.asked?, labels.path?))
}
