//! From `tracing`'s spans to finished OpenTelemetry spans.
//!
//! - `layer`: follows every span from its making to its end
//! - `record`: what is kept of a span while it is open
//! - `fields`: `tracing`'s fields as attributes
//! - `sampler`: which traces are recorded
//! - `ids`: where ids come from
//!
//! This takes the place of `tracing-opentelemetry` and of the SDK's tracer: both build every span twice and look at the
//! clock, the allocator and the lock several times for it. ARCHITECTURE.md has the figures.

mod fields;
pub(crate) mod ids;
mod layer;
mod record;
mod sampler;

pub(crate) use layer::{Mode, Seed, SpanLayer, begin, with_recorded};
pub(crate) use record::{Finished, Limits, Recorded};
pub(crate) use sampler::{Root, Sampler};
