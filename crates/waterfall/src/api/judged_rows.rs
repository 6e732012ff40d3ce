//! What the analysis of a trace says of each of its rows, and of the rows together, in numbers of the shown rows.

use std::iter;

use serde::Serialize;
use trace_model::{
    Origin, Span, SpanId,
    analysis::{Analysis, DisplayRow, LateWork, Outcome, ParentOrigin, Stretch, parents},
    tree::Tree,
};

use super::json_number::clamp_signed_to_safe as clamp;

/// A stretch in which nothing ran is sent when it is at least this part of the trace: so they are few.
const MIN_IDLE_SHARE: i64 = 50;

/// What the analysis says of the rows, by the likely clocks.
pub(super) struct JudgedRows {
    analysis: Analysis,
    /// By row: nanoseconds from the likely time to the time that is shown. Empty where times are shown as they are judged.
    shifts: Vec<i64>,
}

/// The critical path: stretches in the order of time, in columns, at the times that are shown. Most begin where the one
/// before ends.
#[derive(Default, Serialize)]
pub(super) struct CriticalPathJson {
    row: Vec<usize>,
    /// Nanoseconds since the end of the stretch before; of the first, since the start of the trace.
    gap: Vec<i64>,
    time: Vec<i64>,
}

/// Where most of the critical path ran.
#[derive(Serialize)]
pub(super) struct MostTimeJson {
    row: usize,
    /// How often the call was made, if that was more than once; `time` is that of all attempts.
    #[serde(skip_serializing_if = "Option::is_none")]
    attempts: Option<usize>,
    /// The rows of the later attempts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    others: Vec<usize>,
    /// Spans of one operation that took `time` together, if that is several; `row` is the one with the most of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    spans: Option<usize>,
    time: i64,
    /// What waited for it above a lost span: so this is likely only.
    #[serde(skip_serializing_if = "Option::is_none")]
    likely_below: Option<usize>,
}

/// A stretch in which nothing ran by the likely clocks, and the rows that ran before and after it.
#[derive(Serialize)]
pub(super) struct IdleJson {
    from: i64,
    to: i64,
    before: usize,
    after: usize,
}

/// A message that waited in a queue.
#[derive(Serialize)]
pub(super) struct QueueWaitJson {
    pub(super) producer: usize,
    pub(super) consumer: usize,
    wait: i64,
}

/// A call whose caller gave up; the callee's times count from the caller's start.
#[derive(Serialize)]
pub(super) struct GivenUpJson {
    pub(super) client: usize,
    pub(super) server: usize,
    waited: i64,
    began: i64,
    ended: i64,
}

/// Work that went on after the root had ended, by the likely clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) struct LateWorkJson {
    /// The root answered a caller.
    is_answer: bool,
    /// When the root ended, in nanoseconds since the start of the trace; and the last span.
    root_ended: i64,
    ended: i64,
}

impl JudgedRows {
    pub(super) const fn new(analysis: Analysis, shifts: Vec<i64>) -> Self {
        Self { analysis, shifts }
    }

    /// Moves placeholders to where their children are shown, unless that is where they were judged to be.
    pub(super) fn place_placeholders(&self, start: &mut [u64], duration: &mut [u64]) {
        if !self.shifts.is_empty() {
            self.analysis.display_rows.place_placeholders(start, duration);
        }
    }

    /// The rows as the page shows them.
    pub(super) fn shown(&self) -> &[DisplayRow] {
        &self.analysis.display_rows.rows
    }

    fn index(&self, row: usize) -> usize {
        self.analysis.display_rows.index_of.get(row).copied().unwrap_or_default()
    }

    /// The row that the trace is about.
    pub(super) fn root(&self) -> Option<usize> {
        self.analysis.root.map(|root| self.index(root))
    }

    /// Whether an error reached the root.
    pub(super) const fn has_failed(&self) -> bool {
        self.analysis.errors.root_cause.is_some()
    }

    /// The number of errors that were handled.
    pub(super) const fn handled_errors(&self) -> usize {
        self.analysis.errors.handled.len()
    }

    /// The number of errors of work that no caller waited for.
    pub(super) const fn background_errors(&self) -> usize {
        self.analysis.errors.background.len()
    }

    /// Whether the request that the trace is about came from outside this system.
    pub(super) fn is_from_outside(&self) -> bool {
        self.analysis.root.and_then(|root| self.analysis.parents.get(root)) == Some(&ParentOrigin::Outside)
    }

    /// What became of a row's error, unless it reached the root.
    pub(super) fn error(&self, row: usize) -> Option<&'static str> {
        let errors = &self.analysis.errors;
        if errors.handled.binary_search(&row).is_ok() {
            Some("handled")
        } else if errors.background.binary_search(&row).is_ok() {
            Some("background")
        } else {
            None
        }
    }

    /// How often the call was made in which the trace's failure began; 0 where it did not begin in this row.
    pub(super) fn root_cause(&self, row: usize) -> usize {
        self.analysis.errors.root_cause.filter(|cause| cause.row == row).map_or(0, |cause| cause.attempts)
    }

    pub(super) fn has_parent(&self, row: usize, origin: ParentOrigin) -> bool {
        self.analysis.parents.get(row) == Some(&origin)
    }

    /// Nanoseconds of the row's time in which its parent waited for it and no child of its own ran.
    pub(super) fn self_time(&self, row: usize) -> u64 {
        let time = self.analysis.intervals.self_time.get(row).copied().unwrap_or_default();
        clamp(time).unsigned_abs()
    }

    /// Whether the row's parent did not wait for it.
    pub(super) fn is_detached(&self, row: usize) -> bool {
        self.analysis.intervals.detached.get(row).copied().unwrap_or_default()
    }

    /// What likely waited for a row whose parent is missing, as the number of a shown row.
    pub(super) fn likely_caller(&self, row: usize) -> Option<usize> {
        self.analysis.likely_callers.of(row).map(|caller| self.index(caller))
    }

    /// Whether the row is a call whose callee is likely missing.
    pub(super) fn may_miss_callee(&self, row: usize) -> bool {
        self.analysis.likely_callers.may_miss_callee(row)
    }

    /// The missing parents, each once, in the order of the rows that name them.
    pub(super) fn missing_parents(&self, spans: &[(Origin<'_>, Span<'_>)], tree: &Tree) -> Vec<SpanId> {
        parents::missing(spans, tree, &self.analysis.parents)
    }

    pub(super) fn critical_path(&self) -> CriticalPathJson {
        let stretches = &self.analysis.critical_path.stretches;
        let shown = |stretch: &Stretch| {
            let shift = self.shifts.get(stretch.row).copied().unwrap_or_default();
            [stretch.interval.from, stretch.interval.to].map(|time| time.saturating_add(shift))
        };
        let ends = stretches.iter().map(|stretch| shown(stretch)[1]);
        let gaps = stretches.iter().zip(iter::once(0).chain(ends));
        CriticalPathJson {
            row: stretches.iter().map(|stretch| self.index(stretch.row)).collect(),
            gap: gaps.map(|(stretch, before)| clamp(shown(stretch)[0] - before)).collect(),
            time: stretches.iter().map(|stretch| clamp(stretch.interval.length())).collect(),
        }
    }

    /// `None` where no time passed.
    pub(super) fn most_time(&self) -> Option<MostTimeJson> {
        self.analysis.most_time.as_ref().map(|most| MostTimeJson {
            row: self.index(most.row),
            attempts: Some(most.attempts()).filter(|attempts| *attempts > 1),
            others: most.others.iter().map(|row| self.index(*row)).collect(),
            spans: Some(most.spans).filter(|spans| *spans > 1),
            time: clamp(most.time),
            likely_below: most.likely_below.map(|row| self.index(row)),
        })
    }

    /// Where nothing ran for a noteworthy part of the trace's `duration`.
    pub(super) fn idle(&self, duration: u64) -> Vec<IdleJson> {
        let shortest = i64::try_from(duration).unwrap_or(i64::MAX) / MIN_IDLE_SHARE;
        let stretches = self.analysis.idle.iter().filter(|idle| idle.interval.length() > shortest);
        stretches
            .map(|idle| IdleJson {
                from: clamp(idle.interval.from),
                to: clamp(idle.interval.to),
                before: self.index(idle.before),
                after: self.index(idle.after),
            })
            .collect()
    }

    pub(super) fn queue_waits(&self) -> Vec<QueueWaitJson> {
        let waits = self.analysis.queue_waits.iter();
        waits
            .map(|wait| QueueWaitJson {
                producer: self.index(wait.producer),
                consumer: self.index(wait.consumer),
                wait: clamp(wait.wait),
            })
            .collect()
    }

    /// Calls whose caller gave up before the answer.
    pub(super) fn given_up(&self) -> Vec<GivenUpJson> {
        let given_up = self.analysis.calls.iter().filter_map(|call| match call.outcome {
            Outcome::GivenUp { waited, began, ended } => Some(GivenUpJson {
                client: self.index(call.client),
                server: self.index(call.server),
                waited: clamp(waited),
                began: clamp(began),
                ended: clamp(ended),
            }),
            Outcome::Answered { .. } => None,
        });
        given_up.collect()
    }

    /// Whether the row is a call or a message whose receiver has no span in the trace.
    pub(super) fn is_without_callee(&self, row: usize) -> bool {
        self.analysis.without_callee.binary_search(&row).is_ok()
    }

    pub(super) fn late_work(&self) -> Option<LateWorkJson> {
        self.analysis.late_work.map(|LateWork { is_answer, root_ended, ended }| LateWorkJson {
            is_answer,
            root_ended: clamp(root_ended),
            ended: clamp(ended),
        })
    }
}
