//! The server span for applications that use tracing-actix-web's middleware.

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use tracing::Span;
use tracing_actix_web::RootSpanBuilder;

use super::span;

/// The server span for [`tracing_actix_web::TracingLogger`], with the same name, attributes, parent and status:
///
/// ```
/// use actix_web::App;
/// use tracing_actix_web::TracingLogger;
///
/// let app = App::new().wrap(TracingLogger::<telemetry::server::RootSpan>::new());
/// # let _ = app;
/// ```
///
/// [`Tracing`](super::Tracing) does what a root span builder cannot: it turns a panic into a 500, records dropped
/// requests and incomplete bodies, leaves paths untraced, measures durations, and adds `traceresponse`. It also costs
/// less.
#[derive(Clone, Copy, Debug, Default)]
pub struct RootSpan;

impl RootSpanBuilder for RootSpan {
    fn on_request_start(request: &ServiceRequest) -> Span {
        span::start(request, None).map_or_else(Span::none, |started| started.span)
    }

    fn on_request_end<B: MessageBody>(span: Span, outcome: &Result<ServiceResponse<B>, Error>) {
        let route = span::route(outcome);
        span::record_response(&span, outcome, route.as_deref());
    }
}
