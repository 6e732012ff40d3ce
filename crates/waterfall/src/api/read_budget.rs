//! Memory budget of decompressed traces while responses are made from them.
//!
//! The store may compress repetitive data to a two-hundredth of its size. So a store within its memory limit can hold a
//! trace that, decompressed, exceeds all memory.

use std::{sync::Arc, time::Duration};

use actix_web::{HttpResponse, http::StatusCode};
use thiserror::Error;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use crate::error_response::with_retry_after;

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;
/// Reads up to this size are not counted, and never wait.
const MAX_UNCOUNTED: usize = 256 * KIB;
/// How long a read waits for others, which take seconds.
const WAIT: Duration = Duration::from_secs(3);

/// The budget, shared by all its clones.
#[derive(Debug, Clone)]
pub(super) struct ReadBudget {
    /// In KiB.
    available: Arc<Semaphore>,
    bytes: usize,
    wait: Duration,
}

/// Why a trace cannot be read.
#[derive(Debug, Error)]
pub(super) enum BudgetError {
    #[error(
        "the trace has {} MiB when decompressed, and the limit is {} MiB; raise WATERFALL_MEMORY_LIMIT to read it",
        bytes.div_ceil(MIB), budget / MIB
    )]
    TooLarge { bytes: usize, budget: usize },
    #[error("other large traces are being read; try again")]
    Busy,
}

impl ReadBudget {
    pub(super) fn new(bytes: usize) -> Self {
        let bytes = bytes.min(u32::MAX as usize);
        Self { available: Arc::new(Semaphore::new(bytes / KIB)), bytes, wait: WAIT }
    }

    /// Reserves bytes until the permit is dropped. `None` when so few need no permit.
    ///
    /// # Errors
    /// When they exceed the whole budget, or are not available in time.
    pub(super) async fn acquire(&self, bytes: usize) -> Result<Option<OwnedSemaphorePermit>, BudgetError> {
        if bytes <= MAX_UNCOUNTED {
            return Ok(None);
        }
        let kib = u32::try_from(bytes.div_ceil(KIB)).ok().filter(|kib| *kib as usize <= self.bytes / KIB);
        let kib = kib.ok_or(BudgetError::TooLarge { bytes, budget: self.bytes })?;
        match timeout(self.wait, self.available.clone().acquire_many_owned(kib)).await {
            Ok(Ok(permit)) => Ok(Some(permit)),
            _ => Err(BudgetError::Busy),
        }
    }
}

impl BudgetError {
    /// The error response of an API. A trace that is too large is no 5xx, because a retry would fail again.
    pub(super) fn respond(&self, error: impl FnOnce(StatusCode, &str) -> HttpResponse) -> HttpResponse {
        match self {
            Self::TooLarge { .. } => error(StatusCode::UNPROCESSABLE_ENTITY, &self.to_string()),
            Self::Busy => with_retry_after(error(StatusCode::SERVICE_UNAVAILABLE, &self.to_string())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[actix_web::test]
    async fn readers_share_the_budget_and_release_it() {
        let budget = ReadBudget { wait: Duration::from_millis(20), ..ReadBudget::new(4 * MIB) };
        let first = budget.acquire(3 * MIB).await.unwrap();
        assert!(first.is_some());
        assert!(matches!(budget.acquire(2 * MIB).await, Err(BudgetError::Busy)));
        assert!(matches!(budget.acquire(MAX_UNCOUNTED).await, Ok(None)), "a small read never waits");
        drop(first);
        assert!(budget.acquire(4 * MIB).await.unwrap().is_some());
        assert!(matches!(budget.acquire(4 * MIB + 1).await, Err(BudgetError::TooLarge { .. })));
    }
}
