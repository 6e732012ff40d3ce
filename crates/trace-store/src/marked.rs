//! The tokens of a trace, each with the spans that have it.

use crate::tokens::Token;

/// A token with the spans of a trace that have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Marked {
    pub(crate) token: Token,
    pub(crate) spans: Spans,
}

/// Some spans of a trace: bit `n` stands for its spans `n`, `n + 32` and so on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Spans(u32);

impl Spans {
    pub(crate) const ALL: Self = Self(u32::MAX);
    pub(crate) const NONE: Self = Self(0);

    pub(crate) const fn of(place: usize) -> Self {
        Self(1 << (place % 32))
    }

    /// The spans at so many first places.
    pub(crate) const fn first(count: usize) -> Self {
        if Self::are_exact(count + 1) { Self((1 << count) - 1) } else { Self::ALL }
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

    /// Themselves or none.
    fn when(self, condition: bool) -> Self {
        Self(self.0 & u32::from(condition).wrapping_neg())
    }

    pub(crate) const fn but(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

/// Sorts, and makes one of those that are the same.
pub(crate) fn tidy(tokens: &mut Vec<Marked>) {
    // Stable, for that finds what is sorted already: mostly two lists after one another.
    tokens.sort_by_key(|marked| marked.token);
    unite(tokens);
    give_back(tokens);
}

/// Takes in others; both are sorted, each once. What they make is put together in `merged`, so that it takes the memory that
/// it needs and none before.
pub(crate) fn merge(tokens: &mut Vec<Marked>, others: &[Marked], merged: &mut Vec<Marked>) {
    unite_sorted(tokens, others, merged);
    let merged = merged.as_slice();
    if merged.len() <= tokens.capacity() {
        tokens.clear();
        tokens.extend_from_slice(merged);
    } else {
        *tokens = merged.to_vec();
    }
}

/// Makes one list of two; all are sorted, each once.
fn unite_sorted(mut ones: &[Marked], mut others: &[Marked], united: &mut Vec<Marked>) {
    united.clear();
    united.reserve(ones.len() + others.len());
    while let ([one, rest_of_ones @ ..], [other, rest_of_others @ ..]) = (ones, others) {
        // Which of them is next is nobody's guess: without branches none is guessed wrong.
        let token = one.token.min(other.token);
        let spans = one.spans.when(one.token == token).or(other.spans.when(other.token == token));
        ones = if one.token == token { rest_of_ones } else { ones };
        others = if other.token == token { rest_of_others } else { others };
        united.push(Marked { token, spans });
    }
    united.extend_from_slice(ones);
    united.extend_from_slice(others);
}

/// Gives back the room that is not needed, unless it is little.
fn give_back(tokens: &mut Vec<Marked>) {
    tokens.shrink_to(tokens.len() + tokens.len() / 4);
}

/// Makes one of those that are the same, which stand together.
pub(crate) fn unite(tokens: &mut Vec<Marked>) {
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_merged_is_what_is_sorted_together(
            lists in prop::array::uniform2(prop::collection::btree_map(0..60_u32, 1..u32::MAX, 0..40)),
        ) {
            let [mut tokens, others] = lists.map(|list| {
                list.into_iter().map(|(token, spans)| Marked { token, spans: Spans(spans) }).collect::<Vec<_>>()
            });
            let mut expected = [&tokens[..], &others].concat();
            tidy(&mut expected);
            merge(&mut tokens, &others, &mut Vec::new());
            prop_assert_eq!(tokens, expected);
        }
    }
}
