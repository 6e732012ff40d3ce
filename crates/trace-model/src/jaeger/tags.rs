//! The tags that stand for fields of OpenTelemetry. They come after all others and in this order, those that stand for a
//! field before attributes that happen to have the name: so reading finds what writing meant.

pub(super) const SPAN_KIND: &str = "span.kind";
pub(super) const STATUS_CODE: &str = "otel.status_code";
pub(super) const ERROR: &str = "error";
pub(super) const STATUS_DESCRIPTION: &str = "otel.status_description";
pub(super) const SCOPE_NAME: &str = "otel.scope.name";
pub(super) const SCOPE_VERSION: &str = "otel.scope.version";
pub(super) const TRACE_STATE: &str = "w3c.tracestate";

pub(super) const ORDER: [&str; 7] =
    [SPAN_KIND, STATUS_CODE, ERROR, STATUS_DESCRIPTION, SCOPE_NAME, SCOPE_VERSION, TRACE_STATE];

/// The field of a log that is the name of its event. It comes first.
pub(super) const EVENT: &str = "event";

/// Warns of a span whose end is before its start.
pub(super) const ENDS_EARLY: &str = "the span ends before it starts";
