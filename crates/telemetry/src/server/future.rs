//! A request on its way through the application, inside of its span.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::HeaderValue;
use pin_project_lite::pin_project;
use tracing::Span;

use super::body::{BodyObserver, ObservedBody};
use super::error_response::{
    HandlerPanic, PanicError, PanicResponse, TRACERESPONSE, TracedError, minimal_problem, panic_message,
};
use super::span::{self, StartedSpan};
use crate::exceptions;
use crate::signals::http::ServerMeasurement;
use crate::span::{end, trace_id_of, with_open_span};

pin_project! {
    /// One request on its way.
    #[doc(hidden)]
    pub struct TracingFuture<S, F> {
        // Not yet called: that happens inside of the span too, and entering a span is not free.
        waiting: Option<(Rc<S>, ServiceRequest)>,
        #[pin]
        running: Option<F>,
        open: Option<RequestGuard>,
        recorded: bool,
        traceresponse: Option<HeaderValue>,
        bodiless: bool,
        panic_response: PanicResponse,
    }
}

impl<S, F> TracingFuture<S, F> {
    pub(super) fn untraced(future: F) -> Self {
        Self {
            waiting: None,
            running: Some(future),
            open: None,
            recorded: false,
            traceresponse: None,
            bodiless: false,
            panic_response: minimal_problem,
        }
    }

    pub(super) fn traced(
        service: Rc<S>,
        request: ServiceRequest,
        started: StartedSpan,
        serving: Option<ServerMeasurement>,
        panic_response: PanicResponse,
    ) -> Self {
        // The answer to a HEAD request has a length and sends nothing.
        let bodiless = request.method() == Method::HEAD;
        Self {
            waiting: Some((service, request)),
            running: None,
            open: Some(RequestGuard { span: Some(started.span), serving }),
            recorded: started.recorded,
            traceresponse: started.traceresponse,
            bodiless,
            panic_response,
        }
    }
}

impl<S, F, B> Future for TracingFuture<S, F>
where
    S: Service<ServiceRequest, Future = F>,
    F: Future<Output = Result<ServiceResponse<B>, Error>>,
    B: MessageBody,
{
    type Output = Result<ServiceResponse<ObservedBody<B>>, Error>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let Some(span) = this.open.as_ref().and_then(|open| open.span.as_ref()) else {
            let Some(future) = this.running.as_pin_mut() else { return Poll::Pending };
            return future
                .poll(context)
                .map_ok(|response| response.map_body(|_, body| ObservedBody::untraced(body)));
        };
        let polled = span.in_scope(|| {
            catch_unwind(AssertUnwindSafe(|| {
                if let Some((service, request)) = this.waiting.take() {
                    this.running.set(Some(service.call(request)));
                }
                match this.running.as_mut().as_pin_mut() {
                    Some(future) => future.poll(context),
                    None => Poll::Pending,
                }
            }))
        });
        let outcome = match polled {
            Ok(poll) => ready!(poll),
            Err(panic) => {
                this.running.set(None);
                record_panic(span, panic_message(&*panic));
                let trace_id = trace_id_of(span);
                let panic = HandlerPanic { trace_id };
                Err(PanicError { panic, respond: *this.panic_response }.into())
            }
        };
        let recorded = *this.recorded;
        // It is asked for once: that takes as long as all else that is said of an answer.
        let observed = recorded || this.open.as_ref().is_some_and(|open| open.serving.is_some());
        let route = observed.then(|| span::route(&outcome)).flatten();
        if recorded {
            span::record_response(span, &outcome, route.as_deref());
        }
        let (span, mut serving) =
            this.open.take().map_or((None, None), |mut open| (open.span.take(), open.serving.take()));
        if let Some(serving) = &mut serving {
            span::measure_response(serving, &outcome, route);
        }
        let body_observer =
            span.map(|span| BodyObserver { span, serving, observed, bodiless: *this.bodiless });
        Poll::Ready(into_response(outcome, this.traceresponse.take(), body_observer))
    }
}

/// The answer, with its header and its body under observer.
fn into_response<B: MessageBody>(
    outcome: Result<ServiceResponse<B>, Error>,
    traceresponse: Option<HeaderValue>,
    observer: Option<BodyObserver>,
) -> Result<ServiceResponse<ObservedBody<B>>, Error> {
    match outcome {
        Ok(mut response) => {
            if let Some(value) = traceresponse {
                response.headers_mut().insert(TRACERESPONSE, value);
            }
            Ok(response.map_body(|_, body| match observer {
                Some(observer) => ObservedBody::new(body, observer),
                None => ObservedBody::untraced(body),
            }))
        }
        Err(error) => {
            // What actix makes of it is small and sent at once.
            if let Some(observer) = observer {
                end(&observer.span);
            }
            Err(TracedError::new(error, traceresponse).into())
        }
    }
}

fn record_panic(span: &Span, message: &str) {
    exceptions::add_exception(span, "panic", message.to_owned());
    span.in_scope(|| tracing::error!(target: "telemetry::server", panic = message, "the handler panicked"));
}

/// Says so on the span when the request is dropped before it has an answer.
#[derive(Debug)]
struct RequestGuard {
    span: Option<Span>,
    // Counts as active until it is dropped.
    serving: Option<ServerMeasurement>,
}

impl Drop for RequestGuard {
    fn drop(&mut self) {
        let Some(span) = &self.span else { return };
        with_open_span(span, |recorded| {
            recorded.cancel();
            recorded.end();
        });
    }
}
