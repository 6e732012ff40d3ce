//! The middleware that makes a span of each request, and what the answer says about it.

mod body;
mod failure;
mod headers;
mod inside;
mod root_span;

use std::future::{Future, Ready, ready};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_web::Error;
use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform};
use pin_project_lite::pin_project;
use tracing_actix_web::{StreamSpan, TracingLogger};

pub use body::ObservedBody;
use inside::Inside;
use root_span::ServerSpan;

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
/// sent, turns a panic into a 500, and adds `traceresponse` to every answer.
#[derive(Clone, Debug)]
pub struct Tracing {
    untraced: Rc<[String]>,
}

impl Tracing {
    /// Traces every path.
    pub fn new() -> Self {
        Self { untraced: Rc::new([]) }
    }

    /// Leaves requests for exactly this path alone: health checks would drown everything else.
    #[must_use]
    pub fn untraced(self, path: impl Into<String>) -> Self {
        Self { untraced: self.untraced.iter().cloned().chain([path.into()]).collect() }
    }
}

impl Default for Tracing {
    fn default() -> Self {
        Self::new()
    }
}

/// The service that `tracing-actix-web` makes around ours.
type Traced<S> = <TracingLogger<ServerSpan> as Transform<Inside<S>, ServiceRequest>>::Transform;

impl<S, B> Transform<S, ServiceRequest> for Tracing
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    S::Future: 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<EitherBody<StreamSpan<ObservedBody<B>>, B>>;
    type Error = Error;
    type Transform = TracingMiddleware<Traced<S>, S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, Self::InitError>>;

    fn new_transform(&self, service: S) -> Self::Future {
        let service = Rc::new(service);
        let inside = Inside::new(Rc::clone(&service));
        let traced = TracingLogger::<ServerSpan>::new().new_transform(inside).into_inner();
        let untraced = Rc::clone(&self.untraced);
        ready(traced.map(|traced| TracingMiddleware { traced, service, untraced }))
    }
}

/// [`Tracing`] in one worker's application.
#[doc(hidden)]
#[derive(Debug)]
pub struct TracingMiddleware<T, S> {
    traced: T,
    service: Rc<S>,
    untraced: Rc<[String]>,
}

impl<T, S, A, B> Service<ServiceRequest> for TracingMiddleware<T, S>
where
    T: Service<ServiceRequest, Response = ServiceResponse<A>, Error = Error>,
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
{
    type Response = ServiceResponse<EitherBody<A, B>>;
    type Error = Error;
    type Future = TracingFuture<T::Future, S::Future>;

    fn poll_ready(&self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.service.poll_ready(context)
    }

    fn call(&self, request: ServiceRequest) -> Self::Future {
        if self.untraced.iter().any(|path| path == request.path()) {
            TracingFuture::Untraced { future: self.service.call(request) }
        } else {
            TracingFuture::Traced { future: self.traced.call(request) }
        }
    }
}

pin_project! {
    /// One request on its way.
    #[doc(hidden)]
    #[project = TracingFutureProjection]
    pub enum TracingFuture<T, S> {
        Traced { #[pin] future: T },
        Untraced { #[pin] future: S },
    }
}

impl<T, S, A, B> Future for TracingFuture<T, S>
where
    T: Future<Output = Result<ServiceResponse<A>, Error>>,
    S: Future<Output = Result<ServiceResponse<B>, Error>>,
{
    type Output = Result<ServiceResponse<EitherBody<A, B>>, Error>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project() {
            TracingFutureProjection::Traced { future } => {
                future.poll(context).map_ok(ServiceResponse::map_into_left_body)
            }
            TracingFutureProjection::Untraced { future } => {
                future.poll(context).map_ok(ServiceResponse::map_into_right_body)
            }
        }
    }
}
