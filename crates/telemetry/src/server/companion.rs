//! [`Companion`], what tracing-actix-web's middleware leaves out: panics, errors, cancellation, metrics, `traceresponse`,
//! and the end of the body.

use std::any::Any;
use std::cell::OnceCell;
use std::future::Future;
use std::mem::replace;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use actix_web::body::MessageBody;
use actix_web::dev::{ResourceMap, Service, ServiceRequest, ServiceResponse};
use actix_web::http::header::HeaderValue;
use actix_web::{Error, HttpMessage};
use pin_project_lite::pin_project;
use tracing::Span;

use super::body::ObservedBody;
use super::error_response::{HandlerPanic, PanicError, PanicResponse, TRACERESPONSE, TracedError};
use super::failure::Describe;
use super::observer::RequestObserver;
use super::span;
use super::trace_response::TraceResponse;
use crate::span::{OpenSpan, trace_id_of_current, with_open_span};
use crate::{error_chain, exceptions};

/// Surrounds the application, directly within `TracingLogger`: it runs inside of the server span.
#[doc(hidden)]
#[derive(Debug)]
pub struct Companion<S> {
    service: S,
    /// The routes of the application, known from its first request.
    routes: OnceCell<Rc<ResourceMap>>,
    traceresponse: TraceResponse,
    failures: Rc<FailurePolicy>,
}

/// What the application says about its failures. Requests share it, because a larger future costs more to move.
#[derive(Debug)]
struct FailurePolicy {
    panic_response: PanicResponse,
    error_types: Arc<[Describe]>,
}

impl<S> Companion<S> {
    pub(super) fn new(
        service: S,
        traceresponse: TraceResponse,
        panic_response: PanicResponse,
        error_types: Arc<[Describe]>,
    ) -> Self {
        let failures = Rc::new(FailurePolicy { panic_response, error_types });
        Self { service, routes: OnceCell::new(), traceresponse, failures }
    }

    /// What is observed of a request, and the value of `traceresponse`.
    fn observe(&self, request: &ServiceRequest) -> (Option<Box<RequestObserver>>, Option<HeaderValue>) {
        let extensions = request.extensions();
        let span = extensions.get::<tracing_actix_web::RootSpan>();
        let Some(span) = span.filter(|span| !span.is_disabled()) else { return (None, None) };
        let header = |span: &mut _| span::traceresponse(span, self.traceresponse);
        let seen = with_open_span(span, |span| {
            let is_observed = replace(&mut span.request.is_observed, true);
            (is_observed, span.data.is_some(), header(span))
        });
        let (is_observed, recording, traceresponse) = seen.unwrap_or_default();
        if is_observed {
            // A middleware around this one observes the request.
            return (None, None);
        }
        let measurement = span::measure(request);
        let observer = (recording || measurement.is_some()).then(|| {
            let routes = self.routes.get_or_init(|| Rc::new(request.resource_map().clone()));
            RequestObserver::new(Span::clone(span), measurement, request, routes)
        });
        (observer, traceresponse)
    }
}

impl<S, B> Service<ServiceRequest> for Companion<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    type Response = ServiceResponse<ObservedBody<B>>;
    type Error = Error;
    type Future = CompanionFuture<S::Future>;

    fn poll_ready(&self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.service.poll_ready(context)
    }

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let (observer, traceresponse) = self.observe(&request);
        let call = catch_unwind(AssertUnwindSafe(|| self.service.call(request)));
        let (running, panic) = match call {
            Ok(future) => (Some(future), None),
            Err(panic) => (None, Some(panic)),
        };
        CompanionFuture {
            running,
            panic,
            guard: CancelGuard { observer },
            traceresponse,
            failures: Rc::clone(&self.failures),
        }
    }
}

/// Marks the span as cancelled when the request is dropped before there is a response.
#[derive(Debug)]
struct CancelGuard {
    observer: Option<Box<RequestObserver>>,
}

impl Drop for CancelGuard {
    fn drop(&mut self) {
        let Some(observer) = self.observer.take() else { return };
        with_open_span(&observer.span, OpenSpan::cancel);
        crate::span::finish(&observer.span);
        observer.recycle();
    }
}

pin_project! {
    /// The future of one request, within the server span.
    #[doc(hidden)]
    pub struct CompanionFuture<F> {
        // `None` after a panic.
        #[pin]
        running: Option<F>,
        // The panic of the call that should have returned the future.
        panic: Option<Box<dyn Any + Send>>,
        guard: CancelGuard,
        traceresponse: Option<HeaderValue>,
        failures: Rc<FailurePolicy>,
    }
}

impl<F, B> Future for CompanionFuture<F>
where
    F: Future<Output = Result<ServiceResponse<B>, Error>>,
    B: MessageBody,
{
    type Output = Result<ServiceResponse<ObservedBody<B>>, Error>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let polled = match (this.panic.take(), this.running.as_mut().as_pin_mut()) {
            (Some(panic), _) => Err(panic),
            (None, Some(running)) => catch_unwind(AssertUnwindSafe(|| running.poll(context))),
            (None, None) => return Poll::Pending,
        };
        let outcome = match polled {
            Ok(poll) => ready!(poll),
            Err(panic) => {
                this.running.set(None);
                Err(record_panic(&*panic, this.failures.panic_response))
            }
        };
        let mut observer = this.guard.observer.take();
        let (measurement, resource) = match observer.as_deref_mut() {
            Some(RequestObserver { measurement, resource, .. }) => (measurement.as_mut(), Some(&*resource)),
            None => (None, None),
        };
        span::finish(&outcome, measurement, resource, &this.failures.error_types);
        Poll::Ready(into_response(outcome, this.traceresponse.take(), observer))
    }
}

/// Records a panic on the current span and in the log, and returns it as an error.
fn record_panic(panic: &(dyn Any + Send), respond: PanicResponse) -> Error {
    let message = error_chain::of_panic(panic);
    tracing::error!(target: "telemetry::server", panic = message, "the handler panicked");
    exceptions::add_exception(&Span::current(), "panic", message);
    PanicError { panic: HandlerPanic { trace_id: trace_id_of_current() }, respond }.into()
}

/// Adds `traceresponse`, and observes the body.
fn into_response<B: MessageBody>(
    outcome: Result<ServiceResponse<B>, Error>,
    traceresponse: Option<HeaderValue>,
    observer: Option<Box<RequestObserver>>,
) -> Result<ServiceResponse<ObservedBody<B>>, Error> {
    match outcome {
        Ok(mut response) => {
            if let Some(value) = traceresponse {
                response.headers_mut().insert(TRACERESPONSE, value);
            }
            Ok(response.map_body(|_, body| ObservedBody::new(body, observer)))
        }
        // actix builds the response to an error. It is small and sent at once, so the span ends here.
        Err(error) => {
            if let Some(observer) = observer {
                crate::span::end(&observer.span);
                observer.recycle();
            }
            // Unwrapped, a middleware around this one sees its type.
            match traceresponse {
                None => Err(error),
                traceresponse => Err(TracedError::new(error, traceresponse).into()),
            }
        }
    }
}
