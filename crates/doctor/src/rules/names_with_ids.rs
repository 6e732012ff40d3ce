//! Span names that differ only in ids.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    finding::{Confidence, Severity},
    limits,
    rule::{Claims, Draft, Rule, examples, hop},
    window::{At, Window},
};

pub(super) const RULE: Rule = Rule {
    code: "ids-in-span-names",
    severity: Severity::Note,
    title: "span names have ids in them",
    requires: "6 names of one service and kind in 3 traces that are alike but for words with digits, few spans of each name, \
               and most names in one trace only",
    disproof: "The names are a small, fixed set.",
    remedy: "Name the span by its operation, and put the id into an attribute.",
    rust: "info_span!(\"price\", user.id = id), not info_span!(\"price of {id}\"): otel.name must not have ids either.",
    find,
};

fn find(window: &Window<'_>, claims: &mut Claims) -> Vec<Draft> {
    let mut alike = BTreeMap::<(usize, u8, String), Vec<At>>::new();
    for at in window.all().filter(|at| !claims.has(*at)) {
        let name = &window.span(at).name;
        if name.bytes().any(|byte| byte.is_ascii_digit()) {
            let key = (window.service(at), window.kind(at).to_otlp(), without_ids(name));
            alike.entry(key).or_default().push(at);
        }
    }
    let mut drafts = Vec::new();
    for ((service, _, pattern), spans) in alike {
        let names = traces_by_name(window, &spans);
        if names.len() < limits::NAMES || names.len() * 4 < spans.len() || is_fixed_set(&names) {
            continue;
        }
        let summary = format!(
            "{} has {} span names for one operation: {pattern}.",
            window.services[service],
            names.len()
        );
        let names = examples(names.into_keys());
        let place = hop(window, service, service, Some(&pattern));
        drafts.push(Draft::new(Confidence::Likely, place, spans).with("names", names).saying(summary));
    }
    drafts
}

fn traces_by_name<'w>(window: &'w Window<'_>, spans: &[At]) -> BTreeMap<&'w str, BTreeSet<usize>> {
    let mut names = BTreeMap::<&str, BTreeSet<usize>>::new();
    for at in spans {
        names.entry(window.span(*at).name.as_ref()).or_default().insert(at.trace);
    }
    names
}

/// Whether the names may be a fixed set, such as the numbered steps of a job: half of them come in several traces, or
/// there are too few traces to see that.
fn is_fixed_set(names: &BTreeMap<&str, BTreeSet<usize>>) -> bool {
    let traces: BTreeSet<usize> = names.values().flatten().copied().collect();
    let recurring = names.values().filter(|traces| traces.len() > 1).count();
    traces.len() < limits::REPEATS || recurring * 2 >= names.len()
}

/// The name with `#` for each word that has a digit.
fn without_ids(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    for part in name.split_inclusive(|letter: char| !letter.is_alphanumeric()) {
        let word = part.trim_end_matches(|letter: char| !letter.is_alphanumeric());
        let is_id = word.bytes().any(|byte| byte.is_ascii_digit());
        text.push_str(if is_id { "#" } else { word });
        text.push_str(&part[word.len()..]);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_with_digits_are_ids() {
        assert_eq!(without_ids("price of 7 for user-3dde"), "price of # for user-#");
        assert_eq!(without_ids("GET /a/1/"), "GET /a/#/");
        assert_eq!(without_ids("SELECT"), "SELECT");
    }
}
