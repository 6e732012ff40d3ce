//! Reports errors to Rollbar, each with the ids of its trace and span (the crate's feature `rollbar`).
//!
//! Reported are events at ERROR, and panics. The path of an error:
//!
//! - `occurrence`: what is captured on the thread of the request
//! - `queue`: the bounded queue; `sender`: the thread that empties it, within the `rate`
//! - `item`: the JSON of an occurrence, without secrets (`scrub`), with the `fingerprint` by which Rollbar groups items,
//!   cut to the size that Rollbar accepts (`fit`)
//! - `answer`: what Rollbar's answers mean; `failure`: why an item was not accepted, and warnings about it
//! - `panic_place`: where panics began

mod answer;
mod failure;
mod fingerprint;
mod fit;
mod item;
mod occurrence;
pub(crate) mod panic_place;
mod queue;
mod rate;
mod scrub;
mod sender;

use std::sync::Arc;
use std::time::Duration;

use opentelemetry_sdk::Resource;

pub(crate) use self::occurrence::{Occurrence, Place, Severity, What};
use self::queue::Queue;
use self::sender::Sender;
use crate::env;
use crate::export::ExportError;

/// The target of events that are reported to Rollbar whatever their level:
/// `tracing::warn!(target: telemetry::ROLLBAR_TARGET, "..")`. Events at ERROR need no such target.
pub const ROLLBAR_TARGET: &str = "telemetry::rollbar";

/// Accepts errors. Clones feed the same sender.
#[derive(Clone, Debug)]
pub(crate) struct Reporter(Arc<Queue>);

impl Reporter {
    /// Queues an error. Never blocks: when the queue is full, the error is dropped and counted.
    pub(crate) fn report(&self, occurrence: Occurrence) {
        self.0.push(occurrence);
    }
}

/// Sends one error once. The inner error says why it was not accepted.
pub(crate) fn post_once(
    settings: &env::Rollbar,
    resource: &Resource,
    occurrence: &Occurrence,
) -> Result<Result<(), String>, ExportError> {
    Sender::post_once(settings, resource, occurrence)
}

/// The running export of errors.
#[derive(Debug)]
pub(crate) struct Rollbar(Sender);

impl Rollbar {
    pub(crate) fn start(settings: &env::Rollbar, resource: &Resource) -> Result<Self, ExportError> {
        Sender::start(settings, resource).map(Self)
    }

    pub(crate) fn reporter(&self) -> Reporter {
        Reporter(Arc::clone(&self.0.queue))
    }

    /// Sends what is left within `limit`, and ends.
    pub(crate) fn stop(&self, limit: Duration) {
        self.0.stop(limit);
    }
}
