//! What the spans of one trace say that stand together in a batch, a run of them: their hashes, and the tokens made of them.

use crate::{
    marked::{self, Marked, Spans},
    tokens::{Hash, low_half, token_of},
};

/// The hashes of the spans of a run. Such spans mostly say the same in the same order: what stands at the same
/// place as in the span before is neither listed nor sorted again.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    listed: Vec<Listed>,
    /// Where in the list the hashes of the last span are: its own, and its resource's.
    last: [Vec<usize>; 2],
    /// The block of the last span, and those of its spans that the resource's hashes are not marked with yet.
    block: Option<usize>,
    of_block: Spans,
    /// What stood in the list in an earlier run of the same batch, in the order of the tokens. Runs of a program's spans say
    /// nearly the same at the same places: what does is neither sorted nor looked up again.
    before: Vec<Before>,
    /// Some of that have the same token.
    repeats: bool,
    /// Which of that were not known.
    unknown: Vec<usize>,
    /// Which of that have gone, for another stands in their place of the list.
    gone: Vec<usize>,
    sorted: Vec<u64>,
    tokens: Vec<Marked>,
    merged: Vec<Marked>,
}

/// A hash, with the spans that have it.
#[derive(Debug, Clone, Copy)]
struct Listed {
    hash: Hash,
    spans: Spans,
}

/// A hash that stood at a place of the list.
#[derive(Debug, Clone, Copy)]
struct Before {
    hash: Hash,
    at: u32,
}

impl Before {
    /// What stands there now.
    fn now(self, listed: &[Listed]) -> Option<Listed> {
        listed.get(self.at as usize).copied()
    }
}

/// Which of the lists of the last span.
const OWN: usize = 0;
const SHARED: usize = 1;

impl Listed {
    fn marked(self) -> Marked {
        Marked { token: token_of(self.hash), spans: self.spans }
    }
}

impl Gathered {
    /// Begins a batch, before which what was known may have been forgotten.
    pub(crate) fn begin(&mut self) {
        self.before.clear();
    }

    /// Begins a run.
    pub(crate) fn clear(&mut self) {
        self.listed.clear();
        self.last.iter_mut().for_each(Vec::clear);
        (self.block, self.of_block) = (None, Spans::NONE);
    }

    /// Takes in the hashes of the span at a place of its trace: its own, and its resource's, which are those of its block.
    pub(crate) fn add(&mut self, place: usize, [own, shared]: [&[Hash]; 2], block: usize) {
        let place = Spans::of(place);
        self.list(OWN, own, place);
        if self.block == Some(block) {
            self.of_block = self.of_block.or(place);
            return;
        }
        self.end_block();
        self.list(SHARED, shared, place);
        self.last[SHARED].truncate(shared.len());
        self.block = Some(block);
    }

    fn list(&mut self, whose: usize, hashes: &[Hash], spans: Spans) {
        let Self { listed, last, .. } = self;
        let last = &mut last[whose];
        for (position, &hash) in hashes.iter().enumerate() {
            let at = last.get_mut(position);
            if let Some(at) = &at
                && let Some(same) = listed.get_mut(**at).filter(|listed| listed.hash == hash)
            {
                same.spans = same.spans.or(spans);
                continue;
            }
            match at {
                Some(at) => *at = listed.len(),
                None => last.push(listed.len()),
            }
            listed.push(Listed { hash, spans });
        }
    }

    /// Marks the hashes of a block's resource with its spans.
    fn end_block(&mut self) {
        let of_block = std::mem::take(&mut self.of_block);
        for &at in &self.last[SHARED] {
            if let Some(listed) = self.listed.get_mut(at) {
                listed.spans = listed.spans.or(of_block);
            }
        }
    }

    /// Ends the run: the tokens of all, sorted, each once.
    pub(crate) fn finish(&mut self) -> &[Marked] {
        self.end_block();
        self.compare();
        let repeats = if self.is_like_before() { self.put_in_place() } else { self.sort() };
        if repeats {
            marked::unite(&mut self.tokens);
        }
        &self.tokens
    }

    /// Takes over the places of what stood in the list before.
    fn compare(&mut self) {
        let Self { listed, before, gone, tokens, .. } = self;
        tokens.clear();
        gone.clear();
        if listed.len() != before.len() {
            return;
        }
        tokens.extend(before.iter().enumerate().map(|(number, before)| {
            let now = before.now(listed).unwrap_or(Listed { hash: 0, spans: Spans::NONE });
            if now.hash != before.hash {
                gone.push(number);
            }
            now.marked()
        }));
    }

    fn is_like_before(&self) -> bool {
        /// To put more where they belong, one by one, takes longer than to sort.
        const FEW: usize = 12;
        self.listed.len() == self.before.len() && self.gone.len() <= FEW
    }

    /// Puts what came instead of what has gone where it belongs.
    fn put_in_place(&mut self) -> bool {
        let Self { listed, before, gone, tokens, repeats, .. } = self;
        for &number in gone.iter().rev() {
            tokens.remove(number);
        }
        let mut repeats = *repeats;
        for new in gone.iter().filter_map(|&number| before.get(number)?.now(listed)) {
            let marked = new.marked();
            let at = tokens.partition_point(|other| other.token < marked.token);
            repeats |= tokens.get(at).is_some_and(|other| other.token == marked.token);
            tokens.insert(at, marked);
        }
        repeats
    }

    fn sort(&mut self) -> bool {
        let Self { listed, before, repeats, unknown, gone, sorted, tokens, .. } = self;
        sorted.clear();
        // As numbers, they are sorted without a branch.
        sorted.extend(listed.iter().zip(0..).map(|(listed, at)| u64::from(token_of(listed.hash)) << 32 | at));
        sorted.sort_unstable();
        before.clear();
        tokens.clear();
        for &packed in &*sorted {
            let at = low_half(packed);
            if let Some(listed) = listed.get(at as usize) {
                before.push(Before { hash: listed.hash, at });
                tokens.push(listed.marked());
            }
        }
        *repeats = tokens.windows(2).any(|pair| matches!(pair, [one, next] if one.token == next.token));
        gone.clear();
        unknown.clear();
        unknown.extend(0..before.len());
        *repeats
    }

    /// The spans of the run that was ended that have something that is not known, perhaps with others that share their bits.
    pub(crate) fn unknown(&mut self, knows: impl Fn(Hash) -> bool) -> Spans {
        let Self { listed, before, unknown, gone, .. } = self;
        let mut spans = Spans::NONE;
        let mut is_unknown = |new: Listed| {
            let unknown = !knows(new.hash);
            spans = if unknown { spans.or(new.spans) } else { spans };
            unknown
        };
        for new in gone.iter().filter_map(|&number| before.get(number)?.now(listed)) {
            is_unknown(new);
        }
        unknown.retain(|&number| {
            let Some(before) = before.get(number) else { return false };
            let now = before.now(listed).filter(|now| now.hash == before.hash);
            now.is_none_or(&mut is_unknown)
        });
        spans
    }

    /// What [`Self::finish`] made.
    pub(crate) fn tokens(&self) -> &[Marked] {
        &self.tokens
    }

    /// Takes the tokens of the run that was ended into those of its trace.
    pub(crate) fn merge_into(&mut self, tokens: &mut Vec<Marked>) {
        marked::merge(tokens, &self.tokens, &mut self.merged);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_token_is_marked_with_exactly_its_spans_in_runs_that_are_alike_and_in_others(
            spans in proptest::collection::vec(
                (proptest::collection::vec(0..60_u64, 0..8), proptest::collection::vec(60..64_u64, 0..3), 0..3_usize),
                0..40,
            ),
            edits in proptest::collection::vec(
                proptest::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0..80_u64), 0..5),
                1..5,
            ),
            known in proptest::collection::hash_set(0..80_u64, 0..80),
        ) {
            // A token is the upper half of a hash.
            let of = |halves: &[u64]| halves.iter().map(|half| half << 32 | 7).collect::<Vec<Hash>>();
            let (mut gathered, mut spans) = (Gathered::default(), spans);
            for edits in edits {
                gathered.clear();
                let (mut expected, mut unknown) = (std::collections::BTreeMap::new(), Spans::NONE);
                let shared = spans.iter().map(|(_, shared, block)| (*block, shared.clone()));
                let shared = shared.collect::<std::collections::HashMap<_, _>>();
                for (place, (own, _, block)) in spans.iter().enumerate() {
                    gathered.add(place, [&of(own), &of(&shared[block])], *block);
                    for token in own.iter().chain(&shared[block]) {
                        let marked = expected.entry(*token).or_insert(Spans::NONE);
                        *marked = marked.or(Spans::of(place));
                        unknown = if known.contains(token) { unknown } else { unknown.or(Spans::of(place)) };
                    }
                }
                let found: Vec<_> =
                    gathered.finish().iter().map(|marked| (u64::from(marked.token), marked.spans)).collect();
                prop_assert_eq!(found, expected.into_iter().collect::<Vec<_>>());
                prop_assert_eq!(gathered.unknown(|hash| known.contains(&(hash >> 32))), unknown);
                for (span, attribute, token) in edits {
                    if spans.is_empty() {
                        break;
                    }
                    let own = &mut span.get_mut(&mut spans).0;
                    if !own.is_empty() {
                        *attribute.get_mut(own) = token;
                    }
                }
            }
        }
    }
}
