//! Bloom filter of the attribute tokens of a trace.

use super::token::Token;

/// A filter of 512 bits, two for each token.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Bloom([u64; 8]);

impl Bloom {
    fn bits(token: Token) -> [(usize, u64); 2] {
        [token, token >> 16].map(|bits| ((bits >> 6 & 7) as usize, 1 << (bits & 63)))
    }

    pub(crate) fn add(&mut self, token: Token) {
        for (word, bit) in Self::bits(token) {
            if let Some(word) = self.0.get_mut(word) {
                *word |= bit;
            }
        }
    }

    pub(crate) fn may_contain(&self, token: Token) -> bool {
        Self::bits(token).into_iter().all(|(word, bit)| self.0.get(word).is_some_and(|word| word & bit != 0))
    }
}
