//! What the doctor says: findings, each with its hop, evidence, confidence and remedy.

use trace_model::{Nanos, SpanId, TraceId};

/// How much a finding matters. Ordered: a note is the least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing. The traces are usable as they are.
    Note,
    /// The traces are whole, but what they say is doubtful.
    Warning,
    /// Spans are missing, or one request is several traces.
    Error,
}

impl Severity {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// How sure the stated cause is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Confidence {
    /// The spans prove it.
    Certain,
    /// It explains all that was seen, and nothing else is as simple.
    Likely,
    /// Several causes leave the same spans. They are named; no choice between them is possible.
    OneOf(Vec<&'static str>),
}

impl Confidence {
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Certain => "certain",
            Self::Likely => "likely",
            Self::OneOf(_) => "cannot be told apart",
        }
    }

    /// The causes that cannot be told apart; empty otherwise.
    pub fn candidates(&self) -> &[&'static str] {
        if let Self::OneOf(candidates) = self { candidates } else { &[] }
    }
}

/// Where it happens: from one service to another, or inside one (`from` and `to` are the same).
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hop {
    /// `None`: a caller that sent no spans.
    pub from: Option<String>,
    /// `None`: a callee that sent no spans.
    pub to: Option<String>,
    /// The route, span name or destination, where it happens at one only.
    pub route: Option<String>,
}

/// A span of one trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SpanRef {
    pub trace_id: TraceId,
    pub span_id: SpanId,
}

/// Two spans in different traces that belong to one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Join {
    pub caller: SpanRef,
    pub callee: SpanRef,
}

/// How often it happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Occurrences {
    pub affected: usize,
    /// Of how many that could be affected.
    pub of: usize,
    /// The first and the last affected span.
    pub first: Nanos,
    pub last: Nanos,
}

/// One observation that speaks for a finding.
#[derive(Debug, Clone, PartialEq)]
pub struct Evidence {
    /// Stable name in snake case.
    pub name: &'static str,
    pub value: Fact,
}

/// The value of an observation.
#[derive(Debug, Clone, PartialEq)]
pub enum Fact {
    Count(usize),
    Share {
        part: usize,
        of: usize,
    },
    /// Nanoseconds; may be negative.
    Duration(i64),
    Time(Nanos),
    /// A probability.
    Chance(f64),
    Text(String),
    Texts(Vec<String>),
    TraceIds(Vec<TraceId>),
}

/// What is wrong, where, how sure that is, and what to change.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// Stable: the code of the rule.
    pub code: &'static str,
    pub severity: Severity,
    pub confidence: Confidence,
    pub hop: Hop,
    pub occurrences: Occurrences,
    /// The spans it is about, at most [`crate::limits::SPANS_PER_FINDING`], in the order of their ids.
    pub spans: Vec<SpanRef>,
    /// Traces that belong together, in the order of their ids.
    pub joins: Vec<Join>,
    pub evidence: Vec<Evidence>,
    /// One sentence: what probably happened.
    pub summary: String,
    /// What would show that it is not so.
    pub disproof: &'static str,
    /// What to change.
    pub remedy: &'static str,
    /// How, in Rust; empty where that is not known.
    pub rust: &'static str,
}

impl Finding {
    /// The traces it is about, each once.
    pub fn trace_ids(&self) -> Vec<TraceId> {
        let joined = self.joins.iter().flat_map(|join| [join.caller.trace_id, join.callee.trace_id]);
        let mut ids: Vec<TraceId> = self.spans.iter().map(|span| span.trace_id).chain(joined).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }
}
