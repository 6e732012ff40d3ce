//! From `tracing`'s spans to finished OpenTelemetry spans.
//!
//! - `subscriber`: follows every span from its making to its end
//! - `begin`: decides ids and sampling, before anything is built
//! - `record`: what is kept of a span while it is open; `data`: what is known of it, within its `limits`; `slots`: where it is
//!   kept; `spare`: whose memory serves again; `entered`: which one is current
//! - `fields`, `event`: `tracing`'s fields as attributes, its events as those of a span
//! - `sampler`: which traces are recorded
//! - `ids`: where ids come from
//!
//! This takes the place of `tracing-opentelemetry`, of `tracing-subscriber`'s registry and of the SDK's tracer: they build every
//! span twice and look at the clock, the allocator and the lock several times for it. ARCHITECTURE.md has the figures.

mod begin;
mod data;
mod entered;
mod event;
mod fields;
pub(crate) mod ids;
mod limits;
mod record;
mod sampler;
mod slots;
mod spare;
mod subscriber;

pub(crate) use begin::{Begun, Ends, Mode, begin, set_parent};
pub(crate) use data::{EventsAndLinks, SpanData};
pub(crate) use limits::Limits;
pub(crate) use record::Recorded;
pub(crate) use sampler::{Root, Sampler};
use subscriber::with_recorded_by;
pub(crate) use subscriber::{Spans, with_data, with_recorded};
