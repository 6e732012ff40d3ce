//! Parents of a trace that were not received, and where the children's flags say that they were.

use std::collections::BTreeMap;

use serde::Serialize;
use trace_model::{
    SpanId,
    analysis::{Rows, parents},
    tree::layout_spans,
};
use trace_store::StoredTrace;

/// Missing parents that are listed.
const MAX_LISTED: usize = 1_000;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct MissingParentJson {
    span_id: SpanId,
    kind: &'static str,
}

pub(super) fn of(trace: &StoredTrace) -> Vec<MissingParentJson> {
    let spans = trace.spans();
    let tree = layout_spans(&spans);
    let rows = Rows::new(&spans, &tree);
    let missing = parents::missing(&spans, &tree, &parents::origins(&rows));
    let mut kinds = BTreeMap::<SpanId, Option<bool>>::new();
    for (index, row) in rows.iter() {
        if let Some(parent) = rows.span(index).parent {
            // Some SDKs leave the flags of some spans unset.
            let kind = kinds.entry(parent).or_default();
            *kind = kind.or(row.is_parent_remote);
        }
    }
    let kind = |id| match kinds.get(&id).copied().flatten() {
        Some(true) => "remote",
        Some(false) => "local",
        None => "unknown",
    };
    missing.into_iter().take(MAX_LISTED).map(|id| MissingParentJson { span_id: id, kind: kind(id) }).collect()
}
