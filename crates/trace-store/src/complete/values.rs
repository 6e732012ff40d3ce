//! Completions for the value of a field.

use trace_model::SpanKind;

use super::{
    item::{CompletionItem, CompletionItemKind, MAX_ITEMS},
    rank::Ranking,
    recent::{Recent, SAMPLE},
};
use crate::{
    attributes::KnownValue,
    index::{Index, Names},
    query::{
        fields::{self, FieldType},
        lex::{self, Word},
    },
};

/// Bytes of a value; a menu has no use for longer ones.
const MAX_TEXT: usize = 256;

const STATUSES: [&str; 3] = ["error", "ok", "unset"];
const DURATIONS: [&str; 7] = ["10ms", "50ms", "100ms", "500ms", "1s", "5s", "1m"];
const COUNTS: [&str; 5] = ["0", "1", "10", "100", "1000"];
const AGES: [&str; 6] = ["5m", "15m", "1h", "6h", "24h", "7d"];

pub(super) fn of(index: &Index, field: &Word, typed: &str) -> Vec<CompletionItem> {
    let Some(known) = fields::find(&field.text).filter(|_| !field.quoted) else {
        return of_attribute(index, &field.text, typed);
    };
    match known.value_type {
        FieldType::Text if known.name.contains("service") => names(&index.services, typed),
        FieldType::Text => names(&index.operations, typed),
        FieldType::Status => fixed(STATUSES.into_iter(), typed),
        FieldType::SpanKind => fixed((1..6).map(|kind| SpanKind::from_otlp(kind).as_str()), typed),
        FieldType::Duration => fixed(DURATIONS.into_iter(), typed),
        FieldType::Count => fixed(COUNTS.into_iter(), typed),
        FieldType::Time => fixed(AGES.into_iter(), typed),
        FieldType::Id => Vec::new(),
    }
}

fn value(text: &str, detail: String) -> CompletionItem {
    CompletionItem {
        text: lex::quoted(text),
        label: text.to_owned(),
        detail,
        kind: CompletionItemKind::Value,
    }
}

/// Fixed values, in the given order.
fn fixed(values: impl Iterator<Item = &'static str>, typed: &str) -> Vec<CompletionItem> {
    let mut ranking = Ranking::new(typed);
    for (position, text) in values.enumerate() {
        ranking.offer(text, u64::MAX - position as u64, || value(text, String::new()));
    }
    ranking.best(MAX_ITEMS)
}

fn names(names: &Names, typed: &str) -> Vec<CompletionItem> {
    let mut ranking = Ranking::new(typed);
    for (name, spans) in names.counted() {
        let plural = if spans == 1 { "" } else { "s" };
        ranking.offer(&name, spans, || value(&name, format!("{spans} span{plural}")));
    }
    ranking.best(MAX_ITEMS)
}

fn of_attribute(index: &Index, key: &str, typed: &str) -> Vec<CompletionItem> {
    let recent = Recent::count(index);
    let sample = index.traces.len().min(SAMPLE);
    let mut ranking = Ranking::new(typed);
    let short = |(text, _): &KnownValue<'_>| text.len() <= MAX_TEXT;
    for (text, tokens) in index.dictionary.values_with_tokens(key).filter(short) {
        let traces = tokens.iter().map(|token| recent.of(*token)).sum();
        ranking.offer(text, traces, || value(text, format!("in {traces} of the newest {sample} traces")));
    }
    ranking.best(MAX_ITEMS)
}
