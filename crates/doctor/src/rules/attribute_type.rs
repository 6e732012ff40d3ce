//! Attributes whose values have another type than the semantic conventions say.

use std::collections::BTreeMap;

use crate::{
    finding::{Confidence, Severity},
    limits,
    rule::{Claims, Draft, Rule, examples, hop},
    window::{At, Window},
};

pub(super) const RULE: Rule = Rule {
    code: "attribute-of-wrong-type",
    severity: Severity::Note,
    title: "an attribute has another type than the semantic conventions say",
    requires: "3 spans of one service on which `http.response.status_code` or `server.port` is no integer",
    disproof: "Nothing: the type is in the span.",
    remedy: "Write numbers as integers: a search for 500 or above does not find a text.",
    rust: "Record integers in span fields (status = 200_i64), not values with % or ?.",
    find,
};

fn find(window: &Window<'_>, _: &mut Claims) -> Vec<Draft> {
    let mut groups = BTreeMap::<(usize, &str), Vec<At>>::new();
    for at in window.all() {
        if let Some(key) = window.facts(at).mistyped {
            groups.entry((window.service(at), key)).or_default().push(at);
        }
    }
    let groups = groups.into_iter().filter(|(_, spans)| spans.len() >= limits::REPEATS);
    groups
        .map(|((service, key), spans)| {
            let scopes = examples(spans.iter().map(|at| window.facts(*at).scope.as_ref()));
            let summary =
                format!("{key} has the wrong type on {} spans of {}.", spans.len(), window.services[service]);
            Draft::new(Confidence::Certain, hop(window, service, service, Some(key)), spans)
                .with("scopes", scopes)
                .saying(summary)
        })
        .collect()
}
