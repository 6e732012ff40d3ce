//! The signals beside traces.
//!
//! - `http`: durations of requests on both sides; `series` finds where they go, `active` counts those in flight
//! - `health`: what became of spans, and the process itself
//! - `logs`: events of `tracing` as log records
//! - `build`: from the environment to providers; `exporter`: what tells of their failures

mod active_requests;
mod health;
pub(crate) mod http;
mod logged_exporter;
pub(crate) mod logs;
pub(crate) mod providers;
mod series_cache;
