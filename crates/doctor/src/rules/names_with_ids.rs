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
    requires: "6 names of one service and kind that are alike but for words with digits, and few spans of each name",
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
        let names: BTreeSet<&str> = spans.iter().map(|at| window.span(*at).name.as_ref()).collect();
        if names.len() < limits::NAMES || names.len() * 4 < spans.len() {
            continue;
        }
        let summary = format!(
            "{} has {} span names for one operation: {pattern}.",
            window.services[service],
            names.len()
        );
        let names = examples(names);
        let place = hop(window, service, service, Some(&pattern));
        drafts.push(Draft::new(Confidence::Certain, place, spans).with("names", names).saying(summary));
    }
    drafts
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
