//! [`Tracing`], the actix-web middleware: a server span for each request.

use std::future::{Ready, ready};
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform};
use actix_web::{Error, HttpResponse};

use super::body::ObservedBody;
use super::error_response::{HandlerPanic, PanicResponse, minimal_problem};
use super::future::TracingFuture;
use super::span;
use super::trace_response::TraceResponse;

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
/// It continues the trace of the request's headers or starts a new one. The span lasts until the response's body has
/// been sent. A panic becomes a response with status 500, and `traceresponse` names the recorded trace
/// ([`TraceResponse`]).
#[derive(Clone, Debug)]
pub struct Tracing {
    untraced: Rc<[String]>,
    traceresponse: TraceResponse,
    panic_response: PanicResponse,
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

    /// Creates no span for requests to exactly this path. Health checks would outnumber all other spans.
    #[must_use]
    pub fn untraced(self, path: impl Into<String>) -> Self {
        Self { untraced: self.untraced.iter().cloned().chain([path.into()]).collect(), ..self }
    }

    /// Sets which responses carry `traceresponse`.
    #[must_use]
    pub fn traceresponse(self, traceresponse: TraceResponse) -> Self {
        Self { traceresponse, ..self }
    }

    /// Builds the response to a panic with `respond`, in the form of the application's other errors. Its status is
    /// always 500.
    ///
    /// Without it, the response is a minimal problem (RFC 9457). `respond` is called outside of the span.
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
        let measurement = span::measure(&request);
        TracingFuture::traced(Rc::clone(&self.service), request, started, measurement, *panic_response)
    }
}
