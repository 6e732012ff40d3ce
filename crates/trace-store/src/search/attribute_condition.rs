//! Planned condition on an attribute: the spans of a trace that may match by their tokens and columns.

use std::cmp::Reverse;

use super::{column_scan::ColumnScans, shown_tag::ShownTag};
use crate::{
    attributes::{SpanMask, TokenCandidates, columns::ColumnPredicate, tokens_of_text},
    index::{Index, TraceEntry},
    query::ValuePredicate,
    trace_slot::TraceSlot,
};

/// The scans that search the columns, with the index. `None` to leave the columns out.
pub(super) type Scans<'a> = Option<(&'a mut ColumnScans, &'a Index)>;

/// A condition on an attribute, prepared for one state of the index.
pub(super) struct AttributeCondition {
    /// Position among the query's conditions on attributes.
    number: usize,
    pub(super) negated: bool,
    pub(super) key: String,
    pub(super) predicate: ValuePredicate,
    /// The tokens that satisfy the predicate.
    tokens: TokenCandidates,
    /// The predicate on the columns, if the key has values there.
    column: Option<ColumnPredicate>,
    /// Set when it is also searched in what Jaeger shows beside attributes.
    pub(super) shown: Option<ShownTag>,
}

impl AttributeCondition {
    pub(super) fn new(
        number: usize,
        negated: bool,
        (key, predicate): (&str, &ValuePredicate),
        index: &Index,
    ) -> Self {
        let tokens = candidates(index, key, predicate);
        // Spans that pass are decoded and decided exactly, so a span may only be left out if it certainly does not
        // match.
        let bound = if negated { ColumnPredicate::subset } else { ColumnPredicate::superset };
        let column = matches!(tokens, TokenCandidates::Partial(..)).then(|| bound(predicate));
        Self {
            number,
            negated,
            key: key.to_owned(),
            predicate: predicate.clone(),
            tokens,
            column,
            shown: None,
        }
    }

    /// Order of evaluation: conditions that need no columns, then those with the longest needle, which match least.
    pub(super) fn rank(&self) -> Option<Reverse<usize>> {
        self.column.as_ref().map(|column| Reverse(column.needle_len()))
    }

    /// Traces per thousand that it let through in the search so far. `None` when it needs no columns.
    pub(super) fn selectivity(&self, column_scans: &ColumnScans) -> Option<u64> {
        self.column.as_ref().map(|_| column_scans.selectivity(self.number))
    }

    /// Whether no span can match.
    pub(super) fn matches_nothing(&self) -> bool {
        !self.negated && self.shown.is_none() && self.tokens.is_empty()
    }

    /// Those of the given spans of a trace that may match.
    pub(super) fn candidates(
        &self,
        spans: SpanMask,
        trace: (TraceSlot, &TraceEntry),
        column_scans: Scans<'_>,
    ) -> SpanMask {
        if self.negated {
            self.without_attribute(spans, trace, column_scans)
        } else {
            let shown = self.shown.as_ref().map_or(SpanMask::NONE, |shown| shown.spans_in(trace.1));
            self.with_attribute(spans, trace, column_scans).or(spans.and(shown))
        }
    }

    /// The spans that may have the attribute.
    fn with_attribute(
        &self,
        spans: SpanMask,
        trace: (TraceSlot, &TraceEntry),
        column_scans: Scans<'_>,
    ) -> SpanMask {
        let (TokenCandidates::Partial(_, key), Some(column)) = (&self.tokens, &self.column) else {
            return spans.and(self.by_tokens(trace.1));
        };
        let Some((column_scans, index)) =
            column_scans.filter(|(_, index)| index.columns.are_complete_from(trace.1.first_chunk))
        else {
            return spans;
        };
        let by_columns = column_scans.spans_of(self.number, trace, index, (*key, column));
        column_scans.count(self.number, !by_columns.is_empty());
        spans.and(self.by_tokens(trace.1).or(by_columns))
    }

    /// The spans without those that certainly have the attribute.
    fn without_attribute(
        &self,
        spans: SpanMask,
        trace: (TraceSlot, &TraceEntry),
        column_scans: Scans<'_>,
    ) -> SpanMask {
        // A bit that stands for several spans is set if one of them has the attribute, so the others would be lost.
        if !SpanMask::is_exact(trace.1.spans.len()) {
            return spans;
        }
        match (&self.tokens, &self.column, column_scans) {
            (TokenCandidates::Exact(_), ..) => spans.without(self.by_tokens(trace.1)),
            (TokenCandidates::Partial(_, key), Some(column), Some((column_scans, index))) => {
                let rest = spans.without(column_scans.spans_of(self.number, trace, index, (*key, column)));
                // Mostly no span is left, and tokens are slower to look up.
                let rest = if rest.is_empty() { rest } else { rest.without(self.by_tokens(trace.1)) };
                column_scans.count(self.number, !rest.is_empty());
                rest
            }
            _ => spans,
        }
    }

    /// The spans that have a matching value which the dictionary knows.
    fn by_tokens(&self, trace: &TraceEntry) -> SpanMask {
        self.tokens.spans_in(&trace.digest.attributes, &trace.postings)
    }
}

fn candidates(index: &Index, key: &str, predicate: &ValuePredicate) -> TokenCandidates {
    let known = index.dictionary.candidates(key, predicate);
    match (known, predicate.exact_text()) {
        // The dictionary does not know all values, but for equality the token can be computed.
        (TokenCandidates::Any | TokenCandidates::Partial(..), Some(text)) => {
            TokenCandidates::Exact(tokens_of_text(key, text))
        }
        (known, _) => known,
    }
}
