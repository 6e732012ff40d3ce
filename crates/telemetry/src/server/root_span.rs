//! The server span, as tracing-actix-web's middleware asks for it.

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use tracing::Span;
use tracing_actix_web::RootSpanBuilder;

use super::span;

/// The server span of [`Tracing`](super::Tracing), which is [`tracing_actix_web::TracingLogger`] with this builder and a
/// companion.
///
/// Without the companion, `TracingLogger` makes the same span, with the same name, attributes, parent and status, and
/// lacks what a root span builder cannot do:
///
/// ```
/// use actix_web::App;
/// use tracing_actix_web::TracingLogger;
///
/// let app = App::new().wrap(TracingLogger::<telemetry::server::RootSpan>::new());
/// # let _ = app;
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct RootSpan;

impl RootSpanBuilder for RootSpan {
    fn on_request_start(request: &ServiceRequest) -> Span {
        span::start(request)
    }

    fn on_request_end<B: MessageBody>(span: Span, outcome: &Result<ServiceResponse<B>, Error>) {
        span::record_response(&span, outcome);
    }
}
