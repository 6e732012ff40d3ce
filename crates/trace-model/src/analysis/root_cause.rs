//! Where the failure of a trace began.
//!
//! It is the deepest failure of a chain of errors that reaches the root. Some failures below a failed span did not make it
//! fail:
//!
//! - one that came after it: work that went on, or a callee that its caller had given up
//! - one after which the span began something else, when it records an exception that says something else
//!
//! Of several chains, one without gaps ranks first. Of chains that lead to one span, the last one does, for the span went
//! on after those before it; of those that ran at once, the one that failed first.

use std::cmp::Reverse;

use crate::{Span, SpanKind, Value, span_text};

use super::{attempts::Attempts, error_reach::Reach, likely_callers::LikelyCallers, rows::Rows};

/// Spans of one process close in any order within this many nanoseconds.
const AT_ONCE: i64 = 1_000_000;
/// Bytes of messages that are compared.
const COMPARED: usize = 1000;
/// Attributes with the status that a call was answered with, in the conventions of today and of before.
const RPC_STATUS: [&str; 2] = ["rpc.response.status_code", "rpc.grpc.status_code"];
/// Those that a client sets by itself when there is no answer: CANCELLED, `DEADLINE_EXCEEDED`, UNAVAILABLE.
const WITHOUT_ANSWER: [&str; 6] = ["CANCELLED", "DEADLINE_EXCEEDED", "UNAVAILABLE", "1", "4", "14"];

/// Where the failure of the trace began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RootCause {
    pub row: usize,
    /// How often the call was made that failed there.
    pub attempts: usize,
}

/// `reach` says by row how far an error there propagates.
pub(super) fn root_cause(
    rows: &Rows<'_>,
    callers: &LikelyCallers,
    attempts: &Attempts,
    granularity: &[i64],
    reach: &[Reach],
) -> Option<RootCause> {
    let is_candidate = |row: usize| rows[row].is_error && reach[row] >= Reach::RootWithGap;
    if !(0..rows.len()).any(is_candidate) {
        return None;
    }
    let causes = Causes { rows, attempts, granularity, reach, failed: failed(rows, callers) };
    // By row: the cause of its failure at or below the row, and the row below it through which the cause came.
    let mut found: Vec<Option<Branch>> = vec![None; rows.len()];
    let mut best: Option<Branch> = None;
    // Callers stand above their callees: from the last row on, all below a row is known.
    for row in (0..rows.len()).rev() {
        let own = is_candidate(row).then_some(row);
        let Some(cause) = found[row].map(|below| below.cause).or(own) else { continue };
        let branch = Branch { through: row, cause };
        match callers.above(rows, row) {
            None => best = Some(causes.better(best, branch)),
            Some(above) if causes.made_fail(above, row) => {
                found[above] = Some(causes.better(found[above], branch));
            }
            Some(_) => {}
        }
    }
    let row = best?.cause;
    Some(RootCause { row, attempts: attempts_at(rows, callers, attempts, row) })
}

/// A possible cause below a span.
#[derive(Clone, Copy)]
struct Branch {
    /// What the span waited for.
    through: usize,
    cause: usize,
}

/// A span with an error, above others.
#[derive(Clone, Default)]
struct Failed {
    /// The exception that it records.
    exception: Option<Exception>,
    /// It is a call, and its error is what the callee answered.
    was_answered: bool,
    /// When it last began something that was well.
    last_begun: Option<i64>,
}

/// The beginning of an exception's message, and both ends of its stack trace, where languages name its causes.
#[derive(Clone)]
struct Exception {
    message: String,
    stack: String,
}

impl Exception {
    fn of(span: &Span<'_>) -> Option<Self> {
        let exception = span_text::exception(span)?;
        let message = beginning(&span_text::event_text(&exception, "exception.message")?).to_owned();
        let stack = span_text::event_text(&exception, "exception.stacktrace").unwrap_or_default();
        Some(Self { message, stack: format!("{}\n{}", beginning(&stack), end(&stack)) })
    }

    /// Whether it says the same as a message, or has it among its causes.
    fn tells_of(&self, message: &str) -> bool {
        self.message.contains(message) || message.contains(&self.message) || self.stack.contains(message)
    }
}

/// By row.
fn failed(rows: &Rows<'_>, callers: &LikelyCallers) -> Vec<Failed> {
    let mut all = vec![Failed::default(); rows.len()];
    for (index, row) in rows.iter() {
        if let Some(above) = callers.above(rows, index).filter(|_| !row.has_failed) {
            all[above].last_begun = all[above].last_begun.max(Some(row.start));
        }
        if row.is_error {
            all[index].exception = Exception::of(rows.span(index));
            all[index].was_answered = row.is_answered || has_rpc_answer(rows.span(index));
        }
    }
    all
}

fn has_rpc_answer(span: &Span<'_>) -> bool {
    span.attributes().filter(|attribute| RPC_STATUS.contains(&attribute.key.as_ref())).any(|attribute| {
        match attribute.value {
            Value::String(code) => !WITHOUT_ANSWER.contains(&code.as_ref()),
            Value::Int(code) => !WITHOUT_ANSWER.contains(&code.to_string().as_str()),
            _ => false,
        }
    })
}

fn beginning(message: &str) -> &str {
    &message[..message.floor_char_boundary(COMPARED)]
}

fn end(text: &str) -> &str {
    &text[text.ceil_char_boundary(text.len().saturating_sub(COMPARED))..]
}

struct Causes<'a> {
    rows: &'a Rows<'a>,
    attempts: &'a Attempts,
    granularity: &'a [i64],
    reach: &'a [Reach],
    /// By row.
    failed: Vec<Failed>,
}

impl Causes<'_> {
    /// The more likely of two causes below one span. The second one began no later.
    fn better(&self, one: Option<Branch>, other: Branch) -> Branch {
        let Some(one) = one else { return other };
        let rank = |branch: Branch| self.reach[branch.cause];
        let failed = |branch: Branch| (self.rows[branch.cause].end, Reverse(branch.cause));
        let is_other = match rank(other).cmp(&rank(one)) {
            std::cmp::Ordering::Equal if self.went_on(other.through, one.through) => false,
            std::cmp::Ordering::Equal => failed(other) < failed(one),
            order => order.is_gt(),
        };
        if is_other { other } else { one }
    }

    /// Whether `later` was begun after `earlier` had ended, and is not another attempt of it.
    fn went_on(&self, earlier: usize, later: usize) -> bool {
        self.rows[earlier].end <= self.rows[later].start && !self.attempts.are_of_one_call(earlier, later)
    }

    /// Whether a failure at or below a row can have made the span above it fail.
    fn made_fail(&self, above: usize, row: usize) -> bool {
        !self.rows[above].is_error || !(self.came_after(above, row) || self.was_survived(above, row))
    }

    /// The span above had failed before.
    fn came_after(&self, above: usize, row: usize) -> bool {
        let (waiting, awaited) = (&self.rows[above], &self.rows[row]);
        let coarse = self.granularity[waiting.process].max(self.granularity[awaited.process]);
        let is_call = waiting.kind == SpanKind::Client && awaited.kind == SpanKind::Server;
        let is_comparable = if is_call {
            !self.failed[above].was_answered
        } else {
            self.rows.share_clock(above, row) == Some(true)
        };
        is_comparable && awaited.end - waiting.end > if is_call { coarse } else { coarse.max(AT_ONCE) }
    }

    /// The span above began something else after the failure, and records an exception that says something else.
    fn was_survived(&self, above: usize, row: usize) -> bool {
        let above = &self.failed[above];
        let went_on = above.last_begun.is_some_and(|begun| begun >= self.rows[row].end);
        let (Some(own), true) = (&above.exception, went_on) else { return false };
        span_text::failure_message(self.rows.span(row))
            .is_some_and(|message| !own.tells_of(beginning(&message)))
    }
}

/// How often the failure was tried: the most attempts of one call, at the cause or at a caller that failed with it.
fn attempts_at(rows: &Rows<'_>, callers: &LikelyCallers, attempts: &Attempts, cause: usize) -> usize {
    let mut most = 1;
    let mut at = Some(cause);
    while let Some(row) = at.filter(|&row| rows[row].has_failed) {
        most = most.max(attempts.of(row).len());
        at = callers.above(rows, row);
    }
    most
}
