//! Calls and messages whose receiver has no span in the trace.

use crate::SpanKind;

use super::{
    likely_callers::LikelyCallers,
    rows::{Row, Rows},
};

/// The calls and messages whose receiver has no span in the trace, in ascending order. It may be one that sends no spans.
pub fn without_callee(rows: &Rows<'_>, callers: &LikelyCallers) -> Vec<usize> {
    let is_call = |&(_, row): &(usize, &Row)| matches!(row.kind, SpanKind::Client | SpanKind::Producer);
    let service = |row: usize| &rows.processes[rows[row].process].service;
    let is_received_by = |call: usize, below: usize| {
        matches!(rows[below].kind, SpanKind::Server | SpanKind::Consumer) || service(below) != service(call)
    };
    let calls = rows.iter().filter(is_call).map(|(call, _)| call);
    calls.filter(|&call| !callers.below(rows, call).any(|below| is_received_by(call, below))).collect()
}
