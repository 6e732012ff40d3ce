//! Postings of a trace: its attribute tokens, sorted, each with the spans that have it.

use super::token::Token;

/// A token with the spans of a trace that have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Posting {
    pub(crate) token: Token,
    pub(crate) spans: SpanMask,
}

/// A set of spans of one trace: bit `n` stands for the spans at positions `n`, `n + 32` and so on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct SpanMask(u32);

impl SpanMask {
    pub(crate) const ALL: Self = Self(u32::MAX);
    pub(crate) const NONE: Self = Self(0);

    /// The span at a position of its trace.
    pub(crate) const fn of(position: usize) -> Self {
        Self(1 << (position % 32))
    }

    /// The first `count` spans.
    pub(crate) const fn first(count: usize) -> Self {
        if Self::is_exact(count + 1) { Self((1 << count) - 1) } else { Self::ALL }
    }

    /// Whether each bit stands for a single span in a trace of so many spans.
    pub(crate) const fn is_exact(spans: usize) -> bool {
        spans <= 32
    }

    pub(crate) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(crate) const fn contains(self, position: usize) -> bool {
        self.0 & Self::of(position).0 != 0
    }

    pub(crate) const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(crate) const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// The same set if the condition holds, otherwise the empty set. Without a branch.
    fn when(self, condition: bool) -> Self {
        Self(self.0 & u32::from(condition).wrapping_neg())
    }
}

/// Sorts postings, and merges those of the same token.
pub(crate) fn sort_and_merge(postings: &mut Vec<Posting>) {
    // A stable sort detects sorted runs: the input is mostly two sorted lists, one after the other.
    postings.sort_by_key(|posting| posting.token);
    merge_adjacent(postings);
    shrink(postings);
}

/// Merges `others` into `postings`; both are sorted, without duplicates. The result is built in `buffer`, so that
/// `postings` allocates exactly what it needs.
pub(super) fn merge(postings: &mut Vec<Posting>, others: &[Posting], buffer: &mut Vec<Posting>) {
    merge_sorted(postings, others, buffer);
    let merged = buffer.as_slice();
    if merged.len() <= postings.capacity() {
        postings.clear();
        postings.extend_from_slice(merged);
    } else {
        *postings = merged.to_vec();
    }
}

/// Merges two lists into one; all are sorted, without duplicates.
fn merge_sorted(mut left: &[Posting], mut right: &[Posting], merged: &mut Vec<Posting>) {
    merged.clear();
    merged.reserve(left.len() + right.len());
    while let ([first, rest_of_left @ ..], [other, rest_of_right @ ..]) = (left, right) {
        // Which token is next is unpredictable. Without branches, none is mispredicted.
        let token = first.token.min(other.token);
        let spans = first.spans.when(first.token == token).or(other.spans.when(other.token == token));
        left = if first.token == token { rest_of_left } else { left };
        right = if other.token == token { rest_of_right } else { right };
        merged.push(Posting { token, spans });
    }
    merged.extend_from_slice(left);
    merged.extend_from_slice(right);
}

/// Frees unused capacity of more than a quarter.
fn shrink(postings: &mut Vec<Posting>) {
    postings.shrink_to(postings.len() + postings.len() / 4);
}

/// Merges adjacent postings of the same token.
pub(super) fn merge_adjacent(postings: &mut Vec<Posting>) {
    postings.dedup_by(|next, posting| {
        let same = next.token == posting.token;
        if same {
            posting.spans = posting.spans.or(next.spans);
        }
        same
    });
}

/// The posting of a token, by interpolation search. Tokens are hashes and so evenly distributed: the position is
/// estimated from the token's value, and most often right within one cache line.
pub(super) fn find(sorted: &[Posting], token: Token) -> Option<&Posting> {
    const NEAR: usize = 8;
    let estimate =
        usize::try_from((u64::from(token) * sorted.len() as u64) >> Token::BITS).unwrap_or_default();
    let near =
        sorted.get(estimate.saturating_sub(NEAR)..sorted.len().min(estimate + NEAR)).unwrap_or_default();
    let is_near = near.first().is_some_and(|first| first.token <= token)
        && near.last().is_some_and(|last| token <= last.token);
    let range = if is_near { near } else { sorted };
    range.get(range.binary_search_by_key(&token, |posting| posting.token).ok()?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn merging_sorted_lists_equals_sorting_their_concatenation(
            lists in prop::array::uniform2(prop::collection::btree_map(0..60_u32, 1..u32::MAX, 0..40)),
        ) {
            let [mut postings, others] = lists.map(|list| {
                let posting = |(token, spans)| Posting { token, spans: SpanMask(spans) };
                list.into_iter().map(posting).collect::<Vec<_>>()
            });
            let mut expected = [&postings[..], &others].concat();
            sort_and_merge(&mut expected);
            merge(&mut postings, &others, &mut Vec::new());
            prop_assert_eq!(postings, expected);
        }
    }
}
