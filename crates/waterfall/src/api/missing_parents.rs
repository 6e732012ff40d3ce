//! Parents of a trace that were not received, and where the children's flags say that they were.

use std::collections::BTreeMap;

use actix_web::web;
use serde::Serialize;
use trace_model::{
    SpanId, TraceId,
    analysis::{Analysis, Rows},
    tree::{self, Node},
};
use trace_store::{LocatedTrace, StoredTrace};

use super::{judged_rows::JudgedRows, state::State};

/// Missing parents that are listed.
const MAX_LISTED: usize = 1_000;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct MissingParentJson {
    span_id: SpanId,
    kind: &'static str,
}

/// Empty for a trace that cannot be read.
pub(super) async fn of(state: &State, id: TraceId) -> Vec<MissingParentJson> {
    let Some(located) = state.store.locate(id) else { return Vec::new() };
    let Ok(permit) = state.stream_limits.read_budget.acquire(located.bytes()).await else {
        return Vec::new();
    };
    let list = move || {
        let _permit = permit;
        list(&LocatedTrace::read(located))
    };
    web::block(list).await.unwrap_or_default()
}

fn list(trace: &StoredTrace) -> Vec<MissingParentJson> {
    let spans = trace.spans();
    let nodes: Vec<Node> = spans.iter().map(|(_, span)| Node::from(span)).collect();
    let tree = tree::layout(&nodes);
    let missing = JudgedRows::new(Analysis::new(&spans, &tree), Vec::new()).missing_parents(&spans, &tree);
    let rows = Rows::new(&spans, &tree);
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
