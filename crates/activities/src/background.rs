//! Work that no request waits for: done now and then, until the service is asked to stop.

use std::time::Duration;

use actix_web::rt;
use actix_web::rt::task::JoinHandle;
use database::DatabaseError;
use service::{Shutdown, error_chain};
use tokio::time::{sleep, timeout};

/// How long work under way may take to finish once the service was asked to stop; what is left is done after the next
/// start.
const FINISH: Duration = Duration::from_secs(5);
/// The shortest wait after a failure, so that a database that is gone does not fill the log.
const AFTER_FAILURE: Duration = Duration::from_secs(2);

/// Work that is done in rounds.
pub(crate) trait Work: 'static {
    const NAME: &'static str;

    /// One bounded round, which is finished even if the service stops meanwhile.
    async fn round(&self) -> Result<Round, DatabaseError>;
}

/// How much a round left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Round {
    /// There may be more: the next round follows at once.
    Full,
    Done,
}

/// Everything that runs in the background of this thread.
pub(crate) struct Background {
    shutdown: Shutdown,
    tasks: Vec<(&'static str, JoinHandle<()>)>,
}

impl Background {
    pub(crate) fn new(shutdown: Shutdown) -> Self {
        Self { shutdown, tasks: Vec::new() }
    }

    /// Starts to do `work`, with a `pause` before each round that does not follow a full one.
    pub(crate) fn every<W: Work>(mut self, pause: Duration, work: W) -> Self {
        let task = rt::spawn(go_on(self.shutdown.clone(), pause, work));
        self.tasks.push((W::NAME, task));
        self
    }

    /// Waits, once the shutdown was requested, until the rounds under way have finished.
    pub(crate) async fn finish(self) {
        for (name, mut task) in self.tasks {
            if timeout(FINISH, &mut task).await.is_err() {
                tracing::warn!(name, "not finished in time; it goes on after the next start");
                task.abort();
            }
        }
    }
}

async fn go_on<W: Work>(shutdown: Shutdown, pause: Duration, work: W) {
    let mut wait = pause;
    loop {
        tokio::select! {
            () = shutdown.requested() => return,
            () = sleep(wait) => {}
        }
        wait = match work.round().await {
            Ok(Round::Full) => Duration::ZERO,
            Ok(Round::Done) => pause,
            Err(error) => {
                tracing::warn!(name = W::NAME, error = %error_chain(&error), "background work failed");
                pause.max(AFTER_FAILURE)
            }
        };
    }
}
