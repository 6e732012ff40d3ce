//! What one trace shows beyond its spans: where the time went, what failed first, which parents are missing, whose clock
//! is off.
//!
//! Every judgement about a trace is made here, once. The page, the API and the terminal present it and judge nothing
//! themselves.
//!
//! | module | question |
//! |---|---|
//! | [`rows`] | the rows of the tree with what the other modules need to know of each span |
//! | [`granularity`] | how coarse the clock of each process is |
//! | [`likely_callers`] | which span likely waited for spans whose parent was lost |
//! | [`interval`], [`intervals`] | when a span ran as far as its parent waited for it; its self time |
//! | [`critical_path`] | which span the end of the trace waited for, at each moment |
//! | [`most_time`] | where most of the time was spent |
//! | [`attempts`] | calls that were made again after they failed |
//! | [`errors`], `error_reach`, [`root_cause`] | which errors reached the root, and where they began |
//! | [`parents`] | whether a parent that is not there is another system's or was lost |
//! | [`clocks`], `clock_bounds`, [`clock_correction`] | which clocks differ, and by how much; the trace by one clock |
//! | [`likely_trace`] | the trace by its likely clocks, on which all else is judged |
//! | [`calls`] | what of a caller's time its callee covers; calls that were given up |
//! | [`without_callee`] | calls and messages whose receiver has no span in the trace |
//! | [`late_work`] | how long work went on after the root had ended |
//! | [`queues`], [`idle`] | how long a message waited for its consumer; when nothing ran |
//! | [`display_rows`] | the rows with placeholders for missing parents, below what likely waited for them |
//!
//! Times are nanoseconds since the start of the trace. The work is linear in the number of spans, beside sorting the
//! children of each span by their end.

pub mod attempts;
pub mod calls;
mod clock_bounds;
pub mod clock_correction;
pub mod clocks;
pub mod critical_path;
pub mod display_rows;
mod error_reach;
pub mod errors;
pub mod granularity;
mod groups;
pub mod idle;
pub mod interval;
pub mod intervals;
pub mod late_work;
pub mod likely_callers;
pub mod likely_trace;
pub mod most_time;
pub mod parents;
pub mod queues;
mod resource_path;
pub mod root_cause;
pub mod rows;
pub mod without_callee;

use crate::{Origin, Span, tree::Tree};

pub use attempts::Attempts;
pub use calls::{Call, Outcome};
pub use clock_correction::{ClockTable, correct_clocks, extent};
pub use clocks::{ClockOffset, ClocksByProcess};
pub use critical_path::{CriticalPath, Stretch};
pub use display_rows::{Content, DisplayRow, DisplayRows, Placeholder};
pub use errors::Errors;
pub use idle::Idle;
pub use interval::Interval;
pub use intervals::Intervals;
pub use late_work::LateWork;
pub use likely_callers::LikelyCallers;
pub use likely_trace::LikelyTrace;
pub use most_time::MostTime;
pub use parents::ParentOrigin;
pub use queues::QueueWait;
pub use root_cause::RootCause;
pub use rows::Rows;

/// All judgements about one trace. Lists by row follow the order of [`Tree::rows`].
#[derive(Debug, Clone)]
pub struct Analysis {
    /// The row that the trace is about, if it has any.
    pub root: Option<usize>,
    pub likely_callers: LikelyCallers,
    pub intervals: Intervals,
    pub critical_path: CriticalPath,
    /// `None` where no time passed.
    pub most_time: Option<MostTime>,
    pub errors: Errors,
    /// By row.
    pub parents: Vec<ParentOrigin>,
    pub clocks: Vec<ClockOffset>,
    pub calls: Vec<Call>,
    /// Rows of calls and messages whose receiver has no span in the trace, in ascending order.
    pub without_callee: Vec<usize>,
    pub late_work: Option<LateWork>,
    pub queue_waits: Vec<QueueWait>,
    pub idle: Vec<Idle>,
    pub display_rows: DisplayRows,
}

impl Analysis {
    /// Analyses the spans of one trace, which `tree` lays out, by the clocks as reported. [`LikelyTrace`] is what people
    /// should see.
    pub fn new(spans: &[(Origin<'_>, Span<'_>)], tree: &Tree) -> Self {
        let rows = Rows::new(spans, tree);
        let granularity = granularity::by_process(&rows);
        let clocks = clocks::offsets(&rows, &granularity);
        Self::of(&rows, tree, &granularity, clocks)
    }

    fn of(rows: &Rows<'_>, tree: &Tree, granularity: &[i64], clocks: Vec<ClockOffset>) -> Self {
        let parents = parents::origins(rows);
        let likely_callers = LikelyCallers::new(rows, &parents, granularity, &clocks);
        let intervals = Intervals::new(rows, &likely_callers, granularity);
        let root = rows.main_root();
        let attempts = Attempts::new(rows);
        let critical_path = CriticalPath::new(rows, &likely_callers, &intervals, root);
        Self {
            root,
            most_time: most_time::most_time(rows, &likely_callers, &attempts, &critical_path),
            critical_path,
            errors: Errors::new(rows, &likely_callers, &attempts, &intervals, granularity),
            display_rows: DisplayRows::new(rows, tree, &parents, &likely_callers),
            late_work: late_work::late_work(rows, &parents, granularity, root),
            parents,
            clocks,
            calls: calls::calls(rows),
            without_callee: without_callee::without_callee(rows, &likely_callers),
            queue_waits: queues::waits(rows),
            idle: idle::idle(rows),
            likely_callers,
            intervals,
        }
    }
}
