//! The spans that can have waited for orphans: calls that no span answers, and the requests of a process.
//!
//! Orphans are looked up in the order of their starts. So one pass over the candidates, sorted by start, is enough: of
//! those that have begun, only the ones that end last matter.

use std::{collections::HashMap, iter::Peekable, vec::IntoIter};

use crate::SpanKind;

use super::{
    super::{
        interval::Interval,
        parents::{is_request, is_unanswered_call},
        resource_path::LastSegment,
        rows::{Row, Rows},
    },
    orphans::Orphans,
};

/// Rows that are visited in search of innermost spans, per row of the trace: so the work stays linear.
const VISITS_PER_ROW: usize = 4;

/// A span that may have waited.
#[derive(Clone, Copy)]
struct Candidate {
    row: usize,
    process: usize,
    /// Widened by what the clock cannot tell apart.
    interval: Interval,
}

/// All candidates, asked in the order of the orphans' starts.
pub(super) struct Candidates<'a> {
    rows: &'a Rows<'a>,
    granularity: &'a [i64],
    calls: Peekable<IntoIter<Candidate>>,
    requests: Peekable<IntoIter<Candidate>>,
    /// By row of a call.
    asked_for: HashMap<usize, LastSegment>,
    begun_calls: LastToEnd,
    /// By process.
    begun_requests: Vec<LastToEnd>,
    visits_left: usize,
}

impl<'a> Candidates<'a> {
    pub(super) fn new(rows: &'a Rows<'a>, granularity: &'a [i64]) -> Self {
        let is_call = |row: usize| rows[row].kind == SpanKind::Client && is_unanswered_call(rows, row);
        let asked_for = (0..rows.len()).filter(|&row| is_call(row));
        Self {
            rows,
            granularity,
            asked_for: asked_for.filter_map(|row| Some((row, LastSegment::of(rows.span(row))?))).collect(),
            calls: by_start(rows, granularity, is_call),
            requests: by_start(rows, granularity, |row| is_first_of_request(rows, row)),
            begun_calls: LastToEnd::default(),
            begun_requests: rows.processes.iter().map(|_| LastToEnd::default()).collect(),
            visits_left: rows.len() * VISITS_PER_ROW,
        }
    }

    /// The first two rows that can have waited for the orphans. Of several requests none is returned.
    pub(super) fn callers_of(&mut self, orphans: &Orphans) -> [Option<usize>; 2] {
        let has_begun = |it: &Candidate| it.interval.from <= orphans.needed.from;
        while let Some(call) = self.calls.next_if(has_begun) {
            self.begun_calls.add(call);
        }
        while let Some(request) = self.requests.next_if(has_begun) {
            self.begun_requests[request.process].add(request);
        }
        if orphans.is_local {
            match self.begun_requests[orphans.process].first_two(orphans.needed.to, None) {
                [None, _] => {}
                [Some(request), None] => return [Some(self.innermost(request, orphans)), None],
                _ => return [None, None],
            }
        }
        let found = self.begun_calls.first_two(orphans.needed.to, Some(orphans.process));
        let calls_itself = |row: usize| {
            let process = self.rows[row].process;
            orphans.rows.iter().any(|&orphan| self.rows[orphan].process == process)
        };
        let asks_for_other =
            |row: usize| !LastSegment::may_be(orphans.asked_for, self.asked_for.get(&row).copied());
        match found {
            found if found.into_iter().flatten().any(calls_itself) => [None, None],
            [Some(only), None] if asks_for_other(only) => [None, None],
            found => found,
        }
    }

    /// The deepest span of the request's process that encloses the orphans, as long as none beside it does.
    fn innermost(&mut self, request: usize, orphans: &Orphans) -> usize {
        let mut at = request;
        while let Some(inner) = self.only_enclosing_child(at, orphans) {
            at = inner;
        }
        at
    }

    fn only_enclosing_child(&mut self, parent: usize, orphans: &Orphans) -> Option<usize> {
        let coarse = self.granularity[orphans.process];
        let has_begun = |row: &Row| row.start - coarse <= orphans.needed.from;
        let mut only = None;
        for child in self.rows.children(parent) {
            let row = &self.rows[child];
            if !has_begun(row) {
                break; // So have none of the others.
            }
            self.visits_left = self.visits_left.checked_sub(1)?;
            let encloses = row.end + coarse >= orphans.needed.to;
            if encloses && row.kind == SpanKind::Internal && row.process == orphans.process {
                if only.is_some() {
                    return None;
                }
                only = Some(child);
            }
        }
        only
    }
}

/// Whether the row is the first span of its request in its process.
fn is_first_of_request(rows: &Rows<'_>, row: usize) -> bool {
    let facts = &rows[row];
    let is_first = match facts.parent {
        Some(parent) => rows[parent].process != facts.process,
        None => !facts.is_orphan || is_request(facts),
    };
    is_first && !matches!(facts.kind, SpanKind::Client | SpanKind::Producer)
}

fn by_start(
    rows: &Rows<'_>,
    granularity: &[i64],
    is_candidate: impl Fn(usize) -> bool,
) -> Peekable<IntoIter<Candidate>> {
    let candidate = |(row, facts): (usize, &Row)| {
        let coarse = granularity[facts.process];
        let interval = Interval { from: facts.start - coarse, to: facts.end + coarse };
        Candidate { row, process: facts.process, interval }
    };
    let chosen = rows.iter().filter(|(row, facts)| !facts.has_no_time && is_candidate(*row));
    let mut candidates: Vec<Candidate> = chosen.map(candidate).collect();
    candidates.sort_by_key(|candidate| candidate.interval.from);
    candidates.into_iter().peekable()
}

/// Of the candidates that have begun, the four that end last, at most two of one process. Whichever process is left out,
/// two of others are among them, if there are two.
#[derive(Default)]
struct LastToEnd(Vec<Candidate>);

impl LastToEnd {
    fn add(&mut self, candidate: Candidate) {
        let at = self.0.partition_point(|other| other.interval.to >= candidate.interval.to);
        self.0.insert(at, candidate);
        let mut of_process = (0..self.0.len()).filter(|&it| self.0[it].process == candidate.process);
        if let Some(third) = of_process.nth(2) {
            self.0.remove(third);
        }
        self.0.truncate(4);
    }

    /// The first two that end at `until` or later.
    fn first_two(&self, until: i64, not_of: Option<usize>) -> [Option<usize>; 2] {
        let is_wanted = |it: &&Candidate| it.interval.to >= until && Some(it.process) != not_of;
        let mut enclosing = self.0.iter().filter(is_wanted).map(|it| it.row);
        [enclosing.next(), enclosing.next()]
    }
}
