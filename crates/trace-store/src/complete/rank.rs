//! Ranking of completions: by how the name matches the typed text, then by frequency.

use super::item::CompletionItem;
use crate::query::contains_ignoring_case;

/// The items that match the typed text.
pub(super) struct Ranking<'p> {
    typed: &'p str,
    matching: Vec<(MatchKind, u64, CompletionItem)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum MatchKind {
    /// The name contains the text.
    Substring,
    /// A part of the name begins with the text.
    PartPrefix,
    /// The name begins with the text.
    Prefix,
}

impl<'p> Ranking<'p> {
    pub(super) const fn new(typed: &'p str) -> Self {
        Self { typed, matching: Vec::new() }
    }

    /// Adds an item if `name` matches.
    pub(super) fn offer(&mut self, name: &str, frequency: u64, item: impl FnOnce() -> CompletionItem) {
        if let Some(kind) = match_kind(name, self.typed) {
            self.matching.push((kind, frequency, item()));
        }
    }

    pub(super) fn best(mut self, limit: usize) -> Vec<CompletionItem> {
        self.matching.sort_by(|a, b| (b.0, b.1, &a.2.label).cmp(&(a.0, a.1, &b.2.label)));
        self.matching.into_iter().take(limit).map(|(_, _, item)| item).collect()
    }
}

fn match_kind(name: &str, typed: &str) -> Option<MatchKind> {
    let begins = |name: &str| name.get(..typed.len()).is_some_and(|start| start.eq_ignore_ascii_case(typed));
    if begins(name) {
        return Some(MatchKind::Prefix);
    }
    if name.split(['.', '_', '/', ' ', '-']).any(begins) {
        return Some(MatchKind::PartPrefix);
    }
    contains_ignoring_case(name.as_bytes(), typed).then_some(MatchKind::Substring)
}
