//! Periodic background jobs, which run until the service shuts down.

use std::time::Duration;

use actix_web::rt;
use actix_web::rt::task::JoinHandle;
use database::DatabaseError;
use service::{Shutdown, error_chain};
use tokio::time::{sleep, timeout};

/// How long a running batch may take to finish after the shutdown was requested. The next start does the rest.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(5);
/// The minimum wait after a failure, so that an unreachable database does not flood the log.
const MIN_RETRY_DELAY: Duration = Duration::from_secs(2);

/// A job that runs in batches.
pub(crate) trait Job: 'static {
    const NAME: &'static str;

    /// Runs one bounded batch. A shutdown does not interrupt it.
    async fn run_batch(&self) -> Result<Batch, DatabaseError>;
}

/// How much of its capacity a batch used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Batch {
    /// More rows may be waiting: the next batch follows at once.
    Full,
    Partial,
}

/// The background jobs of this thread.
pub(crate) struct Background {
    shutdown: Shutdown,
    tasks: Vec<(&'static str, JoinHandle<()>)>,
}

impl Background {
    pub(crate) fn new(shutdown: Shutdown) -> Self {
        Self { shutdown, tasks: Vec::new() }
    }

    /// Spawns `job`, which waits for `interval` before each batch unless the previous batch was full.
    pub(crate) fn every<J: Job>(mut self, interval: Duration, job: J) -> Self {
        let task = rt::spawn(run(self.shutdown.clone(), interval, job));
        self.tasks.push((J::NAME, task));
        self
    }

    /// Waits until the running batches have finished, once the shutdown was requested.
    pub(crate) async fn drain(self) {
        for (name, mut task) in self.tasks {
            if timeout(DRAIN_TIMEOUT, &mut task).await.is_err() {
                tracing::warn!(
                    job = name,
                    "background job not finished in time; it resumes at the next start"
                );
                task.abort();
            }
        }
    }
}

async fn run<J: Job>(shutdown: Shutdown, interval: Duration, job: J) {
    let mut wait = interval;
    loop {
        tokio::select! {
            () = shutdown.requested() => return,
            () = sleep(wait) => {}
        }
        wait = match job.run_batch().await {
            Ok(Batch::Full) => Duration::ZERO,
            Ok(Batch::Partial) => interval,
            Err(error) => {
                tracing::warn!(job = J::NAME, error = %error_chain(&error), "background job failed");
                interval.max(MIN_RETRY_DELAY)
            }
        };
    }
}
