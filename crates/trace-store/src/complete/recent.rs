//! Frequencies of attribute tokens in the newest traces.

use std::collections::HashMap;

use crate::{attributes::Token, index::Index};

/// Number of traces that are counted, the newest ones.
pub(super) const SAMPLE: usize = 2_000;

/// Number of the newest traces that have each token.
pub(super) struct Recent {
    counts: HashMap<Token, u64, foldhash::fast::RandomState>,
}

impl Recent {
    pub(super) fn count(index: &Index) -> Self {
        /// Tokens that are counted of one trace.
        const MAX_TOKENS: usize = 256;
        let mut counts: HashMap<Token, u64, _> = HashMap::default();
        for id in index.newest().take(SAMPLE) {
            let postings = index.traces.get(&id).map(|trace| trace.postings.as_slice()).unwrap_or_default();
            for posting in postings.iter().take(MAX_TOKENS) {
                *counts.entry(posting.token).or_default() += 1;
            }
        }
        Self { counts }
    }

    pub(super) fn of(&self, token: Token) -> u64 {
        self.counts.get(&token).copied().unwrap_or_default()
    }
}
