//! When a write check last succeeded, so that readiness checks share its result.

use std::sync::Arc;
use std::time::Instant;

use tokio::sync::{Mutex, MutexGuard};

/// When a write check last succeeded. The lock makes checks take turns.
#[derive(Clone, Default)]
pub(crate) struct WriteCheck(Arc<Mutex<Option<Instant>>>);

impl WriteCheck {
    pub(crate) async fn lock(&self) -> MutexGuard<'_, Option<Instant>> {
        self.0.lock().await
    }
}
