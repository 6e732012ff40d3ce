//! A parsed query: its terms, and their conditions.

use trace_model::{Nanos, SpanId, SpanKind, StatusCode, TraceId};

use super::{operator::Operator, value_predicate::ValuePredicate};

/// A condition or its negation.
#[derive(Debug, Clone, PartialEq)]
pub struct Term {
    pub negated: bool,
    pub condition: Condition,
}

impl From<Condition> for Term {
    fn from(condition: Condition) -> Self {
        Self { negated: false, condition }
    }
}

/// A condition on a span or its trace.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    Service(ValuePredicate),
    Name(ValuePredicate),
    Status(StatusCode),
    Kind(SpanKind),
    /// In nanoseconds.
    Duration(Operator, u64),
    SpanId(SpanId),
    ParentService(ValuePredicate),
    ParentName(ValuePredicate),
    Attribute(String, ValuePredicate),
    /// As [`Self::Attribute`], or what Jaeger's JSON shows with this key: a field of the span, its scope or its resource, or
    /// the name or an attribute of an event. Bytes, arrays and maps are compared by the text that it shows.
    JaegerTag(String, ValuePredicate),
    TraceId(TraceId),
    /// In nanoseconds.
    TraceDuration(Operator, u64),
    TraceSpans(Operator, u64),
    TraceErrors(Operator, u64),
    TraceService(ValuePredicate),
    RootService(ValuePredicate),
    RootName(ValuePredicate),
}

/// A parsed query: all terms must match.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    pub terms: Vec<Term>,
    /// The trace starts between these, both included.
    pub from: Nanos,
    pub to: Nanos,
}

impl Default for Query {
    /// Matches all traces.
    fn default() -> Self {
        Self { terms: Vec::new(), from: Nanos::ZERO, to: Nanos::MAX }
    }
}
