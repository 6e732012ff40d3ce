//! Work that went on after the root span had ended: its caller had the answer before the trace was over.

use super::{clocks::GRANULES, parents::ParentOrigin, rows::Rows};
use crate::SpanKind;

/// Less than this part of the trace is not noteworthy.
const MIN_SHARE: i64 = 100;

/// Times are nanoseconds since the start of the trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LateWork {
    /// The root answers a caller; another root just ends.
    pub is_answer: bool,
    pub root_ended: i64,
    /// When the last span ended.
    pub ended: i64,
}

/// `None` where the root ended last, as far as the clocks can tell, or where the root is not known.
pub fn late_work(
    rows: &Rows<'_>,
    parents: &[ParentOrigin],
    granularity: &[i64],
    root: Option<usize>,
) -> Option<LateWork> {
    let index = root.filter(|&root| matches!(parents[root], ParentOrigin::Root | ParentOrigin::Outside))?;
    let root = rows[index];
    let (_, last) = rows.iter().filter(|(_, row)| !row.has_no_time).max_by_key(|(_, row)| row.end)?;
    let uncertain = GRANULES * granularity[root.process].max(granularity[last.process]);
    let is_noteworthy = last.end - root.end > uncertain.max(last.end / MIN_SHARE);
    (is_noteworthy && !root.has_no_time).then_some(LateWork {
        is_answer: root.kind == SpanKind::Server,
        root_ended: root.end,
        ended: last.end,
    })
}
