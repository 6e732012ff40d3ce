//! Bodies within bounds: how large one may be, and how much all that are on their way in may take together.

use std::{
    io::Read,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use flate2::read::MultiGzDecoder;
use thiserror::Error;

/// Why a body was not taken.
#[derive(Debug, Error)]
pub(crate) enum BodyError {
    #[error("a request may have {limit} bytes, decompressed")]
    TooLarge { limit: usize },
    #[error("too much is being received at once; try again")]
    Busy,
    #[error("the body is not gzip")]
    Gzip(#[source] std::io::Error),
    #[error("the body did not arrive in time")]
    Timeout,
    #[error("the body broke off")]
    Broken,
}

/// Bytes that all bodies on their way in share.
#[derive(Debug)]
pub(crate) struct Budget {
    free: AtomicUsize,
}

impl Budget {
    pub(crate) const fn new(bytes: usize) -> Self {
        Self { free: AtomicUsize::new(bytes) }
    }

    fn take(&self, bytes: usize) -> Result<(), BodyError> {
        let taken = |free: usize| free.checked_sub(bytes);
        self.free
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, taken)
            .map(drop)
            .map_err(|_| BodyError::Busy)
    }
}

/// A body that is growing. Its bytes are taken from the budget as they come and given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Body {
    bytes: Vec<u8>,
    limit: usize,
    taken: usize,
    budget: Arc<Budget>,
}

impl Body {
    /// A body of at most `limit` bytes, of which the sender announced some.
    pub(crate) fn new(
        budget: &Arc<Budget>,
        limit: usize,
        announced: Option<usize>,
    ) -> Result<Self, BodyError> {
        /// What is believed before a byte has come.
        const TRUSTED: usize = 1 << 20;
        if announced.is_some_and(|length| length > limit) {
            return Err(BodyError::TooLarge { limit });
        }
        let bytes = Vec::with_capacity(announced.unwrap_or_default().min(TRUSTED));
        Ok(Self { bytes, limit, taken: 0, budget: budget.clone() })
    }

    pub(crate) fn push(&mut self, part: &[u8]) -> Result<(), BodyError> {
        if part.len() > self.limit.saturating_sub(self.bytes.len()) {
            return Err(BodyError::TooLarge { limit: self.limit });
        }
        self.budget.take(part.len())?;
        self.taken += part.len();
        self.bytes.extend_from_slice(part);
        Ok(())
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Its bytes; they stay counted until the body is dropped.
    pub(crate) fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.bytes)
    }

    /// Inflates gzip into a body with the same bounds.
    pub(crate) fn gunzip(&self) -> Result<Self, BodyError> {
        self.gunzip_part(&self.bytes)
    }

    /// Inflates a part of this body, all members of its gzip.
    pub(crate) fn gunzip_part(&self, compressed: &[u8]) -> Result<Self, BodyError> {
        let mut inflated = Self::new(&self.budget, self.limit, None)?;
        inflated.bytes.reserve(compressed.len().saturating_mul(4).min(self.limit));
        let mut reader = MultiGzDecoder::new(compressed);
        let mut part = [0; 16 * 1024];
        loop {
            match reader.read(&mut part) {
                Ok(0) => return Ok(inflated),
                Ok(len) => inflated.push(part.get(..len).unwrap_or_default())?,
                Err(error) => return Err(BodyError::Gzip(error)),
            }
        }
    }
}

impl Drop for Body {
    fn drop(&mut self) {
        self.budget.free.fetch_add(self.taken, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, write::GzEncoder};
    use proptest::prelude::*;

    use super::*;

    const LIMIT: usize = 4096;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    proptest! {
        #[test]
        fn any_bytes_inflate_within_the_limit_or_not_at_all_and_all_is_given_back(
            members in prop::collection::vec((prop::collection::vec(any::<u8>(), 0..8), 0..1000_usize), 0..4),
            damage in prop::option::of((any::<prop::sample::Index>(), any::<u8>())),
        ) {
            let budget = Arc::new(Budget::new(4 * LIMIT));
            let plain: Vec<Vec<u8>> = members.iter().map(|(part, times)| part.repeat(*times)).collect();
            let mut compressed = plain.iter().flat_map(|member| gzip(member)).collect::<Vec<_>>();
            if let Some((place, byte)) = damage
                && !compressed.is_empty()
            {
                let place = place.index(compressed.len());
                compressed[place] = byte;
            }
            {
                let mut body = Body::new(&budget, LIMIT, None).unwrap();
                prop_assume!(body.push(&compressed).is_ok());
                match body.gunzip() {
                    Ok(inflated) => {
                        prop_assert!(inflated.bytes().len() <= LIMIT);
                        prop_assert!(damage.is_some() || inflated.bytes() == plain.concat());
                    }
                    Err(BodyError::TooLarge { limit }) => prop_assert_eq!(limit, LIMIT),
                    Err(error) => {
                        let unreadable = matches!(error, BodyError::Gzip(_));
                        prop_assert!(unreadable && (damage.is_some() || plain.is_empty()), "{}", error);
                    }
                }
            }
            prop_assert_eq!(budget.free.load(Ordering::Acquire), 4 * LIMIT);
        }
    }
}
