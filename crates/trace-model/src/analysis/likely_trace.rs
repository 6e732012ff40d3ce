//! A trace by its likely clocks: by the root's clock where clocks likely differ, as reported otherwise.
//!
//! Every judgement about time is made on it, whichever clock a reader sees the spans by. By clocks that differ, a callee
//! seems to run outside its caller, and self time, critical path and percentages are all wrong.

use std::{borrow::Cow, collections::HashMap};

use crate::{
    Origin, Span,
    tree::{self, Tree, layout_spans},
};

use super::{
    Analysis,
    clock_correction::{ClockTable, correct_clocks, extent},
    clocks, granularity,
    rows::{Process, Rows},
};

/// The spans of a trace by the likely clocks, and what they show.
#[derive(Debug, Clone)]
pub struct LikelyTrace<'s, 'a> {
    /// In the given order.
    pub spans: Cow<'s, [(Origin<'a>, Span<'a>)]>,
    /// Siblings are in the order of their likely starts.
    pub tree: Tree,
    /// Its clocks are those that differ as reported.
    pub analysis: Analysis,
}

impl<'s, 'a> LikelyTrace<'s, 'a> {
    pub fn new(reported: &'s [(Origin<'a>, Span<'a>)]) -> Self {
        let tree = layout_spans(reported);
        let rows = Rows::new(reported, &tree);
        let granularity = granularity::by_process(&rows);
        let clocks = clocks::offsets(&rows, &granularity);
        if clocks.is_empty() {
            let analysis = Analysis::of(&rows, &tree, &granularity, clocks);
            return Self { spans: Cow::Borrowed(reported), tree, analysis };
        }
        // Moved times are multiples of nothing: how coarse a clock is, only its own times say.
        let known: HashMap<&Process, i64> = rows.processes.iter().zip(granularity).collect();
        let spans = correct_clocks(reported, &clocks);
        let tree = layout_spans(&spans);
        let moved = Rows::new(&spans, &tree);
        let granularity: Vec<i64> =
            moved.processes.iter().map(|process| known.get(process).copied().unwrap_or(1)).collect();
        let analysis = Analysis::of(&moved, &tree, &granularity, Vec::new());
        Self { analysis: Analysis { clocks, ..analysis }, tree, spans: Cow::Owned(spans) }
    }

    /// Whether the spans were reported by clocks that likely differ.
    pub fn has_skew(&self) -> bool {
        !self.analysis.clocks.is_empty()
    }

    /// Nanoseconds from the first start to the last end.
    pub fn duration(&self) -> u64 {
        let (start, end) = extent(&self.spans);
        end.since(start)
    }

    /// By row: nanoseconds from where the analysis places a span to where its own clock does. Each counts from the first
    /// start. Empty where no clocks differ.
    pub fn reported_shifts(&self, reported: &[(Origin<'a>, Span<'a>)]) -> Vec<i64> {
        if !self.has_skew() {
            return Vec::new();
        }
        let [(likely, _), (first, _)] = [&self.spans, reported].map(|spans| extent(spans));
        let origin =
            i64::try_from(i128::from(likely.as_unix()) - i128::from(first.as_unix())).unwrap_or_default();
        let mut table = ClockTable::new(&self.analysis.clocks);
        let mut shift = |row: &tree::Row| {
            reported.get(row.node).map_or(0, |(of, _)| origin.saturating_add(table.ahead(of)))
        };
        self.tree.rows.iter().map(&mut shift).collect()
    }
}
