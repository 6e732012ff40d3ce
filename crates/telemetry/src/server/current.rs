//! The server span of the current request, from any depth.

use opentelemetry::trace::TraceContextExt;
use opentelemetry::{Context, Key, KeyValue, Value};

use crate::span;

/// Sets an attribute of the server span of the current request, or replaces the one with the same key.
///
/// It works from any depth: within the handler, and within spans and calls below it. A spawned task is not within the
/// request; hand it the value of [`context`].
///
/// ```
/// telemetry::server::set_attribute("user.id", 7);
/// ```
pub fn set_attribute(key: impl Into<Key>, value: impl Into<Value>) {
    if let Some(context) = context() {
        context.span().set_attribute(KeyValue::new(key, value));
    }
}

/// The context in which the server span of the current request is the active one; `None` outside of a request, and in a
/// request that is not recorded. Through its `span()` the rest of OpenTelemetry's API reaches the exported span:
///
/// ```
/// use opentelemetry::trace::TraceContextExt;
///
/// if let Some(context) = telemetry::server::context() {
///     context.span().update_name("GET /feed of a guest");
/// }
/// ```
pub fn context() -> Option<Context> {
    span::server_context()
}
