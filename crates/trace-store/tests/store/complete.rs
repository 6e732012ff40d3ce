//! Completion of queries.

use opentelemetry_proto::tonic::{
    common::v1::{AnyValue, KeyValue, any_value::Value},
    trace::v1::Span,
};
use proptest::prelude::*;
use trace_store::{
    Limits, Query, Store,
    complete::{CompletionItem, CompletionItemKind, MAX_ITEMS},
};

use crate::requests::{of, span};

fn text(key: &str, value: &str) -> KeyValue {
    let value = Some(AnyValue { value: Some(Value::StringValue(value.into())) });
    KeyValue { key: key.into(), value, ..KeyValue::default() }
}

fn store() -> Store {
    let store = Store::in_memory(Limits { memory: 64 << 20 });
    let routed =
        |trace, route: &str| Span { attributes: vec![text("http.route", route)], ..span(trace, 1, 0) };
    for trace in 1..=5 {
        store.ingest(of("users", vec![routed(trace, "/users")])).unwrap();
    }
    store.ingest(of("gateway", vec![routed(6, "/home page"), routed(7, "/users")])).unwrap();
    store
}

/// The items at the cursor `|`.
fn items(store: &Store, text: &str) -> Vec<CompletionItem> {
    let at = text.find('|').unwrap();
    store.complete(&text.replace('|', ""), at).items
}

fn labels(store: &Store, text: &str) -> Vec<String> {
    items(store, text).into_iter().map(|item| item.label).collect()
}

/// The text after the first item was accepted.
fn accepted(store: &Store, text: &str) -> String {
    let at = text.find('|').unwrap();
    let mut text = text.replace('|', "");
    let completion = store.complete(&text, at);
    text.replace_range(completion.from..completion.to, &completion.items[0].text);
    text
}

#[test]
fn an_empty_query_is_completed_with_fields_before_attributes() {
    let store = store();
    let labels = labels(&store, "|");
    assert_eq!(labels[..4], ["service", "name", "status", "duration"]);
    assert_eq!(labels.len(), MAX_ITEMS);
    assert_eq!(items(&store, "|")[0].kind, CompletionItemKind::Key);
}

#[test]
fn prefix_matches_rank_before_substring_matches() {
    assert_eq!(labels(&store(), "du|")[0], "duration");
    let labels = labels(&store(), "ro|");
    assert_eq!(labels[..3], ["root", "root.service", "http.route"]);
}

#[test]
fn frequent_values_rank_before_rare_ones() {
    assert_eq!(labels(&store(), "http.route=|"), ["/users", "/home page"]);
    assert_eq!(items(&store(), "http.route=|")[0].detail, "in 6 of the newest 7 traces");
    assert_eq!(labels(&store(), "service=|"), ["users", "gateway"]);
}

#[test]
fn a_field_is_completed_with_its_operators() {
    let items = items(&store(), "duration|");
    let operators = items.iter().filter(|item| item.kind == CompletionItemKind::Operator);
    let texts: Vec<_> = operators.map(|item| &*item.text).collect();
    assert_eq!(texts, ["duration=", "duration!=", "duration>", "duration>=", "duration<", "duration<="]);
}

#[test]
fn values_depend_on_the_field() {
    let store = store();
    assert_eq!(labels(&store, "status=|"), ["error", "ok", "unset"]);
    assert_eq!(labels(&store, "kind!=cl|"), ["client"]);
    assert_eq!(labels(&store, "duration>5|"), ["50ms", "500ms", "5s"]);
    assert_eq!(labels(&store, "since:1|"), ["15m", "1h"]);
    assert_eq!(labels(&store, "trace.service=g|"), ["gateway"]);
    assert_eq!(labels(&store, "trace.id=|"), [""; 0]);
}

#[test]
fn an_item_replaces_the_current_word_and_is_quoted_if_necessary() {
    let store = store();
    assert_eq!(accepted(&store, "status=error serv|"), "status=error service=");
    assert_eq!(accepted(&store, "http.route=/h| status=error"), "http.route=\"/home page\" status=error");
    assert_eq!(accepted(&store, "http.route=\"/ho|"), "http.route=\"/home page\"");
    assert_eq!(accepted(&store, "http.route=/us|ers status=error"), "http.route=/users status=error");
    assert_eq!(accepted(&store, "-stat|"), "-status=");
}

#[test]
fn a_name_is_completed_to_a_complete_term() {
    let item = items(&store(), "gat|").into_iter().find(|item| item.label == "gateway").unwrap();
    assert_eq!((&*item.text, &*item.detail), ("service=gateway", "service, 2 spans"));
    assert!(Query::parse(&item.text).is_ok());
}

proptest! {
    #[test]
    fn completion_of_any_text_returns_a_valid_range(text in "[ a-z=!<>~:\"\\\\*é.😀-]{0,40}", at in 0_usize..60) {
        static STORE: std::sync::LazyLock<Store> = std::sync::LazyLock::new(store);
        let completion = STORE.complete(&text, at);
        prop_assert!(completion.items.len() <= MAX_ITEMS);
        prop_assert!(completion.from <= completion.to);
        prop_assert!(text.get(completion.from..completion.to).is_some());
    }
}
