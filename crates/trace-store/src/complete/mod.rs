//! What may stand where somebody is typing a query: fields, operators, values, what is frequent first.
//!
//! Frequency is counted over the newest traces when somebody asks, so that receiving does not pay for it.

mod rank;
mod values;

use std::collections::HashMap;

use crate::{
    index::Index,
    names::Names,
    query::{
        Operator,
        fields::{self, FIELDS},
        lex::{self, Word},
    },
    tokens::Token,
};
use rank::Ranked;

/// How many options a menu has.
pub const MAX_OPTIONS: usize = 20;
/// How many of the newest traces are counted.
const SAMPLE: usize = 2_000;
/// How many services and names are offered for a word that is no field yet.
const MAX_NAMES: usize = 4;

/// What may replace a part of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// In bytes.
    pub from: usize,
    pub to: usize,
    pub options: Vec<Choice>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChoiceKind {
    Key,
    Operator,
    Value,
}

/// One option of the menu.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    pub text: String,
    pub label: String,
    pub detail: String,
    pub kind: ChoiceKind,
}

/// What may stand at a place, in bytes, of a query.
pub(crate) fn complete(index: &Index, text: &str, at: usize) -> Completion {
    let at = (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let pieces = lex::pieces(text);
    let here = pieces.iter().rev().find(|piece| piece.field.start <= at);
    match here {
        Some(piece) if at <= piece.field.end => key(index, text, &piece.field, at),
        Some(piece) => match &piece.comparison {
            Some((_, value)) if at <= value.end => {
                let prefix = prefix(text, value, at);
                let from = value.start.min(at);
                let options = values::of(index, &piece.field, &prefix);
                Completion { from, to: value.end.max(from), options }
            }
            _ => key(index, text, &Word { start: at, end: at, ..Word::default() }, at),
        },
        None => key(index, text, &Word { start: at, end: at, ..Word::default() }, at),
    }
}

/// What of a word is before the cursor, without its quotes.
fn prefix(text: &str, word: &Word, at: usize) -> String {
    if at >= word.end {
        return word.text.clone();
    }
    text.get(word.start..at).unwrap_or_default().trim_start_matches('"').replace('\\', "")
}

fn key(index: &Index, text: &str, word: &Word, at: usize) -> Completion {
    let prefix = prefix(text, word, at);
    let recent = Recent::count(index);
    let mut options = Ranked::new(&prefix);
    for (place, field) in FIELDS.iter().enumerate() {
        let rank = u64::MAX - place as u64;
        options.offer(field.name, rank, || key_choice(field.name, field.detail.to_owned()));
    }
    let attributes = index.dictionary.keys_with_values().filter(|(key, _)| !fields::is_known(key));
    for (key, values) in attributes {
        let traces = values.flat_map(|(_, tokens)| tokens).map(|token| recent.of(*token)).sum();
        options.offer(key, traces, || key_choice(&lex::quoted_field(key), "attribute".to_owned()));
    }
    let mut options = options.best(MAX_OPTIONS);
    if word.text == prefix && (fields::is_known(&prefix) || index.dictionary.has_key(&prefix)) {
        options.splice(0..0, operators(&prefix));
    }
    if prefix.len() >= 2 && !word.quoted {
        let room = MAX_OPTIONS.saturating_sub(2 * MAX_NAMES);
        options.truncate(room.max(MAX_OPTIONS / 2));
        options.extend(named(&index.services, "service", &prefix));
        options.extend(named(&index.operations, "name", &prefix));
    }
    options.truncate(MAX_OPTIONS);
    Completion { from: word.start, to: word.end, options }
}

fn key_choice(key: &str, detail: String) -> Choice {
    Choice { text: format!("{key}="), label: key.to_owned(), detail, kind: ChoiceKind::Key }
}

/// The operators that a field takes, each with the field, for they replace it.
fn operators(field: &str) -> impl Iterator<Item = Choice> {
    let known = fields::find(field);
    let name = lex::quoted_field(field);
    let allowed = Operator::ALL
        .into_iter()
        .filter(move |operator| known.is_none_or(|known| known.kind.allows(*operator)));
    allowed.map(move |operator| Choice {
        text: format!("{name}{}", operator.as_str()),
        label: format!("{name} {}", operator.as_str()),
        detail: operator.meaning().to_owned(),
        kind: ChoiceKind::Operator,
    })
}

/// Names of spans or services, each as a whole term.
fn named(names: &Names, field: &str, prefix: &str) -> Vec<Choice> {
    let mut options = Ranked::new(prefix);
    for (name, spans) in names.counted() {
        options.offer(&name, spans, || Choice {
            text: format!("{field}={}", lex::quoted(&name)),
            label: name.to_string(),
            detail: format!("{field}, {spans} spans"),
            kind: ChoiceKind::Value,
        });
    }
    options.best(MAX_NAMES)
}

/// How many of the newest traces have which token.
struct Recent {
    counts: HashMap<Token, u64, foldhash::fast::RandomState>,
}

impl Recent {
    fn count(index: &Index) -> Self {
        /// A trace with more distinct attributes is counted by some of them.
        const MAX_TOKENS: usize = 256;
        let mut counts: HashMap<Token, u64, _> = HashMap::default();
        for id in index.newest().take(SAMPLE) {
            let tokens = index.traces.get(&id).map(|trace| trace.tokens.as_slice()).unwrap_or_default();
            for marked in tokens.iter().take(MAX_TOKENS) {
                *counts.entry(marked.token).or_default() += 1;
            }
        }
        Self { counts }
    }

    fn of(&self, token: Token) -> u64 {
        self.counts.get(&token).copied().unwrap_or_default()
    }
}
