//! A condition on an attribute: which spans of a trace may fit, as far as tokens and columns tell.

use std::cmp::Reverse;

use crate::{
    columns::Sought,
    index::{Index, TraceEntry},
    marked::Spans,
    query::Text,
    sieve::Sieves,
    tokens::{Candidates, tokens_of_text},
    traces::Slot,
};

/// What the columns are asked through, where they are.
pub(super) type Asked<'a> = Option<(&'a mut Sieves, &'a Index)>;

pub(crate) struct AttributeTest {
    /// Which of the conditions on attributes it is.
    number: usize,
    pub(crate) negated: bool,
    pub(crate) key: String,
    pub(crate) text: Text,
    candidates: Candidates,
    /// The condition for columns, where they are asked.
    sought: Option<Sought>,
}

impl AttributeTest {
    pub(super) fn new(number: usize, negated: bool, (key, text): (&str, &Text), index: &Index) -> Self {
        let candidates = candidates(index, key, text);
        // What is looked at tells for sure: what is left out before that must be so, and no more than that.
        let sought = if negated { Sought::certainly } else { Sought::possibly };
        let sought = matches!(candidates, Candidates::Partly(..)).then(|| sought(text));
        Self { number, negated, key: key.to_owned(), text: text.clone(), candidates, sought }
    }

    /// What passes over most for the least comes first.
    pub(super) fn rank(&self) -> Option<Reverse<usize>> {
        self.sought.as_ref().map(|sought| Reverse(sought.part_len()))
    }

    /// The same by what a search has seen so far.
    pub(super) fn share_let_through(&self, sieves: &Sieves) -> Option<u64> {
        self.sought.as_ref().map(|_| sieves.share_let_through(self.number))
    }

    /// Whether no span can fit.
    pub(super) fn is_hopeless(&self) -> bool {
        !self.negated && self.candidates.are_none()
    }

    /// Those of some spans of a trace that may fit.
    pub(super) fn fitting(&self, spans: Spans, trace: (Slot, &TraceEntry), asked: Asked<'_>) -> Spans {
        if self.negated { self.without(spans, trace, asked) } else { self.among(spans, trace, asked) }
    }

    /// Those that may have the attribute.
    fn among(&self, spans: Spans, trace: (Slot, &TraceEntry), asked: Asked<'_>) -> Spans {
        let (Candidates::Partly(_, key), Some(sought)) = (&self.candidates, &self.sought) else {
            return spans.and(self.known(trace.1));
        };
        let Some((sieves, index)) = asked.filter(|(_, index)| index.columns.know(trace.1.first_chunk)) else {
            return spans;
        };
        let others = sieves.spans_of(self.number, trace, index, (*key, sought));
        sieves.note(self.number, !others.is_none());
        spans.and(self.known(trace.1).or(others))
    }

    /// All but those that are known to have it.
    fn without(&self, spans: Spans, trace: (Slot, &TraceEntry), asked: Asked<'_>) -> Spans {
        // A bit of several spans does not say that all of them have it.
        if !Spans::are_exact(trace.1.spans.len()) {
            return spans;
        }
        match (&self.candidates, &self.sought, asked) {
            (Candidates::Exactly(_), ..) => spans.but(self.known(trace.1)),
            (Candidates::Partly(_, key), Some(sought), Some((sieves, index))) => {
                let others = spans.but(sieves.spans_of(self.number, trace, index, (*key, sought)));
                // Mostly nothing is left, and tokens are slower.
                let left = if others.is_none() { others } else { others.but(self.known(trace.1)) };
                sieves.note(self.number, !left.is_none());
                left
            }
            _ => spans,
        }
    }

    /// Those that have it by a value that the dictionary knows.
    fn known(&self, trace: &TraceEntry) -> Spans {
        self.candidates.spans_in(&trace.digest.attributes, &trace.tokens)
    }
}

fn candidates(index: &Index, key: &str, text: &Text) -> Candidates {
    let known = index.dictionary.candidates(key, text);
    match (known, text.exact()) {
        // The dictionary does not know all values, but the text itself can be hashed.
        (Candidates::Any | Candidates::Partly(..), Some(wanted)) => {
            Candidates::Exactly(tokens_of_text(key, wanted))
        }
        (known, _) => known,
    }
}
