//! The values that a field may have.

use trace_model::SpanKind;

use super::{Choice, ChoiceKind, MAX_OPTIONS, Recent, SAMPLE, rank::Ranked};
use crate::{
    index::Index,
    names::Names,
    query::{
        fields::{self, Kind},
        lex::{self, Word},
    },
    tokens::KnownValue,
};

/// Longer values are not offered: nobody reads them in a menu.
const MAX_TEXT: usize = 256;

const STATUSES: [&str; 3] = ["error", "ok", "unset"];
const DURATIONS: [&str; 7] = ["10ms", "50ms", "100ms", "500ms", "1s", "5s", "1m"];
const COUNTS: [&str; 5] = ["0", "1", "10", "100", "1000"];
const AGES: [&str; 6] = ["5m", "15m", "1h", "6h", "24h", "7d"];

pub(super) fn of(index: &Index, field: &Word, typed: &str) -> Vec<Choice> {
    let Some(known) = fields::find(&field.text).filter(|_| !field.quoted) else {
        return of_attribute(index, &field.text, typed);
    };
    match known.kind {
        Kind::Text if known.name.contains("service") => names(&index.services, typed),
        Kind::Text => names(&index.operations, typed),
        Kind::Status => fixed(STATUSES.into_iter(), typed),
        Kind::Role => fixed((1..6).map(|kind| SpanKind::from_otlp(kind).as_str()), typed),
        Kind::Duration => fixed(DURATIONS.into_iter(), typed),
        Kind::Count => fixed(COUNTS.into_iter(), typed),
        Kind::Time => fixed(AGES.into_iter(), typed),
        Kind::Id => Vec::new(),
    }
}

fn value(text: &str, detail: String) -> Choice {
    Choice { text: lex::quoted(text), label: text.to_owned(), detail, kind: ChoiceKind::Value }
}

/// In the order in which they are given.
fn fixed(values: impl Iterator<Item = &'static str>, typed: &str) -> Vec<Choice> {
    let mut options = Ranked::new(typed);
    for (place, text) in values.enumerate() {
        options.offer(text, u64::MAX - place as u64, || value(text, String::new()));
    }
    options.best(MAX_OPTIONS)
}

fn names(names: &Names, typed: &str) -> Vec<Choice> {
    let mut options = Ranked::new(typed);
    for (name, spans) in names.counted() {
        let plural = if spans == 1 { "" } else { "s" };
        options.offer(&name, spans, || value(&name, format!("{spans} span{plural}")));
    }
    options.best(MAX_OPTIONS)
}

fn of_attribute(index: &Index, key: &str, typed: &str) -> Vec<Choice> {
    let recent = Recent::count(index);
    let sample = index.traces.len().min(SAMPLE);
    let mut options = Ranked::new(typed);
    let short = |(text, _): &KnownValue<'_>| text.len() <= MAX_TEXT;
    for (text, tokens) in index.dictionary.values_with_tokens(key).filter(short) {
        let traces = tokens.iter().map(|token| recent.of(*token)).sum();
        options.offer(text, traces, || value(text, format!("in {traces} of the newest {sample} traces")));
    }
    options.best(MAX_OPTIONS)
}
