//! Request bodies within a size limit for each and a memory budget for all of them.

use std::{
    io::Read,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use flate2::read::MultiGzDecoder;
use thiserror::Error;
use trace_model::json_text;

/// Why a body is refused.
#[derive(Debug, Error)]
pub(crate) enum BodyError {
    #[error("the request exceeds the limit of {limit} bytes, decompressed (WATERFALL_BODY_LIMIT)")]
    TooLarge { limit: usize },
    #[error("too many requests are being received; try again")]
    Busy,
    #[error(
        "the request needs more than the {budget} bytes that all requests may use; \
         send smaller batches, or raise WATERFALL_MEMORY_LIMIT"
    )]
    ExceedsBudget { budget: usize },
    #[error("the body is not valid gzip")]
    Gzip(#[source] std::io::Error),
    #[error("the body did not arrive in time")]
    Timeout,
    #[error("the body is incomplete")]
    Incomplete,
}

/// Memory that all bodies being received share.
#[derive(Debug)]
pub(crate) struct BodyBudget {
    available: AtomicUsize,
    total: usize,
}

impl BodyBudget {
    pub(crate) const fn new(bytes: usize) -> Self {
        Self { available: AtomicUsize::new(bytes), total: bytes }
    }

    fn reserve(&self, bytes: usize) -> bool {
        let reserve = |available: usize| available.checked_sub(bytes);
        self.available.fetch_update(Ordering::AcqRel, Ordering::Acquire, reserve).is_ok()
    }
}

/// A body being received. Its bytes are reserved from the budget as they arrive, and released when it is dropped.
#[derive(Debug)]
pub(crate) struct Body {
    bytes: Vec<u8>,
    limit: usize,
    reserved: usize,
    /// Bytes that another body of the same request has reserved.
    reserved_by_request: usize,
    budget: Arc<BodyBudget>,
}

impl Body {
    /// An empty body that may grow to `limit` bytes. `announced` is the sender's content length.
    pub(crate) fn new(
        budget: &Arc<BodyBudget>,
        limit: usize,
        announced: Option<usize>,
    ) -> Result<Self, BodyError> {
        /// Capacity that is allocated before a byte has arrived.
        const MAX_INITIAL_CAPACITY: usize = 1 << 20;
        if announced.is_some_and(|length| length > limit) {
            return Err(BodyError::TooLarge { limit });
        }
        let bytes = Vec::with_capacity(announced.unwrap_or_default().min(MAX_INITIAL_CAPACITY));
        Ok(Self { bytes, limit, reserved: 0, reserved_by_request: 0, budget: budget.clone() })
    }

    pub(crate) fn push(&mut self, chunk: &[u8]) -> Result<(), BodyError> {
        if chunk.len() > self.limit.saturating_sub(self.bytes.len()) {
            return Err(BodyError::TooLarge { limit: self.limit });
        }
        self.reserve(chunk.len())?;
        self.bytes.extend_from_slice(chunk);
        Ok(())
    }

    /// Reserves bytes of the budget. A request that exceeds the budget by itself gets an error that is not retried.
    fn reserve(&mut self, bytes: usize) -> Result<(), BodyError> {
        if self.budget.reserve(bytes) {
            self.reserved += bytes;
            return Ok(());
        }
        let needed = self.reserved_by_request.saturating_add(self.reserved).saturating_add(bytes);
        let budget = self.budget.total;
        Err(if needed > budget { BodyError::ExceedsBudget { budget } } else { BodyError::Busy })
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Removes bytes at the start.
    pub(crate) fn skip(&mut self, bytes: usize) {
        self.bytes.drain(..bytes.min(self.bytes.len()));
    }

    /// Converts the body into another form, of `len` bytes, and frees its own bytes. The result stays reserved until
    /// the body is dropped.
    pub(crate) fn transcode<T, E: From<BodyError>>(
        &mut self,
        transcode: impl FnOnce(&[u8]) -> Result<T, E>,
        len: impl FnOnce(&T) -> usize,
    ) -> Result<T, E> {
        // Protobuf mostly needs at most half of the bytes of JSON.
        self.reserve(self.bytes.len() / 2)?;
        self.reserve(json_text::copied_bytes(&self.bytes))?;
        let transcoded = transcode(&self.bytes)?;
        self.bytes = Vec::new();
        let needed = len(&transcoded);
        self.release(self.reserved.saturating_sub(needed));
        self.reserve(needed - self.reserved)?;
        Ok(transcoded)
    }

    fn release(&mut self, bytes: usize) {
        self.reserved -= bytes;
        self.budget.available.fetch_add(bytes, Ordering::AcqRel);
    }

    /// Decompresses gzip into a body with the same limit and budget.
    pub(crate) fn gunzip(&self) -> Result<Self, BodyError> {
        self.gunzip_part(&self.bytes)
    }

    /// Decompresses a part of this body: all members of a gzip file.
    pub(crate) fn gunzip_part(&self, compressed: &[u8]) -> Result<Self, BodyError> {
        let mut inflated = Self::new(&self.budget, self.limit, None)?;
        inflated.reserved_by_request = self.reserved;
        inflated.bytes.reserve(compressed.len().saturating_mul(4).min(self.limit));
        let mut reader = MultiGzDecoder::new(compressed);
        let mut chunk = [0; 16 * 1024];
        loop {
            match reader.read(&mut chunk) {
                Ok(0) => return Ok(inflated),
                Ok(len) => inflated.push(chunk.get(..len).unwrap_or_default())?,
                Err(error) => return Err(BodyError::Gzip(error)),
            }
        }
    }
}

impl Drop for Body {
    fn drop(&mut self) {
        self.release(self.reserved);
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
        fn gzip_is_decompressed_within_the_limit_or_refused_and_the_budget_is_released(
            members in prop::collection::vec((prop::collection::vec(any::<u8>(), 0..8), 0..1000_usize), 0..4),
            damage in prop::option::of((any::<prop::sample::Index>(), any::<u8>())),
        ) {
            let budget = Arc::new(BodyBudget::new(4 * LIMIT));
            let plain: Vec<Vec<u8>> = members.iter().map(|(part, times)| part.repeat(*times)).collect();
            let mut compressed = plain.iter().flat_map(|member| gzip(member)).collect::<Vec<_>>();
            if let Some((index, byte)) = damage
                && !compressed.is_empty()
            {
                let index = index.index(compressed.len());
                compressed[index] = byte;
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
                        let is_gzip_error = matches!(error, BodyError::Gzip(_));
                        prop_assert!(is_gzip_error && (damage.is_some() || plain.is_empty()), "{}", error);
                    }
                }
            }
            prop_assert_eq!(budget.available.load(Ordering::Acquire), 4 * LIMIT);
        }
    }

    #[test]
    fn transcoded_bytes_are_reserved_and_a_request_above_the_budget_is_not_retryable() {
        let budget = Arc::new(BodyBudget::new(LIMIT));
        let body = |len: usize| {
            let mut body = Body::new(&budget, LIMIT, None).unwrap();
            body.push(&vec![b' '; len]).unwrap();
            body
        };
        let transcode = |body: &mut Body| {
            body.transcode(|text| Ok::<_, BodyError>(text[..text.len() / 4].to_vec()), Vec::len).map(drop)
        };
        let mut small = body(LIMIT / 2);
        transcode(&mut small).unwrap();
        assert_eq!(budget.available.load(Ordering::Acquire), LIMIT - LIMIT / 8);
        assert!(matches!(transcode(&mut body(LIMIT * 3 / 5)), Err(BodyError::Busy)));
        drop(small);
        transcode(&mut body(LIMIT * 3 / 5)).unwrap();
        assert!(matches!(transcode(&mut body(LIMIT)), Err(BodyError::ExceedsBudget { budget: LIMIT })));
        assert_eq!(budget.available.load(Ordering::Acquire), LIMIT);
    }
}
