//! From `tracing`'s spans to finished OpenTelemetry spans.
//!
//! - `recorder`: records spans and events; `subscriber` and `layer`: its two shells, which store the open spans
//! - `span_starter`: decides ids and sampling, before a span is allocated; `start_hooks`: the application's part in that
//! - `open_span`: an open span; `open_spans`: access to those of a shell; `slab` and `open_by_id`: all open spans of the subscriber and of the layer; `span_pool`: memory of finished spans, reused
//! - `span_stack`: the spans that are entered on a thread
//! - `fields`: `tracing`'s fields as attributes; `event`: its events as span events
//! - `report`: events that are reported to Rollbar
//! - `sampling_rule`: the rule of X-Ray that decided on a trace; `request_end`: tells it how requests ended
//! - `active_span`: an open span in OpenTelemetry's context; `shell`: the subscriber or layer of a dispatch
//! - `access`: what the rest of the crate does with a `tracing::Span`
//!
//! This replaces `tracing-opentelemetry` and the SDK's tracer, and for the subscriber also `tracing-subscriber`'s
//! registry. Together they build every span twice, and read the clock, allocate and lock several times for it.

mod access;
mod active_span;
mod event;
mod fields;
mod foreign_spans;
mod layer;
mod open_by_id;
mod open_span;
mod open_spans;
mod recorder;
#[cfg(feature = "rollbar")]
mod report;
#[cfg(feature = "xray")]
mod request_end;
#[cfg(feature = "xray")]
mod sampling_rule;
mod shell;
mod slab;
mod span_pool;
mod span_stack;
mod span_starter;
mod start_hooks;
mod subscriber;

#[cfg(feature = "rollbar")]
pub(crate) use access::is_in_request;
pub use access::trace_id_of_current;
pub(crate) use access::{
    add_event, add_link, context_of, end, export_ended, finish, is_recording, prepare, prepare_with,
    propagate, reparent, server_context, set_parent, shares_state, with_data, with_open_span,
};
#[cfg(feature = "rollbar")]
pub use access::{reports_to_rollbar, rollbar_problem};
pub(crate) use layer::SpanLayer;
pub(crate) use open_span::{End, OpenSpan};
pub(crate) use recorder::Recorder;
#[cfg(feature = "xray")]
pub(crate) use request_end::observe_end;
pub(crate) use span_stack::current_context;
pub(crate) use span_starter::{Mode, SpanStarter};
pub(crate) use start_hooks::StartHooks;
pub(crate) use subscriber::SpanSubscriber;
