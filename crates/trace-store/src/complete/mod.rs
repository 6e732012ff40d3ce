//! Completion of queries: fields, operators and values, the most frequent first.
//!
//! Frequencies are counted over the newest traces on request, so that ingest does not pay for them.
//!
//! Layers, the lowest first: `item` and `recent`, `rank`, `values`, and `complete` here.

mod item;
mod rank;
mod recent;
mod values;

use crate::{
    index::{Index, Names},
    query::{
        Operator,
        fields::{self, FIELDS},
        lex::{self, Word},
    },
};
pub use item::{Completion, CompletionItem, CompletionItemKind, MAX_ITEMS};
use rank::Ranking;
use recent::Recent;

/// Services and operations that are offered for a word that is not a field.
const MAX_NAMES: usize = 4;

/// Completions at a byte offset of a query.
pub(crate) fn complete(index: &Index, text: &str, at: usize) -> Completion {
    let at = (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let terms = lex::raw_terms(text);
    let current = terms.iter().rev().find(|term| term.field.start <= at);
    match current {
        Some(term) if at <= term.field.end => complete_field(index, text, &term.field, at),
        Some(term) => match &term.comparison {
            Some((_, value)) if at <= value.end => {
                let prefix = prefix(text, value, at);
                let from = value.start.min(at);
                let items = values::of(index, &term.field, &prefix);
                Completion { from, to: value.end.max(from), items }
            }
            _ => complete_field(index, text, &Word { start: at, end: at, ..Word::default() }, at),
        },
        None => complete_field(index, text, &Word { start: at, end: at, ..Word::default() }, at),
    }
}

/// The part of a word before the cursor, without quotes.
fn prefix(text: &str, word: &Word, at: usize) -> String {
    if at >= word.end {
        return word.text.clone();
    }
    text.get(word.start..at).unwrap_or_default().trim_start_matches('"').replace('\\', "")
}

/// Completions for a word in the position of a field.
fn complete_field(index: &Index, text: &str, word: &Word, at: usize) -> Completion {
    let prefix = prefix(text, word, at);
    let recent = Recent::count(index);
    let mut ranking = Ranking::new(&prefix);
    for (position, field) in FIELDS.iter().enumerate() {
        let rank = u64::MAX - position as u64;
        ranking.offer(field.name, rank, || field_item(field.name, field.description.to_owned()));
    }
    let attributes = index.dictionary.keys_with_values().filter(|(key, _)| !fields::is_known(key));
    for (key, values) in attributes {
        let traces = values.flat_map(|(_, tokens)| tokens).map(|token| recent.of(*token)).sum();
        ranking.offer(key, traces, || field_item(&lex::quoted_field(key), "attribute".to_owned()));
    }
    let mut items = ranking.best(MAX_ITEMS);
    if word.text == prefix && (fields::is_known(&prefix) || index.dictionary.has_key(&prefix)) {
        items.splice(0..0, operator_items(&prefix));
    }
    if prefix.len() >= 2 && !word.quoted {
        let room = MAX_ITEMS.saturating_sub(2 * MAX_NAMES);
        items.truncate(room.max(MAX_ITEMS / 2));
        items.extend(name_items(&index.services, "service", &prefix));
        items.extend(name_items(&index.operations, "name", &prefix));
    }
    items.truncate(MAX_ITEMS);
    Completion { from: word.start, to: word.end, items }
}

fn field_item(key: &str, detail: String) -> CompletionItem {
    CompletionItem { text: format!("{key}="), label: key.to_owned(), detail, kind: CompletionItemKind::Key }
}

/// The operators that a field takes. Each item includes the field, because it replaces the field.
fn operator_items(field: &str) -> impl Iterator<Item = CompletionItem> {
    let known = fields::find(field);
    let name = lex::quoted_field(field);
    let allowed = Operator::ALL
        .into_iter()
        .filter(move |operator| known.is_none_or(|known| known.value_type.allows(*operator)));
    allowed.map(move |operator| CompletionItem {
        text: format!("{name}{}", operator.as_str()),
        label: format!("{name} {}", operator.as_str()),
        detail: operator.description().to_owned(),
        kind: CompletionItemKind::Operator,
    })
}

/// Names of operations or services, each as a complete term.
fn name_items(names: &Names, field: &str, prefix: &str) -> Vec<CompletionItem> {
    let mut ranking = Ranking::new(prefix);
    for (name, spans) in names.counted() {
        ranking.offer(&name, spans, || CompletionItem {
            text: format!("{field}={}", lex::quoted(&name)),
            label: name.to_string(),
            detail: format!("{field}, {spans} spans"),
            kind: CompletionItemKind::Value,
        });
    }
    ranking.best(MAX_NAMES)
}
