//! [`Tracing`], the actix-web middleware: a server span for each request.

use std::any::type_name;
use std::error::Error as StdError;
use std::fmt;
use std::future::{Future, Ready, ready};
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform};
use actix_web::{Error, HttpMessage, HttpResponse, ResponseError};
use pin_project_lite::pin_project;
use tracing_actix_web::{RootSpanBuilder, StreamSpan, TracingLogger};

use super::body::ObservedBody;
use super::companion::Companion;
use super::error_response::{HandlerPanic, PanicResponse, minimal_problem};
use super::failure::{Describe, describe};
use super::finite_body::FiniteBody;
use super::root_span::RootSpan;
use super::trace_response::TraceResponse;
use super::untraced::{Rule, Untraced};

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
/// It is `Send` and `Clone`: `HttpServer::new(move || App::new().wrap(tracing.clone()))` shares one value.
///
/// It is [`TracingLogger`] of tracing-actix-web with [`RootSpan`], which continues the trace of the request's headers or
/// starts a new one, and a companion that adds what `TracingLogger` lacks:
///
/// - The span lasts until the response's body has been sent, and records a failed body or a client disconnect.
/// - An error of a handler says why on the span and in one log record ([`error_type`](Self::error_type)).
/// - A panic becomes a response with status 500. A dropped request is recorded as cancelled.
/// - `traceresponse` names the trace, if it is asked for ([`TraceResponse`]).
/// - The metrics of the request, and paths that are not traced.
///
/// Handlers can extract `RequestId` and `RootSpan` of tracing-actix-web.
///
/// `R` makes the span ([`root_span`](Self::root_span)).
pub struct Tracing<R = RootSpan> {
    untraced: Arc<[Rule]>,
    traceresponse: TraceResponse,
    panic_response: PanicResponse,
    error_types: Arc<[Describe]>,
    root_span: PhantomData<fn() -> R>,
}

impl Tracing {
    /// Traces every path.
    pub fn new() -> Self {
        Self {
            untraced: Arc::new([]),
            traceresponse: TraceResponse::default(),
            panic_response: minimal_problem,
            error_types: Arc::new([]),
            root_span: PhantomData,
        }
    }
}

impl<R> Tracing<R> {
    /// Makes the span with a root span builder of your own. It calls [`RootSpan`], and adds what the application knows of a
    /// request or response:
    ///
    /// ```
    /// use actix_web::body::MessageBody;
    /// use actix_web::dev::{ServiceRequest, ServiceResponse};
    /// use actix_web::{App, Error};
    /// use telemetry::OpenTelemetrySpanExt;
    /// use telemetry::server::{RootSpan, Tracing};
    /// use tracing::Span;
    /// use tracing_actix_web::RootSpanBuilder;
    ///
    /// struct TenantSpan;
    ///
    /// impl RootSpanBuilder for TenantSpan {
    ///     fn on_request_start(request: &ServiceRequest) -> Span {
    ///         let span = RootSpan::on_request_start(request);
    ///         if let Some(tenant) = request.headers().get("x-tenant").and_then(|tenant| tenant.to_str().ok()) {
    ///             span.set_attribute("app.tenant", tenant.to_owned());
    ///         }
    ///         span
    ///     }
    ///
    ///     fn on_request_end<B: MessageBody>(span: Span, outcome: &Result<ServiceResponse<B>, Error>) {
    ///         if let Ok(response) = outcome {
    ///             span.set_attribute("app.cached", response.headers().contains_key("age"));
    ///         }
    ///         RootSpan::on_request_end(span, outcome);
    ///     }
    /// }
    ///
    /// let app = App::new().wrap(Tracing::new().untraced("/health").root_span::<TenantSpan>());
    /// # let _ = app;
    /// ```
    ///
    /// - `span.context().span().update_name(..)` (`TraceContextExt`) names the span. Then its route does not.
    /// - A sampler decides before: it does not see what the builder adds.
    /// - A builder that does not call [`RootSpan`], as `DefaultRootSpanBuilder`, makes a span with its own name and attributes. It
    ///   starts a new trace, also on untraced paths.
    #[must_use]
    pub fn root_span<N: RootSpanBuilder>(self) -> Tracing<N> {
        let Self { untraced, traceresponse, panic_response, error_types, root_span: _ } = self;
        Tracing { untraced, traceresponse, panic_response, error_types, root_span: PhantomData }
    }

    /// Creates no span for requests to exactly this path. Health checks would outnumber all other spans.
    #[must_use]
    pub fn untraced(self, path: impl Into<String>) -> Self {
        self.untraced_by(Rule::Path(path.into()))
    }

    /// Creates no span for requests to this path and all paths below it: `/static` covers `/static/page.js`, and not
    /// `/statics`.
    #[must_use]
    pub fn untraced_below(self, prefix: impl Into<String>) -> Self {
        self.untraced_by(Rule::below(&prefix.into()))
    }

    /// Creates no span for requests that satisfy `predicate`. It runs before the request is routed.
    ///
    /// ```
    /// use actix_web::http::Method;
    ///
    /// let tracing = telemetry::server::Tracing::new().untraced_if(|request| request.method() == Method::OPTIONS);
    /// # let _ = tracing;
    /// ```
    #[must_use]
    pub fn untraced_if(self, predicate: impl Fn(&ServiceRequest) -> bool + Send + Sync + 'static) -> Self {
        self.untraced_by(Rule::If(Arc::new(predicate)))
    }

    fn untraced_by(self, rule: Rule) -> Self {
        Self { untraced: self.untraced.iter().cloned().chain([rule]).collect(), ..self }
    }

    /// Sets which responses carry `traceresponse`. Without it, none does.
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

    /// Makes an error type of the application known: its name becomes `exception.type`, and its sources are recorded.
    ///
    /// Every error that becomes a response is recorded on the span as an `exception` event and logged once, by the target
    /// `telemetry::server`: a 5xx at ERROR, and it is the status of the span; a 4xx at DEBUG. actix erases the type of an
    /// error. Without this, the type is `actix_web::Error`, and the message is the text of the error alone.
    ///
    /// ```
    /// use actix_web::ResponseError;
    ///
    /// #[derive(Debug, thiserror::Error)]
    /// #[error("cannot load the feed")]
    /// struct FeedError(#[source] std::io::Error);
    ///
    /// impl ResponseError for FeedError {}
    ///
    /// let tracing = telemetry::server::Tracing::new().error_type::<FeedError>();
    /// # let _ = tracing;
    /// ```
    #[must_use]
    pub fn error_type<E: ResponseError + StdError + 'static>(self) -> Self {
        let types = self.error_types.iter().copied().chain([describe::<E> as Describe]);
        Self { error_types: types.collect(), ..self }
    }
}

// Derived, they would ask the same of the root span builder.
impl<R> Clone for Tracing<R> {
    fn clone(&self) -> Self {
        Self { untraced: Arc::clone(&self.untraced), error_types: Arc::clone(&self.error_types), ..*self }
    }
}

impl<R> fmt::Debug for Tracing<R> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { untraced, traceresponse, error_types, .. } = self;
        formatter
            .debug_struct("Tracing")
            .field("untraced", untraced)
            .field("traceresponse", traceresponse)
            .field("error_types", &error_types.len())
            .field("root_span", &type_name::<R>())
            .finish_non_exhaustive()
    }
}

impl Default for Tracing {
    fn default() -> Self {
        Self::new()
    }
}

impl<S, B, R> Transform<S, ServiceRequest> for Tracing<R>
where
    R: RootSpanBuilder,
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    S::Future: 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<FiniteBody<StreamSpan<ObservedBody<B>>>>;
    type Error = Error;
    type Transform =
        TracingMiddleware<<TracingLogger<R> as Transform<Companion<S>, ServiceRequest>>::Transform>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, Self::InitError>>;

    fn new_transform(&self, service: S) -> Self::Future {
        let companion =
            Companion::new(service, self.traceresponse, self.panic_response, Arc::clone(&self.error_types));
        let logger = TracingLogger::<R>::new().new_transform(companion).into_inner();
        ready(logger.map(|logger| TracingMiddleware { logger, untraced: Arc::clone(&self.untraced) }))
    }
}

/// [`Tracing`] in one worker's application: tells `TracingLogger` which requests are not traced.
#[doc(hidden)]
pub struct TracingMiddleware<L> {
    logger: L,
    untraced: Arc<[Rule]>,
}

impl<L, B> Service<ServiceRequest> for TracingMiddleware<L>
where
    L: Service<ServiceRequest, Response = ServiceResponse<B>>,
    B: MessageBody,
{
    type Response = ServiceResponse<FiniteBody<B>>;
    type Error = L::Error;
    type Future = TracingFuture<L::Future>;

    fn poll_ready(&self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.logger.poll_ready(context)
    }

    fn call(&self, request: ServiceRequest) -> Self::Future {
        if self.untraced.iter().any(|rule| rule.excludes(&request)) {
            request.extensions_mut().insert(Untraced);
        }
        TracingFuture { logger: self.logger.call(request) }
    }
}

pin_project! {
    /// The future of one request, with `TracingLogger` around it.
    #[doc(hidden)]
    pub struct TracingFuture<F> {
        #[pin]
        logger: F,
    }
}

impl<F, B, E> Future for TracingFuture<F>
where
    F: Future<Output = Result<ServiceResponse<B>, E>>,
    B: MessageBody,
{
    type Output = Result<ServiceResponse<FiniteBody<B>>, E>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let response = self.project().logger.poll(context);
        response.map_ok(|response| response.map_body(|_, body| FiniteBody::new(body)))
    }
}
