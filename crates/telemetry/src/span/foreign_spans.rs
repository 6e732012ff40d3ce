//! Recognises spans of tracing-actix-web and reqwest-tracing that were made without this crate, and so join no trace.

use std::sync::Once;

use tracing::Metadata;

use crate::log_lines;

/// Warns, once for servers and once for clients, of a kind of span that breaks traces.
///
/// `tracing` asks about each callsite before its first span. Its locks are held then, so the warning is no event.
pub(super) fn warn_of(metadata: &Metadata<'_>) {
    static SERVER: Once = Once::new();
    static CLIENT: Once = Once::new();
    if is_of_root_span_macro(metadata) {
        SERVER.call_once(|| {
            log_lines::print_warning(
                "TracingLogger makes the spans of requests without telemetry, so each request starts a new trace: wrap \
                 the application in telemetry::server::Tracing, and let a root span builder call \
                 telemetry::server::RootSpan in place of root_span! and DefaultRootSpanBuilder",
            );
        });
    } else if is_of_otel_span_macro(metadata) {
        CLIENT.call_once(|| {
            log_lines::print_warning(
                "TracingMiddleware makes the spans of calls without telemetry, so called services start new traces: \
                 build the client with telemetry::client::instrument, and let a backend of spans call \
                 telemetry::client::CallSpan in place of reqwest_otel_span!",
            );
        });
    }
}

/// Whether `root_span!` of tracing-actix-web makes the span. The macro is expanded in any crate.
fn is_of_root_span_macro(metadata: &Metadata<'_>) -> bool {
    metadata.name() == "HTTP request" && has_fields(metadata, ["http.client_ip", "request_id"])
}

/// Whether `reqwest_otel_span!` of reqwest-tracing makes the span. The macro is expanded in any crate.
fn is_of_otel_span_macro(metadata: &Metadata<'_>) -> bool {
    metadata.name() == "HTTP request" && has_fields(metadata, ["error.cause_chain", "url.scheme"])
}

fn has_fields(metadata: &Metadata<'_>, names: [&str; 2]) -> bool {
    names.iter().all(|name| metadata.fields().field(name).is_some())
}
