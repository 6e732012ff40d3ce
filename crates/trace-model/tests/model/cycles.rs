//! Traces with cyclic references in Jaeger JSON, followed as Jaeger's page does.

use std::collections::{HashMap, HashSet};

use proptest::{collection::vec, prelude::*};
use serde_json::{Value as Json, json};
use trace_model::{
    Origin, Span,
    jaeger::Trace,
    otlp::{read_traces, traces_to_protobuf},
};

/// A request with the spans of one trace, each given as id, parent (0: none) and linked spans.
fn request(spans: &[(u64, u64, Vec<u64>)]) -> Vec<u8> {
    let trace = "4b".repeat(16);
    let spans = spans.iter().map(|(id, parent, links)| {
        let parent = if *parent == 0 { String::new() } else { format!("{parent:016x}") };
        let links = links.iter().map(|id| json!({"traceId": trace, "spanId": format!("{id:016x}")}));
        json!({"traceId": trace, "spanId": format!("{id:016x}"), "parentSpanId": parent, "name": "n",
               "startTimeUnixNano": "1000", "endTimeUnixNano": "2000", "links": links.collect::<Vec<_>>()})
    });
    let request = json!({"resourceSpans": [{"scopeSpans": [{"spans": spans.collect::<Vec<_>>()}]}]});
    traces_to_protobuf(request.to_string().as_bytes()).unwrap().protobuf
}

/// The trace as Jaeger JSON, with all references and without cycles.
fn written(spans: &[(u64, u64, Vec<u64>)]) -> [Json; 2] {
    let body = request(spans);
    let mut spans: Vec<(Origin<'_>, Span<'_>)> = Vec::new();
    assert!(read_traces(&body, |_, origin, span| spans.push((*origin, span))).unwrap().is_empty());
    let trace = || Trace::new(spans[0].1.trace_id, &spans);
    [trace(), trace().without_cycles()].map(|trace| serde_json::to_value(trace).unwrap())
}

fn spans(trace: &Json) -> &Vec<Json> {
    trace["spans"].as_array().unwrap()
}

/// Span id of the first reference of each span.
fn first_references(trace: &Json) -> Vec<Json> {
    spans(trace).iter().map(|span| span["references"][0]["spanID"].clone()).collect()
}

/// Follows the parents of every span as the page does: by the first reference to a span of the trace.
fn is_acyclic(trace: &Json) -> bool {
    let known: HashMap<_, _> = spans(trace).iter().rev().map(|span| (&span["spanID"], span)).collect();
    spans(trace).iter().all(|span| {
        let (mut span, mut seen) = (span, HashSet::new());
        loop {
            if !seen.insert(std::ptr::from_ref(span)) {
                return false;
            }
            let references = span["references"].as_array().unwrap();
            match references.iter().find_map(|reference| known.get(&reference["spanID"])) {
                Some(parent) => span = parent,
                None => return true,
            }
        }
    })
}

fn id(id: u64) -> Json {
    json!(format!("{id:016x}"))
}

#[test]
fn references_that_close_a_cycle_are_left_out_with_a_warning() {
    let none = Json::Null;
    for (of, expected) in [
        (vec![(1, 1, vec![])], vec![none.clone()]),
        (vec![(1, 2, vec![]), (2, 1, vec![])], vec![id(2), none.clone()]),
        (vec![(1, 0, vec![2]), (2, 1, vec![])], vec![none.clone(), id(1)]),
        (vec![(1, 3, vec![]), (2, 1, vec![]), (3, 2, vec![9])], vec![id(3), id(1), id(9)]),
        (vec![(1, 0, vec![]), (2, 1, vec![1, 2])], vec![none, id(1)]),
    ] {
        let [whole, cut] = written(&of);
        assert_eq!(first_references(&cut), expected, "{of:?}");
        for (place, span) in spans(&cut).iter().enumerate() {
            let left_out = whole["spans"][place]["references"].as_array().unwrap().len()
                - span["references"].as_array().unwrap().len();
            let warnings = span["warnings"].as_array().map_or(0, Vec::len);
            assert_eq!(left_out, warnings, "{of:?}");
        }
    }
    let [_, cut] = written(&[(1, 1, vec![])]);
    let warning = "the reference CHILD_OF to 0000000000000001 is left out because it closes a cycle";
    assert_eq!(cut["spans"][0]["warnings"], json!([warning]));
}

#[test]
fn a_deep_chain_with_one_cycle_loses_one_reference() {
    let mut chain: Vec<_> = (1..=10_000).map(|id| (id, id - 1, vec![])).collect();
    chain[0].2 = vec![10_000];
    for _ in 0..2 {
        let [_, cut] = written(&chain);
        let left_out = spans(&cut).iter().filter(|span| !span["warnings"].is_null()).count();
        assert_eq!(left_out, 1);
        chain.reverse();
    }
}

proptest! {
    #[test]
    fn any_trace_without_cycles_is_acyclic(of in vec((1..8_u64, 0..8_u64, vec(1..8_u64, 0..3)), 1..10)) {
        let [whole, cut] = written(&of);
        prop_assert!(is_acyclic(&cut), "{cut}");
        if is_acyclic(&whole) {
            prop_assert_eq!(whole, cut);
        }
    }
}
