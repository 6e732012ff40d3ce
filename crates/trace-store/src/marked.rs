//! The tokens of a trace, each with the spans that have it.

use crate::tokens::{Hash, Token, token_of};

/// A token, or the hash that it is half of, with the spans of a trace that have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Marked<T = Token> {
    pub(crate) token: T,
    pub(crate) spans: Spans,
}

impl From<&Marked<Hash>> for Marked {
    fn from(marked: &Marked<Hash>) -> Self {
        Self { token: token_of(marked.token), spans: marked.spans }
    }
}

/// Some spans of a trace: bit `n` stands for its spans `n`, `n + 32` and so on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Spans(u32);

impl Spans {
    pub(crate) const ALL: Self = Self(u32::MAX);
    pub(crate) const NONE: Self = Self(0);

    pub(crate) const fn of(place: usize) -> Self {
        Self(1 << (place % 32))
    }

    /// Whether a bit of a trace with so many spans is of one span alone.
    pub(crate) const fn are_exact(spans: usize) -> bool {
        spans <= 32
    }

    pub(crate) const fn is_none(self) -> bool {
        self.0 == 0
    }

    pub(crate) const fn contains(self, place: usize) -> bool {
        self.0 & Self::of(place).0 != 0
    }

    pub(crate) const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(crate) const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) const fn but(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

/// Sorts, and makes one of those that are the same.
pub(crate) fn tidy<T: Ord + Copy>(tokens: &mut Vec<Marked<T>>) {
    // Stable, for that finds what is sorted already: mostly two lists after one another.
    tokens.sort_by_key(|marked| marked.token);
    tokens.dedup_by(|next, marked| {
        let same = next.token == marked.token;
        if same {
            marked.spans = marked.spans.or(next.spans);
        }
        same
    });
}

/// One of some sorted tokens. They are hashes and so evenly spread: it is near the place that its own value says, most
/// likely in the first line of memory that is waited for.
pub(crate) fn find(sorted: &[Marked], token: Token) -> Option<&Marked> {
    const NEAR: usize = 8;
    let place = usize::try_from((u64::from(token) * sorted.len() as u64) >> Token::BITS).unwrap_or_default();
    let near = sorted.get(place.saturating_sub(NEAR)..sorted.len().min(place + NEAR)).unwrap_or_default();
    let is_near = near.first().is_some_and(|first| first.token <= token)
        && near.last().is_some_and(|last| token <= last.token);
    let among = if is_near { near } else { sorted };
    among.get(among.binary_search_by_key(&token, |marked| marked.token).ok()?)
}

/// The hashes of spans that follow one another. Such spans mostly say the same in the same order: what stands at the same
/// place as in the span before is neither listed nor sorted again.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    marked: Vec<Marked<Hash>>,
    /// Where in the list the hashes of the last span are.
    last: Vec<usize>,
}

impl Gathered {
    pub(crate) fn clear(&mut self) {
        self.marked.clear();
        self.last.clear();
    }

    /// Takes in the hashes of the span at a place of its trace.
    pub(crate) fn add(&mut self, place: usize, hashes: [&[Hash]; 2]) {
        let spans = Spans::of(place);
        let Self { marked, last } = self;
        for (position, token) in hashes.into_iter().flatten().enumerate() {
            let same = last.get(position).and_then(|&at| marked.get_mut(at));
            if let Some(same) = same.filter(|same| same.token == *token) {
                same.spans = same.spans.or(spans);
                continue;
            }
            match last.get_mut(position) {
                Some(at) => *at = marked.len(),
                None => last.push(marked.len()),
            }
            marked.push(Marked { token: *token, spans });
        }
    }

    /// All of them, sorted, each once.
    pub(crate) fn finish(&mut self) -> &[Marked<Hash>] {
        self.last.clear();
        tidy(&mut self.marked);
        &self.marked
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_token_is_marked_with_exactly_its_spans(
            spans in proptest::collection::vec(
                (proptest::collection::vec(0..20_u64, 0..8), proptest::collection::vec(20..24_u64, 0..3)), 0..40),
        ) {
            let mut gathered = Gathered::default();
            let mut expected = std::collections::BTreeMap::new();
            for (place, (own, shared)) in spans.iter().enumerate() {
                gathered.add(place, [own, shared]);
                for token in own.iter().chain(shared) {
                    *expected.entry(*token).or_insert(0) |= Spans::of(place).0;
                }
            }
            let found: Vec<_> = gathered.finish().iter().map(|marked| (marked.token, marked.spans.0)).collect();
            prop_assert_eq!(found, expected.into_iter().collect::<Vec<_>>());
        }
    }
}
