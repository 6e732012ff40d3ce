//! What is held of traces while answers are made of them. What repeats itself a store packs into a two-hundredth; what is
//! read lies unpacked, so that a store within its bound may hold a trace that no memory does.

use std::{sync::Arc, time::Duration};

use actix_web::{HttpResponse, http::StatusCode};
use thiserror::Error;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use super::again_soon;

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;
/// What is no larger takes no room, and waits for nobody.
const SMALL: usize = 256 * KIB;
/// How long one waits for others. What they read is written in seconds.
const WAIT: Duration = Duration::from_secs(3);

/// The room that all readers share.
#[derive(Debug, Clone)]
pub(super) struct ReadBudget {
    /// In KiB.
    free: Arc<Semaphore>,
    bytes: usize,
    wait: Duration,
}

/// Why a trace is not read.
#[derive(Debug, Error)]
pub(super) enum BudgetError {
    #[error(
        "this is {} MiB when it is unpacked, and {} MiB may be read at once: WATERFALL_MEMORY_LIMIT would have to be larger",
        bytes.div_ceil(MIB), room / MIB
    )]
    TooLarge { bytes: usize, room: usize },
    #[error("other large traces are being read; try again")]
    Busy,
}

impl ReadBudget {
    pub(super) fn new(bytes: usize) -> Self {
        let bytes = bytes.min(u32::MAX as usize);
        Self { free: Arc::new(Semaphore::new(bytes / KIB)), bytes, wait: WAIT }
    }

    /// Room for so many bytes, until it is dropped; None where none is needed.
    ///
    /// # Errors
    /// When there never is so much, or not soon.
    pub(super) async fn room(&self, bytes: usize) -> Result<Option<OwnedSemaphorePermit>, BudgetError> {
        if bytes <= SMALL {
            return Ok(None);
        }
        let kib = u32::try_from(bytes.div_ceil(KIB)).ok().filter(|kib| *kib as usize <= self.bytes / KIB);
        let kib = kib.ok_or(BudgetError::TooLarge { bytes, room: self.bytes })?;
        match timeout(self.wait, self.free.clone().acquire_many_owned(kib)).await {
            Ok(Ok(room)) => Ok(Some(room)),
            _ => Err(BudgetError::Busy),
        }
    }
}

impl BudgetError {
    /// Says it in the words of an API. Who asks again for what is too large gets no other answer: it is no 5xx.
    pub(super) fn answer(&self, error: impl FnOnce(StatusCode, &str) -> HttpResponse) -> HttpResponse {
        match self {
            Self::TooLarge { .. } => error(StatusCode::UNPROCESSABLE_ENTITY, &self.to_string()),
            Self::Busy => again_soon(error(StatusCode::SERVICE_UNAVAILABLE, &self.to_string())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[actix_web::test]
    async fn readers_share_the_room_and_give_it_back() {
        let reading = ReadBudget { wait: Duration::from_millis(20), ..ReadBudget::new(4 * MIB) };
        let first = reading.room(3 * MIB).await.unwrap();
        assert!(first.is_some());
        assert!(matches!(reading.room(2 * MIB).await, Err(BudgetError::Busy)));
        assert!(matches!(reading.room(SMALL).await, Ok(None)), "what is small waits for nobody");
        drop(first);
        assert!(reading.room(4 * MIB).await.unwrap().is_some());
        assert!(matches!(reading.room(4 * MIB + 1).await, Err(BudgetError::TooLarge { .. })));
    }
}
