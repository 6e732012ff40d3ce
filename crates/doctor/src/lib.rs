//! Why traces are broken, at which hop, and how sure that is.
//!
//! Received spans go in, findings come out:
//!
//! ```
//! # use doctor::{Received, diagnose};
//! # use trace_model::Nanos;
//! # let received: Vec<Received> = Vec::new();
//! let report = diagnose(&received, Nanos::MAX);
//! for finding in &report.findings {
//!     println!("{} [{}]: {}", finding.code, finding.confidence.as_str(), finding.summary);
//! }
//! ```
//!
//! | module | content |
//! |---|---|
//! | [`finding`] | findings: hop, evidence, confidence, remedy |
//! | [`hops`] | how often the context arrived, for each pair of services |
//! | [`json`] | findings for programs |
//! | [`rule`] | what every rule has |
//! | [`rules`] | one rule a file, and the table of all |
//! | `window` | the traces under examination, with what the rules need to know of them |
//! | [`suppression`] | findings that are known and accepted |
//! | [`limits`] | every bound and threshold, with its reason |
//!
//! Pure: no I/O, no clock. [`trace_model::analysis`] is the judge of a single trace; the doctor compares traces.
//! A wrong finding is worse than a missing one: a rule speaks only where coincidence is excluded, and names the causes that
//! leave the same spans. The order in which spans arrive changes no finding.
use crate::hash::HashSet;

pub mod finding;
mod hash;
pub mod hops;
pub mod json;
pub mod limits;
pub mod rule;
pub mod rules;
pub mod suppression;
mod window;

use trace_model::{Nanos, Origin, Span, TraceId};

pub use finding::{Confidence, Evidence, Fact, Finding, Hop, Join, Occurrences, Severity, SpanRef};
pub use hops::HopCount;
pub use rule::Rule;
pub use rules::RULES;
pub use suppression::Suppressions;

use rule::Claims;
use window::{At, Window, intake::Intake};

/// A span as it was received.
#[derive(Debug, Clone)]
pub struct Received<'a> {
    pub origin: Origin<'a>,
    pub span: Span<'a>,
    /// When its batch arrived. Unset where that is not known, as in a file: its trace counts as complete.
    pub arrived: Nanos,
}

/// What was found, and what was not looked at.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Report {
    /// In the order of [`RULES`]; of one rule, by hop.
    pub findings: Vec<Finding>,
    /// Traces and spans that were examined.
    pub traces: usize,
    pub spans: usize,
    /// Traces of which something may still arrive, in the order of their ids. Examine them later.
    pub arriving: Vec<Arriving>,
    /// Traces beyond [`limits::SPANS`].
    pub left_out: usize,
    /// By caller and callee.
    pub hops: Vec<HopCount>,
}

/// A trace of which something may still arrive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arriving {
    pub trace_id: TraceId,
    /// When its last part arrived.
    pub last: Nanos,
    /// When it will be examined, if nothing of it arrives until then.
    pub examined_at: Nanos,
    /// The service of the trace whose spans arrive latest after their ends.
    pub slowest: String,
    /// When spans of that service arrived last, of any trace.
    pub slowest_heard: Nanos,
}

impl Report {
    /// The most severe finding.
    pub fn severity(&self) -> Option<Severity> {
        self.findings.iter().map(|finding| finding.severity).max()
    }

    /// Keeps the first note about each trace: several remarks about one trace distract from each other. Do so last, when the
    /// findings that are suppressed have been removed, so that they hide no other. A finding that `counts` is kept.
    pub fn keep_one_note_a_trace(&mut self, counts: impl Fn(&Finding) -> bool) {
        let mut noted = HashSet::<TraceId>::default();
        self.findings.retain_mut(|finding| {
            if finding.severity > Severity::Note || counts(finding) {
                return true;
            }
            let before = finding.spans.len();
            finding.spans.retain(|span| !noted.contains(&span.trace_id));
            if finding.spans.is_empty() {
                return false;
            }
            // A case may have several spans: as large a part of the cases is left as of the spans.
            let affected = &mut finding.occurrences.affected;
            *affected = (*affected * finding.spans.len()).div_ceil(before).max(1);
            noted.extend(finding.spans.iter().map(|span| span.trace_id));
            true
        });
    }
}

/// Examines traces. `now` is the time at which `received` is complete: what arrived shortly before may not be whole yet.
pub fn diagnose(received: &[Received<'_>], now: Nanos) -> Report {
    let mut report = diagnose_with_all_notes(received, now);
    report.keep_one_note_a_trace(|_| false);
    report
}

/// [`diagnose`], for those who choose among the findings: finish with [`Report::keep_one_note_a_trace`].
pub fn diagnose_with_all_notes(received: &[Received<'_>], now: Nanos) -> Report {
    let intake = Intake::new(received, now);
    let window = Window::new(&intake.groups);
    let mut claims = Claims::default();
    let mut findings = Vec::new();
    let mut joined: Vec<(At, At)> = Vec::new();
    for rule in RULES {
        let drafts = (rule.find)(&window, &mut claims);
        joined.extend(drafts.iter().flat_map(|draft| &draft.joins));
        let mut own: Vec<Finding> =
            drafts.into_iter().map(|draft| draft.into_finding(rule, &window)).collect();
        own.sort_by(|one, other| (&one.hop, &one.spans).cmp(&(&other.hop, &other.spans)));
        findings.extend(own);
    }
    Report {
        findings,
        traces: window.traces.len(),
        spans: intake.groups.iter().map(Vec::len).sum(),
        arriving: intake.arriving,
        left_out: intake.left_out,
        hops: hops::count(&window, &joined),
    }
}
