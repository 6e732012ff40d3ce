//! Tags that carry OpenTelemetry fields.
//!
//! They are written after all other tags and in this order. A tag that carries a field precedes attributes of the
//! same name, so a reader can tell them apart.

pub const SPAN_KIND: &str = "span.kind";
pub const STATUS_CODE: &str = "otel.status_code";
pub const ERROR: &str = "error";
pub(super) const STATUS_DESCRIPTION: &str = "otel.status_description";
pub(super) const SCOPE_NAME: &str = "otel.scope.name";
pub(super) const SCOPE_VERSION: &str = "otel.scope.version";
pub(super) const TRACE_STATE: &str = "w3c.tracestate";

pub(super) const ORDER: [&str; 7] =
    [SPAN_KIND, STATUS_CODE, ERROR, STATUS_DESCRIPTION, SCOPE_NAME, SCOPE_VERSION, TRACE_STATE];

/// Whether a tag of this name may carry a field.
pub fn is_field(key: &str) -> bool {
    ORDER.contains(&key)
}

/// Field of a log that carries the name of the event. Written first.
pub(super) const EVENT: &str = "event";

/// Warning on a span that ends before it starts.
pub(super) const NEGATIVE_DURATION: &str = "the span ends before it starts";
