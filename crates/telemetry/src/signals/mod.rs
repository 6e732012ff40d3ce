//! The signals beside traces.
//!
//! - `http`: durations of requests on both sides; `series` finds where they go, `active` counts those in flight
//! - `health`: what became of spans, and the process itself
//! - `logs`: events of `tracing` as log records
//! - `build`: from the environment to providers; `exporter`: what tells of their failures

mod active;
pub(crate) mod build;
mod exporter;
mod health;
pub(crate) mod http;
pub(crate) mod logs;
mod series;
