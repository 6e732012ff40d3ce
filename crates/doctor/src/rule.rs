//! What every rule has: a code, what it means, and a function that finds it.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    finding::{Confidence, Evidence, Fact, Finding, Hop, Join, Occurrences, Severity},
    hash::HashSet,
    limits,
    window::{At, Window},
};

/// A rule. Its texts are the documentation, too.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// Stable, in kebab case.
    pub code: &'static str,
    pub severity: Severity,
    /// What probably happened, in a few words.
    pub title: &'static str,
    /// What must be seen before the rule says so.
    pub requires: &'static str,
    pub disproof: &'static str,
    pub remedy: &'static str,
    /// Empty where nothing is special to Rust.
    pub rust: &'static str,
    pub(crate) find: fn(&Window<'_>, &mut Claims) -> Vec<Draft>,
}

/// Spans that a rule has explained. A later rule does not explain them again.
#[derive(Debug, Default)]
pub(crate) struct Claims(HashSet<At>);

impl Claims {
    pub(crate) fn add(&mut self, spans: impl IntoIterator<Item = At>) {
        self.0.extend(spans);
    }

    pub(crate) fn has(&self, at: At) -> bool {
        self.0.contains(&at)
    }
}

/// A finding without what its rule says of itself.
#[derive(Debug)]
pub(crate) struct Draft {
    pub(crate) confidence: Confidence,
    pub(crate) hop: Hop,
    pub(crate) spans: Vec<At>,
    /// How often, and of how many; without it, once for each span.
    pub(crate) affected: usize,
    pub(crate) of: usize,
    /// Callers and callees in different traces.
    pub(crate) joins: Vec<(At, At)>,
    pub(crate) evidence: Vec<Evidence>,
    pub(crate) summary: String,
}

impl Draft {
    /// A finding about these spans, each affected once.
    pub(crate) fn new(confidence: Confidence, hop: Hop, spans: Vec<At>) -> Self {
        let affected = spans.len();
        Self {
            confidence,
            hop,
            spans,
            affected,
            of: affected,
            joins: Vec::new(),
            evidence: Vec::new(),
            summary: String::new(),
        }
    }

    pub(crate) fn counted(mut self, affected: usize, of: usize) -> Self {
        (self.affected, self.of) = (affected, of);
        self
    }

    pub(crate) fn joining(mut self, joins: Vec<(At, At)>) -> Self {
        self.joins = joins;
        self
    }

    pub(crate) fn with(mut self, name: &'static str, value: Fact) -> Self {
        self.evidence.push(Evidence { name, value });
        self
    }

    pub(crate) fn saying(mut self, summary: String) -> Self {
        self.summary = summary;
        self
    }

    pub(crate) fn into_finding(self, rule: &Rule, window: &Window<'_>) -> Finding {
        let times = || self.spans.iter().map(|at| window.time(*at));
        let occurrences = Occurrences {
            affected: self.affected,
            of: self.of,
            first: times().min().unwrap_or_default(),
            last: times().max().unwrap_or_default(),
        };
        let mut spans = self.spans.clone();
        spans.sort_unstable();
        spans.dedup();
        let mut spans: Vec<_> = spans.iter().map(|at| window.reference(*at)).collect();
        if spans.len() > limits::SPANS_PER_FINDING {
            spans.select_nth_unstable(limits::SPANS_PER_FINDING);
            spans.truncate(limits::SPANS_PER_FINDING);
        }
        spans.sort_unstable();
        spans.dedup();
        let join = |(caller, callee): &(At, At)| Join {
            caller: window.reference(*caller),
            callee: window.reference(*callee),
        };
        let mut joins: Vec<Join> = self.joins.iter().map(join).collect();
        joins.sort_unstable();
        joins.truncate(limits::SPANS_PER_FINDING);
        Finding {
            code: rule.code,
            severity: rule.severity,
            confidence: self.confidence,
            hop: self.hop,
            occurrences,
            spans,
            joins,
            evidence: self.evidence,
            summary: self.summary,
            disproof: rule.disproof,
            remedy: rule.remedy,
            rust: rule.rust,
        }
    }
}

/// The groups that were seen often enough.
pub(crate) fn repeated<K, V>(groups: BTreeMap<K, Vec<V>>) -> impl Iterator<Item = (K, Vec<V>)> {
    groups.into_iter().filter(|(_, group)| group.len() >= limits::REPEATS)
}

/// Both spans of each pair.
pub(crate) fn ends(pairs: &[(At, At)]) -> impl Iterator<Item = At> {
    pairs.iter().flat_map(|(one, other)| [*one, *other])
}

/// The hop between two services of the window.
pub(crate) fn hop(window: &Window<'_>, from: usize, to: usize, route: Option<&str>) -> Hop {
    Hop {
        from: Some(window.services[from].clone()),
        to: Some(window.services[to].clone()),
        route: route.map(str::to_owned),
    }
}

/// The only route of these spans, if there is only one.
pub(crate) fn only_route<'w>(window: &'w Window<'_>, spans: impl IntoIterator<Item = At>) -> Option<&'w str> {
    let mut routes = spans.into_iter().map(|at| window.route(at));
    let first = routes.next()?;
    routes.all(|route| route == first).then_some(first)
}

/// The first [`limits::EXAMPLES`] of them in their order, each once.
pub(crate) fn examples<T: Ord + Into<String>>(texts: impl IntoIterator<Item = T>) -> Fact {
    let mut first = BTreeSet::<T>::new();
    for text in texts {
        let has_room = first.len() < limits::EXAMPLES;
        if has_room || first.last().is_some_and(|last| text < *last) {
            first.insert(text);
        }
        if first.len() > limits::EXAMPLES {
            first.pop_last();
        }
    }
    Fact::Texts(first.into_iter().map(Into::into).collect())
}

/// `1 span`, `5 spans`
pub(crate) fn spans_text(count: usize) -> String {
    plural(count, "span")
}

/// `1 request`, `5 requests`
pub(crate) fn plural(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}
