//! The tokens of a trace, each with the spans that have it.

use std::cmp::Ordering;

use crate::tokens::{Hash, Token, low_half, token_of};

/// A token with the spans of a trace that have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Marked {
    pub(crate) token: Token,
    pub(crate) spans: Spans,
}

impl Marked {
    /// As one number, in the order of the tokens: such are sorted without a branch.
    fn packed(self) -> u64 {
        u64::from(self.token) << 32 | u64::from(self.spans.0)
    }

    fn unpacked(packed: u64) -> Self {
        Self { token: token_of(packed), spans: Spans(low_half(packed)) }
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

/// Takes in others; both are sorted, each once.
pub(crate) fn merge(tokens: &mut Vec<Marked>, others: &[Marked]) {
    let mut merged = Vec::with_capacity(tokens.len() + others.len());
    let (mut ones, mut others) = (tokens.iter().peekable(), others.iter().peekable());
    while let (Some(one), Some(other)) = (ones.peek(), others.peek()) {
        let (next, spans) = match one.token.cmp(&other.token) {
            Ordering::Less => (ones.next(), Spans::NONE),
            Ordering::Greater => (others.next(), Spans::NONE),
            Ordering::Equal => (ones.next(), others.next().map_or(Spans::NONE, |other| other.spans)),
        };
        merged.extend(next.map(|next| Marked { token: next.token, spans: next.spans.or(spans) }));
    }
    merged.extend(ones.chain(others));
    give_back(&mut merged);
    *tokens = merged;
}

/// Gives back the room that is not needed, unless it is little.
fn give_back(tokens: &mut Vec<Marked>) {
    tokens.shrink_to(tokens.len() + tokens.len() / 4);
}

/// Makes one of those that are the same, which stand together.
fn unite(tokens: &mut Vec<Marked>) {
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
    hashes: Vec<Hash>,
    /// Of each hash, the spans that have it.
    spans: Vec<Spans>,
    /// Where in the lists the hashes of the last span are: its own, and its resource's.
    last: [Vec<usize>; 2],
    sorted: Vec<u64>,
    tokens: Vec<Marked>,
}

impl Gathered {
    pub(crate) fn clear(&mut self) {
        self.hashes.clear();
        self.spans.clear();
        self.last.iter_mut().for_each(Vec::clear);
    }

    /// Takes in the hashes of the span at a place of its trace: its own, and its resource's.
    pub(crate) fn add(&mut self, place: usize, hashes: [&[Hash]; 2]) {
        let place = Spans::of(place);
        let Self { hashes: listed, spans, last, .. } = self;
        for (hashes, last) in hashes.into_iter().zip(last) {
            for (position, hash) in hashes.iter().enumerate() {
                let same = last.get(position).filter(|&&at| listed.get(at) == Some(hash));
                if let Some(same) = same.and_then(|&at| spans.get_mut(at)) {
                    *same = same.or(place);
                    continue;
                }
                match last.get_mut(position) {
                    Some(at) => *at = listed.len(),
                    None => last.push(listed.len()),
                }
                listed.push(*hash);
                spans.push(place);
            }
        }
    }

    /// All of them, some more than once, in no order.
    pub(crate) fn hashes(&self) -> &[Hash] {
        &self.hashes
    }

    /// Their tokens, sorted, each once.
    pub(crate) fn tokens(&mut self) -> &[Marked] {
        let Self { hashes, spans, sorted, tokens, .. } = self;
        let marked = hashes.iter().zip(spans.iter());
        sorted.clear();
        sorted.extend(marked.map(|(hash, &spans)| Marked { token: token_of(*hash), spans }.packed()));
        sorted.sort_unstable();
        tokens.clear();
        tokens.extend(sorted.iter().copied().map(Marked::unpacked));
        unite(tokens);
        tokens
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
            // A token is the upper half of a hash.
            let of = |halves: &[u64]| halves.iter().map(|half| half << 32 | 7).collect::<Vec<Hash>>();
            let mut gathered = Gathered::default();
            let mut expected = std::collections::BTreeMap::new();
            for (place, (own, shared)) in spans.iter().enumerate() {
                gathered.add(place, [&of(own), &of(shared)]);
                for token in own.iter().chain(shared) {
                    *expected.entry(*token).or_insert(0) |= Spans::of(place).0;
                }
            }
            let found: Vec<_> =
                gathered.tokens().iter().map(|marked| (u64::from(marked.token), marked.spans.0)).collect();
            prop_assert_eq!(found, expected.into_iter().collect::<Vec<_>>());
        }

        #[test]
        fn what_is_merged_is_what_is_sorted_together(
            lists in prop::array::uniform2(prop::collection::btree_map(0..60_u32, 1..u32::MAX, 0..40)),
        ) {
            let [mut tokens, others] = lists.map(|list| {
                list.into_iter().map(|(token, spans)| Marked { token, spans: Spans(spans) }).collect::<Vec<_>>()
            });
            let mut expected = [&tokens[..], &others].concat();
            tidy(&mut expected);
            merge(&mut tokens, &others);
            prop_assert_eq!(tokens, expected);
        }
    }
}
