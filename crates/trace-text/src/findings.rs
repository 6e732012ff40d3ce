//! What the analysis of a trace found, as sentences.
//!
//! `trace_model::analysis` judges; this module only words it.

use std::fmt::Write as _;

use trace_model::analysis::{Analysis, ClockOffset, LateWork, Outcome, ParentOrigin};
use trace_model::{Origin, Span, SpanKind, peer::Peer, span_text};

use crate::duration::duration;
use crate::text::{sanitize, truncate};

/// Columns of one sentence.
const MAX_WIDTH: usize = 400;
/// Findings of one kind that are written out.
const MAX_OF_A_KIND: usize = 5;

/// One sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub text: String,
    /// The error that it tells of reached the root.
    pub is_failure: bool,
}

impl Finding {
    /// The sentence within a width that a reader can bear.
    pub fn bounded(&self) -> String {
        truncate(&self.text, MAX_WIDTH)
    }
}

/// The spans of a trace in the order of its tree's rows, and their analysis.
pub(crate) struct Judged<'a> {
    pub(crate) spans: &'a [(Origin<'a>, Span<'a>)],
    /// By row: the index of its span.
    pub(crate) nodes: &'a [usize],
    pub(crate) analysis: &'a Analysis,
    /// Nanoseconds that the trace took by the likely clocks.
    pub(crate) duration: u64,
}

impl Judged<'_> {
    /// The most important first.
    pub(crate) fn findings(&self) -> Vec<Finding> {
        let quiet = |text| Finding { text, is_failure: false };
        let failure = self.root_cause().map(|text| Finding { text, is_failure: true });
        let others = [self.handled_errors(), self.late_work(), self.most_time(), self.caller_outside()];
        let others = others.into_iter().flatten();
        let lists = [self.given_up(), self.queue_waits(), self.clocks()];
        failure.into_iter().chain(others.chain(lists.into_iter().flat_map(bounded)).map(quiet)).collect()
    }

    fn span(&self, row: usize) -> Option<&(Origin<'_>, Span<'_>)> {
        self.spans.get(*self.nodes.get(row)?)
    }

    /// Service and name of a row's span.
    fn title(&self, row: usize) -> String {
        self.span(row).map_or_else(String::new, |(origin, span)| {
            sanitize(&format!("{} {}", origin.resource.service_name(), span.name))
        })
    }

    fn root_cause(&self) -> Option<String> {
        let cause = self.analysis.errors.root_cause?;
        let attempts = match cause.attempts {
            0 | 1 => String::new(),
            attempts => format!(", {attempts} attempts"),
        };
        let (_, span) = self.span(cause.row)?;
        let peer = Peer::of(span).filter(|_| span.kind != SpanKind::Consumer);
        let target = peer.map_or_else(String::new, |peer| format!(" → {}", peer.name));
        let why = span_text::error_message(span).or_else(|| span_text::note(span));
        let why = why.map_or_else(String::new, |why| format!(": {why}"));
        Some(format!(
            "root cause: {}{}",
            self.title(cause.row),
            sanitize(&format!("{target}{attempts}{why}"))
        ))
    }

    fn handled_errors(&self) -> Option<String> {
        match self.analysis.errors.handled.len() {
            0 => None,
            1 => Some("1 error did not reach the root".to_owned()),
            errors => Some(format!("{errors} errors did not reach the root")),
        }
    }

    /// Where most of the time was spent. Of one span nothing is said.
    fn most_time(&self) -> Option<String> {
        let most = self.analysis.most_time.as_ref().filter(|_| self.spans.len() > 1)?;
        let share = share(most.time, self.duration);
        let several = match (most.attempts(), most.spans) {
            (1, 1) => String::new(),
            (1, spans) => format!("{spans} spans of "),
            (attempts, _) => format!("{attempts} attempts of "),
        };
        let (title, time) = (self.title(most.row), nanos(most.time));
        let mut text = format!("most time in: {several}{title}, {time}, {share} of the trace");
        if let Some(caller) = most.likely_below {
            let _ = write!(text, ", likely below {}", self.title(caller));
        } else if most.may_miss_callee {
            text.push_str(", its callee is likely missing");
        }
        if !self.analysis.clocks.is_empty() {
            text.push_str(", adjusted for clock skew");
        }
        Some(text)
    }

    fn caller_outside(&self) -> Option<String> {
        let root = self.analysis.root?;
        let is_outside = self.analysis.parents.get(root) == Some(&ParentOrigin::Outside);
        let parent = self.span(root)?.1.parent.filter(|_| is_outside)?;
        Some(format!("called from outside, by span {parent}"))
    }

    fn late_work(&self) -> Option<String> {
        let LateWork { is_answer, root_ended, ended } = self.analysis.late_work?;
        let [root_ended, ended] = [root_ended, ended].map(nanos);
        let what = if is_answer { "answered" } else { "the root span ended" };
        Some(format!("{what} after {root_ended}, work went on until {ended}"))
    }

    fn given_up(&self) -> Vec<String> {
        let given_up = self.analysis.calls.iter().filter_map(|call| match call.outcome {
            Outcome::GivenUp { waited, began, ended } => {
                Some(format!("{}: {}", self.title(call.client), given_up(waited, began, ended)))
            }
            Outcome::Answered { .. } => None,
        });
        given_up.collect()
    }

    fn queue_waits(&self) -> Vec<String> {
        let waits = self.analysis.queue_waits.iter();
        waits
            .map(|wait| format!("{}: {} in the queue", self.title(wait.consumer), nanos(wait.wait)))
            .collect()
    }

    fn clocks(&self) -> Vec<String> {
        let clocks = &self.analysis.clocks;
        let mut sentences: Vec<String> = clocks.iter().map(clock).collect();
        if let Some(last) = sentences.last_mut() {
            let _ = write!(last, "; by one clock the trace likely took {}", duration(self.duration));
        }
        sentences
    }
}

/// When the caller stopped waiting, and what the callee did then: as the page says it.
fn given_up(waited: i64, began: i64, ended: i64) -> String {
    let callee = if began > waited {
        format!("the callee began {} after the call and ran for {}", nanos(began), nanos(ended - began))
    } else {
        format!("the callee ran on for {}", nanos(ended - waited))
    };
    format!("gave up after {}; {callee}", nanos(waited))
}

/// How much its clock is off, and whether that is more than likely.
fn clock(clock: &ClockOffset) -> String {
    let services = clock.services.join(", ");
    let whose = match (&clock.host, &clock.instance) {
        (Some(host), _) => format!("{services} on {host}"),
        (None, Some(instance)) if clock.is_replica => format!("{services} (instance {instance})"),
        _ => services,
    };
    let verb = if clock.is_certain { "differ" } else { "likely differ" };
    let direction = if clock.ahead < 0 { "behind" } else { "ahead of" };
    let [ahead, uncertainty] = [clock.ahead, clock.uncertainty].map(|time| duration(time.unsigned_abs()));
    sanitize(&format!("the clocks {verb}: {whose} is {ahead} {direction} the root's, ± {uncertainty}"))
}

/// A percentage, as the page rounds it.
fn share(part: i64, whole: u64) -> String {
    let (part, whole) = (u128::from(part.unsigned_abs()), u128::from(whole.max(1)));
    match (part * 200 / whole).div_ceil(2) {
        0 | 1 if part > 0 && part * 100 < whole => "<1%".to_owned(),
        percent => format!("{percent}%"),
    }
}

fn nanos(time: i64) -> String {
    duration(u64::try_from(time).unwrap_or_default())
}

/// The first of many sentences, and how many more there are.
fn bounded(mut sentences: Vec<String>) -> Vec<String> {
    let more = sentences.len().saturating_sub(MAX_OF_A_KIND);
    // The last sentence sums up, and is kept.
    if more > 0 {
        let last = sentences.pop();
        sentences.truncate(MAX_OF_A_KIND - 1);
        sentences.push(format!("and {more} more"));
        sentences.extend(last);
    }
    sentences
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offset(ahead: i64) -> ClockOffset {
        ClockOffset {
            host: None,
            instance: Some("7".to_owned()),
            services: vec!["stock".to_owned()],
            is_replica: false,
            ahead,
            uncertainty: 1_000_000,
            is_certain: true,
        }
    }

    #[test]
    fn a_clock_is_said_to_differ_as_surely_as_the_calls_show_it() {
        let behind = offset(-300_000_000);
        assert_eq!(clock(&behind), "the clocks differ: stock is 300 ms behind the root's, ± 1.00 ms");
        let queued = ClockOffset { is_certain: false, ..offset(5_000_000_000) };
        assert_eq!(
            clock(&queued),
            "the clocks likely differ: stock is 5.00 s ahead of the root's, ± 1.00 ms"
        );
    }

    #[test]
    fn the_clock_of_a_replica_is_named_with_its_instance() {
        let replica = ClockOffset { is_replica: true, ..offset(-300_000_000) };
        assert!(clock(&replica).contains("stock (instance 7) is 300 ms behind"), "{}", clock(&replica));
        let on_host = ClockOffset { host: Some("b".to_owned()), ..replica };
        assert!(clock(&on_host).contains("stock on b is 300 ms behind"), "{}", clock(&on_host));
    }
}
