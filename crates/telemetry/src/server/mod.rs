//! The middleware that makes a span of each request, and what the answer says about it.
//!
//! - `span`: what the span says; `alike`: what many of them say alike
//! - `future`: a request on its way: panics, cancellation, `traceresponse`
//! - `body`: the answer's body, until its end
//! - `failure`: errors and panics as answers
//! - `root_span`: the same span for tracing-actix-web's middleware

mod body;
mod cached_attributes;
mod error_response;
mod future;
mod headers;
mod root_span;
mod span;

use std::future::{Ready, ready};
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform};
use actix_web::{Error, HttpResponse};

pub use body::ObservedBody;
pub use error_response::HandlerPanic;
use error_response::{PanicResponse, minimal_problem};
pub use future::TracingFuture;
pub use root_span::RootSpan;

use crate::span::PreparedSpan;

/// The server span of every request, as the outermost middleware of an application:
///
/// ```
/// use actix_web::{App, web};
///
/// let app = App::new()
///     .wrap(telemetry::server::Tracing::new().untraced("/health"))
///     .route("/health", web::get().to(|| async { "well" }));
/// # let _ = app;
/// ```
///
/// It continues the trace of the request's headers or begins one, keeps the span open until the answer's body has been
/// sent, turns a panic into a 500, and says in `traceresponse` which trace was recorded ([`TraceResponse`]).
#[derive(Clone, Debug)]
pub struct Tracing {
    untraced: Rc<[String]>,
    traceresponse: TraceResponse,
    panic_response: PanicResponse,
}

/// Which answers carry `traceresponse`, the ids of the request's span (W3C Trace Context Level 2).
///
/// A header costs both sides of a call some 1,500 instructions together.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum TraceResponse {
    /// Every answer. The ids of a trace that was not recorded lead to the request's log records alone; the header's last bit
    /// says so.
    Always,
    /// Answers whose trace is recorded: whoever asks learns where to find it.
    #[default]
    Recorded,
    /// Answers to whoever brought no trace that goes on here, recorded or not. For a service behind others, whose callers know
    /// the trace already.
    NewTraces,
}

impl TraceResponse {
    /// Whether the answer to the request of this span carries it.
    fn applies_to(self, prepared: &PreparedSpan) -> bool {
        match self {
            Self::Always => true,
            Self::Recorded => prepared.is_recorded(),
            Self::NewTraces => prepared.is_root(),
        }
    }
}

impl Tracing {
    /// Traces every path.
    pub fn new() -> Self {
        Self {
            untraced: Rc::new([]),
            traceresponse: TraceResponse::default(),
            panic_response: minimal_problem,
        }
    }

    /// Leaves requests for exactly this path alone: health checks would drown everything else.
    #[must_use]
    pub fn untraced(self, path: impl Into<String>) -> Self {
        Self { untraced: self.untraced.iter().cloned().chain([path.into()]).collect(), ..self }
    }

    /// Says which answers carry `traceresponse`.
    #[must_use]
    pub fn traceresponse(self, traceresponse: TraceResponse) -> Self {
        Self { traceresponse, ..self }
    }

    /// Builds the response to a panic with `respond`, in the form of the application's other errors. Its status is always 500.
    ///
    /// Without it the response is a minimal problem (RFC 9457).
    ///
    /// ```
    /// use actix_web::HttpResponse;
    /// use telemetry::server::{HandlerPanic, Tracing};
    ///
    /// fn respond(panic: &HandlerPanic) -> HttpResponse {
    ///     HttpResponse::InternalServerError().body(format!("trace {:?}", panic.trace_id))
    /// }
    /// let tracing = Tracing::new().panic_response(respond);
    /// # let _ = tracing;
    /// ```
    #[must_use]
    pub fn panic_response(self, respond: fn(&HandlerPanic) -> HttpResponse) -> Self {
        Self { panic_response: respond, ..self }
    }
}

impl Default for Tracing {
    fn default() -> Self {
        Self::new()
    }
}

impl<S, B> Transform<S, ServiceRequest> for Tracing
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    type Response = ServiceResponse<ObservedBody<B>>;
    type Error = Error;
    type Transform = TracingMiddleware<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, Self::InitError>>;

    fn new_transform(&self, service: S) -> Self::Future {
        ready(Ok(TracingMiddleware { service: Rc::new(service), tracing: self.clone() }))
    }
}

/// [`Tracing`] in one worker's application.
#[doc(hidden)]
#[derive(Debug)]
pub struct TracingMiddleware<S> {
    service: Rc<S>,
    tracing: Tracing,
}

impl<S, B> Service<ServiceRequest> for TracingMiddleware<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    type Response = ServiceResponse<ObservedBody<B>>;
    type Error = Error;
    type Future = TracingFuture<S, S::Future>;

    fn poll_ready(&self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.service.poll_ready(context)
    }

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let Tracing { untraced, traceresponse, panic_response } = &self.tracing;
        let traced = !untraced.iter().any(|path| path == request.path());
        let Some(started) = traced.then(|| span::start(&request, Some(*traceresponse))).flatten() else {
            return TracingFuture::untraced(self.service.call(request));
        };
        let serving = span::measure(&request);
        TracingFuture::traced(Rc::clone(&self.service), request, started, serving, *panic_response)
    }
}
