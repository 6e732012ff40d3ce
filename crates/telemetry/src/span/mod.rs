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

mod data;
mod event;
mod fields;
pub(crate) mod ids;
mod limits;
mod open_span;
mod sampler;
mod slab;
mod span_pool;
mod span_stack;
mod span_starter;
mod subscriber;

pub(crate) use data::{EventsAndLinks, SpanData};
pub(crate) use limits::Limits;
pub(crate) use open_span::OpenSpan;
pub(crate) use sampler::{Root, Sampler};
pub(crate) use span_starter::{End, Mode, PreparedSpan, prepare, set_parent};
use subscriber::with_open_span_and_subscriber;
pub(crate) use subscriber::{SpanSubscriber, with_data, with_open_span};
