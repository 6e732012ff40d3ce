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
    #[error("there is no room for so large a request here")]
    ExceedsBudget,
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
    whole: usize,
}

impl Budget {
    pub(crate) const fn new(bytes: usize) -> Self {
        Self { free: AtomicUsize::new(bytes), whole: bytes }
    }

    fn take(&self, bytes: usize) -> bool {
        let taken = |free: usize| free.checked_sub(bytes);
        self.free.fetch_update(Ordering::AcqRel, Ordering::Acquire, taken).is_ok()
    }
}

/// A body that is growing. Its bytes are taken from the budget as they come and given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Body {
    bytes: Vec<u8>,
    limit: usize,
    taken: usize,
    /// What the same request has taken beside it.
    beside: usize,
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
        Ok(Self { bytes, limit, taken: 0, beside: 0, budget: budget.clone() })
    }

    pub(crate) fn push(&mut self, part: &[u8]) -> Result<(), BodyError> {
        if part.len() > self.limit.saturating_sub(self.bytes.len()) {
            return Err(BodyError::TooLarge { limit: self.limit });
        }
        self.take(part.len())?;
        self.bytes.extend_from_slice(part);
        Ok(())
    }

    /// Takes room of the budget. There is no use in trying again with what is too much by itself.
    fn take(&mut self, bytes: usize) -> Result<(), BodyError> {
        if self.budget.take(bytes) {
            self.taken += bytes;
            return Ok(());
        }
        let alone = self.beside.saturating_add(self.taken).saturating_add(bytes);
        Err(if alone > self.budget.whole { BodyError::ExceedsBudget } else { BodyError::Busy })
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Drops what stands before the rest.
    pub(crate) fn skip(&mut self, bytes: usize) {
        self.bytes.drain(..bytes.min(self.bytes.len()));
    }

    /// Translates its text, and drops it. The translation stays counted until the body is dropped.
    pub(crate) fn translate<T, E: From<BodyError>>(
        &mut self,
        translate: impl FnOnce(&[u8]) -> Result<T, E>,
        len: impl FnOnce(&T) -> usize,
    ) -> Result<T, E> {
        // Protobuf says in half of the bytes, or fewer, what JSON says.
        self.take(self.bytes.len() / 2)?;
        let translated = translate(&self.bytes)?;
        self.bytes = Vec::new();
        self.give_back(self.taken.saturating_sub(len(&translated)));
        Ok(translated)
    }

    fn give_back(&mut self, bytes: usize) {
        self.taken -= bytes;
        self.budget.free.fetch_add(bytes, Ordering::AcqRel);
    }

    /// Inflates gzip into a body with the same bounds.
    pub(crate) fn gunzip(&self) -> Result<Self, BodyError> {
        self.gunzip_part(&self.bytes)
    }

    /// Inflates a part of this body, all members of its gzip.
    pub(crate) fn gunzip_part(&self, compressed: &[u8]) -> Result<Self, BodyError> {
        let mut inflated = Self::new(&self.budget, self.limit, None)?;
        inflated.beside = self.taken;
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
        self.give_back(self.taken);
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

    #[test]
    fn a_translation_is_counted_and_what_has_no_room_by_itself_is_not_told_to_come_again() {
        let budget = Arc::new(Budget::new(LIMIT));
        let body = |len: usize| {
            let mut body = Body::new(&budget, LIMIT, None).unwrap();
            body.push(&vec![b' '; len]).unwrap();
            body
        };
        let translate = |body: &mut Body| {
            body.translate(|text| Ok::<_, BodyError>(text[..text.len() / 4].to_vec()), Vec::len).map(drop)
        };
        let mut small = body(LIMIT / 2);
        translate(&mut small).unwrap();
        assert_eq!(budget.free.load(Ordering::Acquire), LIMIT - LIMIT / 8);
        assert!(matches!(translate(&mut body(LIMIT * 3 / 5)), Err(BodyError::Busy)));
        drop(small);
        translate(&mut body(LIMIT * 3 / 5)).unwrap();
        assert!(matches!(translate(&mut body(LIMIT)), Err(BodyError::ExceedsBudget)));
        assert_eq!(budget.free.load(Ordering::Acquire), LIMIT);
    }
}
