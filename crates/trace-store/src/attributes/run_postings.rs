//! Postings of a run: consecutive spans of one trace in a batch.
//!
//! Spans of a run mostly have the same attributes at the same positions, and so do runs that follow each other. Both
//! are exploited: an attribute that repeats at its position is neither listed, nor sorted, nor looked up again.

use super::{
    postings::{self, Posting, SpanMask},
    token::{AttributeHash, low_half, token_of},
};

/// The hashes of the spans of a run, and the postings made of them.
#[derive(Debug, Default)]
pub(crate) struct RunPostings {
    listed: Vec<Listed>,
    /// Where in `listed` the hashes of the last span are: its own, and its resource's.
    last: [Vec<usize>; 2],
    /// The block of the last span.
    block: Option<usize>,
    /// Spans of that block which are not yet added to the hashes of its resource.
    of_block: SpanMask,
    /// The list of an earlier run of the same batch, sorted by token.
    previous: Vec<Previous>,
    /// Some of `previous` share a token.
    has_duplicates: bool,
    /// Which of `previous` were unknown to the dictionary, as positions.
    unknown: Vec<usize>,
    /// Which of `previous` are replaced by another hash at their position of the list.
    replaced: Vec<usize>,
    sorted: Vec<u64>,
    postings: Vec<Posting>,
    merge_buffer: Vec<Posting>,
}

/// A hash, with the spans that have it.
#[derive(Debug, Clone, Copy)]
struct Listed {
    hash: AttributeHash,
    spans: SpanMask,
}

impl Listed {
    fn posting(self) -> Posting {
        Posting { token: token_of(self.hash), spans: self.spans }
    }
}

/// A hash that was at a position of the list.
#[derive(Debug, Clone, Copy)]
struct Previous {
    hash: AttributeHash,
    at: u32,
}

impl Previous {
    /// What is at that position now.
    fn current(self, listed: &[Listed]) -> Option<Listed> {
        listed.get(self.at as usize).copied()
    }
}

/// Index into [`RunPostings::last`]: the span's own attributes.
const OWN: usize = 0;
/// Index into [`RunPostings::last`]: the attributes of its resource.
const RESOURCE: usize = 1;

impl RunPostings {
    /// Begins a batch. The dictionary may have been reset since the last one.
    pub(crate) fn begin_batch(&mut self) {
        self.previous.clear();
    }

    /// Begins a run.
    pub(crate) fn begin_run(&mut self) {
        self.listed.clear();
        self.last.iter_mut().for_each(Vec::clear);
        (self.block, self.of_block) = (None, SpanMask::NONE);
    }

    /// Adds the hashes of the span at a position of its trace: its own, and those of its resource, which its block
    /// shares.
    pub(crate) fn add(&mut self, position: usize, [own, resource]: [&[AttributeHash]; 2], block: usize) {
        let span = SpanMask::of(position);
        self.list(OWN, own, span);
        if self.block == Some(block) {
            self.of_block = self.of_block.or(span);
            return;
        }
        self.end_block();
        self.list(RESOURCE, resource, span);
        self.last[RESOURCE].truncate(resource.len());
        self.block = Some(block);
    }

    fn list(&mut self, owner: usize, hashes: &[AttributeHash], spans: SpanMask) {
        let Self { listed, last, .. } = self;
        let last = &mut last[owner];
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

    /// Adds the spans of a block to the hashes of its resource.
    fn end_block(&mut self) {
        let of_block = std::mem::take(&mut self.of_block);
        for &at in &self.last[RESOURCE] {
            if let Some(listed) = self.listed.get_mut(at) {
                listed.spans = listed.spans.or(of_block);
            }
        }
    }

    /// Ends the run. Returns its postings, sorted, without duplicates.
    pub(crate) fn finish(&mut self) -> &[Posting] {
        self.end_block();
        self.compare_with_previous();
        let has_duplicates = if self.is_like_previous() { self.insert_replacements() } else { self.sort() };
        if has_duplicates {
            postings::merge_adjacent(&mut self.postings);
        }
        &self.postings
    }

    /// Takes over the order of the previous run, and notes which hashes are replaced.
    fn compare_with_previous(&mut self) {
        let Self { listed, previous, replaced, postings, .. } = self;
        postings.clear();
        replaced.clear();
        if listed.len() != previous.len() {
            return;
        }
        postings.extend(previous.iter().enumerate().map(|(number, previous)| {
            let current = previous.current(listed).unwrap_or(Listed { hash: 0, spans: SpanMask::NONE });
            if current.hash != previous.hash {
                replaced.push(number);
            }
            current.posting()
        }));
    }

    fn is_like_previous(&self) -> bool {
        /// Inserting more than this one by one takes longer than sorting.
        const MAX_REPLACED: usize = 12;
        self.listed.len() == self.previous.len() && self.replaced.len() <= MAX_REPLACED
    }

    /// Moves the replacements to where they sort. Returns whether postings share a token.
    fn insert_replacements(&mut self) -> bool {
        let Self { listed, previous, replaced, postings, has_duplicates, .. } = self;
        for &number in replaced.iter().rev() {
            postings.remove(number);
        }
        let mut has_duplicates = *has_duplicates;
        for new in replaced.iter().filter_map(|&number| previous.get(number)?.current(listed)) {
            let posting = new.posting();
            let at = postings.partition_point(|other| other.token < posting.token);
            has_duplicates |= postings.get(at).is_some_and(|other| other.token == posting.token);
            postings.insert(at, posting);
        }
        has_duplicates
    }

    /// Sorts the list from scratch. Returns whether postings share a token.
    fn sort(&mut self) -> bool {
        let Self { listed, previous, has_duplicates, unknown, replaced, sorted, postings, .. } = self;
        sorted.clear();
        // Packed into integers, they are sorted without a branch.
        sorted.extend(listed.iter().zip(0..).map(|(listed, at)| u64::from(token_of(listed.hash)) << 32 | at));
        sorted.sort_unstable();
        previous.clear();
        postings.clear();
        for &packed in &*sorted {
            let at = low_half(packed);
            if let Some(listed) = listed.get(at as usize) {
                previous.push(Previous { hash: listed.hash, at });
                postings.push(listed.posting());
            }
        }
        *has_duplicates = postings.windows(2).any(|pair| matches!(pair, [a, b] if a.token == b.token));
        replaced.clear();
        unknown.clear();
        unknown.extend(0..previous.len());
        *has_duplicates
    }

    /// The spans of the finished run that have an attribute which `is_known` rejects, and any that share their bits.
    pub(crate) fn unknown(&mut self, is_known: impl Fn(AttributeHash) -> bool) -> SpanMask {
        let Self { listed, previous, unknown, replaced, .. } = self;
        let mut spans = SpanMask::NONE;
        let mut is_unknown = |new: Listed| {
            let unknown = !is_known(new.hash);
            spans = if unknown { spans.or(new.spans) } else { spans };
            unknown
        };
        for new in replaced.iter().filter_map(|&number| previous.get(number)?.current(listed)) {
            is_unknown(new);
        }
        unknown.retain(|&number| {
            let Some(previous) = previous.get(number) else { return false };
            let current = previous.current(listed).filter(|current| current.hash == previous.hash);
            current.is_none_or(&mut is_unknown)
        });
        spans
    }

    /// The postings of the finished run.
    pub(crate) fn postings(&self) -> &[Posting] {
        &self.postings
    }

    /// Merges the postings of the finished run into those of its trace.
    pub(crate) fn merge_into(&mut self, postings: &mut Vec<Posting>) {
        postings::merge(postings, &self.postings, &mut self.merge_buffer);
    }
}

#[cfg(test)]
mod tests {
    use proptest::{prelude::*, sample::Index};

    use super::*;

    proptest! {
        #[test]
        fn every_token_has_exactly_its_spans_in_similar_and_in_different_runs(
            spans in proptest::collection::vec(
                (proptest::collection::vec(0..60_u64, 0..8), proptest::collection::vec(60..64_u64, 0..3), 0..3_usize),
                0..40,
            ),
            edits in proptest::collection::vec(
                proptest::collection::vec((any::<Index>(), any::<Index>(), 0..80_u64), 0..5),
                1..5,
            ),
            known in proptest::collection::hash_set(0..80_u64, 0..80),
        ) {
            // A token is the upper half of a hash.
            let of = |halves: &[u64]| halves.iter().map(|half| half << 32 | 7).collect::<Vec<AttributeHash>>();
            let (mut run, mut spans) = (RunPostings::default(), spans);
            for edits in edits {
                run.begin_run();
                let (mut expected, mut unknown) = (std::collections::BTreeMap::new(), SpanMask::NONE);
                let shared = spans.iter().map(|(_, shared, block)| (*block, shared.clone()));
                let shared = shared.collect::<std::collections::HashMap<_, _>>();
                for (position, (own, _, block)) in spans.iter().enumerate() {
                    run.add(position, [&of(own), &of(&shared[block])], *block);
                    for token in own.iter().chain(&shared[block]) {
                        let span = SpanMask::of(position);
                        let mask = expected.entry(*token).or_insert(SpanMask::NONE);
                        *mask = mask.or(span);
                        unknown = if known.contains(token) { unknown } else { unknown.or(span) };
                    }
                }
                let found = run.finish().iter().map(|posting| (u64::from(posting.token), posting.spans));
                prop_assert_eq!(found.collect::<Vec<_>>(), expected.into_iter().collect::<Vec<_>>());
                prop_assert_eq!(run.unknown(|hash| known.contains(&(hash >> 32))), unknown);
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
