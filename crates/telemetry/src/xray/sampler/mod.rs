//! `OTEL_TRACES_SAMPLER=xray`: root spans are sampled by the rules of X-Ray's console, fetched through its daemon
//! (<https://docs.aws.amazon.com/xray/latest/devguide/xray-console-sampling.html>).
//!
//! A span with a parent follows the parent's decision. Statistics count root spans only.
//!
//! - `decide`: matches the rules and decides, on the threads that start spans
//! - `rule`: a rule and what it matches, by its `pattern`s; `active`: a rule in use, with its share and counts
//! - `poll`: fetches rules and targets, on a thread of its own; `messages`: the JSON of both; `clock`: time, for tests

mod active;
mod clock;
mod decide;
mod messages;
mod pattern;
mod poll;
#[cfg(test)]
mod poll_tests;
mod rule;

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use opentelemetry_sdk::Resource;

use self::clock::Clock;
use self::decide::Decider;
use self::poll::{ADVICE, Poller};
use self::rule::ServiceFacts;
use crate::env::{self, RuleSource};
use crate::export::ExportError;
use crate::export::sender_thread::SenderThread;
use crate::sampler::{Root, Sampler, SharedRules};

/// How long the end of the thread is waited for. A request that is under way is not waited for any longer.
const STOP_DEADLINE: Duration = Duration::from_millis(100);

/// The thread that fetches rules. It ends when this is dropped.
#[derive(Debug)]
pub(crate) struct RemoteSampler {
    stop: Arc<Stop>,
    thread: SenderThread,
}

#[derive(Debug, Default)]
struct Stop {
    is_stopped: Mutex<bool>,
    wake: Condvar,
}

impl RemoteSampler {
    /// Fetches the rules once, and returns their number. The inner error says why there are none.
    pub(crate) fn count_rules(
        source: &RuleSource,
        resource: &Resource,
    ) -> Result<Result<usize, String>, ExportError> {
        let clock = Clock::System(Instant::now());
        let decider = Arc::new(Decider::new(clock, ServiceFacts::new(resource)));
        let mut poller = Poller::new(Arc::clone(&decider), source)?;
        let fetched = poller.fetch_rules().map(|()| decider.rules.read().rules.len());
        Ok(fetched.map_err(|reason| format!("{reason}; {ADVICE}")))
    }

    /// Returns the sampler, which decides by the fallback until rules have come, and the thread that fetches them. There is
    /// none without a source.
    pub(crate) fn start(
        settings: &env::RemoteSampler,
        resource: &Resource,
    ) -> Result<(Option<Self>, Sampler), ExportError> {
        let clock = Clock::System(Instant::now());
        let decider = Arc::new(Decider::new(clock, ServiceFacts::new(resource)));
        let sampler = Sampler::ParentBased(Root::Rules(SharedRules::new(Arc::<Decider>::clone(&decider))));
        let polling =
            settings.source.as_ref().map(|source| Self::poll(Poller::new(decider, source)?)).transpose()?;
        Ok((polling, sampler))
    }

    fn poll(mut poller: Poller) -> Result<Self, ExportError> {
        let stop = Arc::<Stop>::default();
        let watched = Arc::clone(&stop);
        let thread = SenderThread::spawn("xray-sampler", move || while watched.waits(poller.step()) {});
        let thread = thread.map_err(ExportError::thread)?;
        Ok(Self { stop, thread })
    }
}

impl Stop {
    /// Waits. Returns false when the thread is to end.
    fn waits(&self, length: Duration) -> bool {
        let until = Instant::now() + length;
        let mut is_stopped = self.is_stopped.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if *is_stopped || left.is_zero() {
                return !*is_stopped;
            }
            is_stopped = self.wake.wait_timeout(is_stopped, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl Drop for RemoteSampler {
    fn drop(&mut self) {
        *self.stop.is_stopped.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.stop.wake.notify_all();
        self.thread.ends_within(STOP_DEADLINE);
    }
}
