//! Computes metrics for one request at a time: each visits all spans, and holds a sample of each.

use std::time::Duration;

use actix_web::web;
use thiserror::Error;
use tokio::time::timeout;
use trace_store::{Metrics, MetricsQuery};

use super::state::State;

/// How long a request waits for its turn. Metrics over a full store take about a second.
const WAIT: Duration = Duration::from_secs(10);

/// Why there are no metrics.
#[derive(Debug, Clone, Copy, Error)]
pub(super) enum MetricsError {
    #[error("metrics are being computed for other requests; try again")]
    Busy,
    #[error("the request was interrupted; try again")]
    Interrupted,
}

impl State {
    /// Computes metrics on a blocking thread.
    pub(super) async fn metrics(&self, query: MetricsQuery) -> Result<Metrics, MetricsError> {
        let Ok(Ok(turn)) = timeout(WAIT, self.metrics_turn.clone().acquire_owned()).await else {
            return Err(MetricsError::Busy);
        };
        let store = self.store.clone();
        let compute = move || {
            let metrics = store.metrics(query);
            // The turn ends with the work, also when the client is gone.
            drop(turn);
            metrics
        };
        web::block(compute).await.map_err(|_| MetricsError::Interrupted)
    }
}
