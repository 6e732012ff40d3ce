//! Records of the `log` crate, which `tracing_log` turns into events of `tracing`.
//!
//! All of them come from one callsite per level, with the target `log`. Their own target is a field.

use tracing::{Event, Metadata};
use tracing_log::{LogTracer, NormalizeEvent};

/// Turns the records of this process into events. Returns false if the process has another logger, which stays.
pub(crate) fn install() -> bool {
    LogTracer::init().is_ok()
}

/// What the record of the `log` crate says about itself, if the event is one.
pub(crate) fn metadata_of<'a>(event: &'a Event<'a>) -> Option<Metadata<'a>> {
    event.normalized_metadata()
}
