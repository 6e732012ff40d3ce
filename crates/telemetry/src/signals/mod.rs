//! The signals beside traces.
//!
//! - `http`: durations and requests in flight, on both sides
//! - `health`: what became of spans, and the process itself
//! - `logs`: events of `tracing` as log records
//! - `build`: from the environment to providers; `exporter`: what tells of their failures

pub(crate) mod build;
mod exporter;
mod health;
pub(crate) mod http;
pub(crate) mod logs;
