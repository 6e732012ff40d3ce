//! The future of one request: runs the application inside of the span, catches panics, and records the response.

use std::any::Any;
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
    /// The future of one request.
    #[doc(hidden)]
    pub struct TracingFuture<S, F> {
        // The call is delayed to the first poll, so that the span is entered once for both.
        pending_call: Option<(Rc<S>, ServiceRequest)>,
        #[pin]
        running: Option<F>,
        request: Option<RequestGuard>,
        recording: bool,
        traceresponse: Option<HeaderValue>,
        bodiless: bool,
        panic_response: PanicResponse,
    }
}

impl<S, F> TracingFuture<S, F> {
    pub(super) fn untraced(future: F) -> Self {
        Self {
            pending_call: None,
            running: Some(future),
            request: None,
            recording: false,
            traceresponse: None,
            bodiless: false,
            panic_response: minimal_problem,
        }
    }

    pub(super) fn traced(
        service: Rc<S>,
        request: ServiceRequest,
        started: StartedSpan,
        measurement: Option<ServerMeasurement>,
        panic_response: PanicResponse,
    ) -> Self {
        // The response to a HEAD request has a content length and no body.
        let bodiless = request.method() == Method::HEAD;
        Self {
            pending_call: Some((service, request)),
            running: None,
            request: Some(RequestGuard { span: Some(started.span), measurement }),
            recording: started.recording,
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
        let Some(span) = this.request.as_ref().and_then(|request| request.span.as_ref()) else {
            let Some(future) = this.running.as_pin_mut() else { return Poll::Pending };
            return future
                .poll(context)
                .map_ok(|response| response.map_body(|_, body| ObservedBody::untraced(body)));
        };
        let outcome = match poll_inside(span, this.pending_call, this.running.as_mut(), context) {
            Ok(poll) => ready!(poll),
            Err(panic) => {
                this.running.set(None);
                Err(record_panic(span, &*panic, *this.panic_response))
            }
        };
        let recording = *this.recording;
        let observed =
            recording || this.request.as_ref().is_some_and(|request| request.measurement.is_some());
        // Looked up once, because it costs as much as the rest of recording a response.
        let route = observed.then(|| span::route(&outcome)).flatten();
        if recording {
            span::record_response(span, &outcome, route.as_deref());
        }
        let (span, mut measurement) = this
            .request
            .take()
            .map_or((None, None), |mut request| (request.span.take(), request.measurement.take()));
        if let Some(measurement) = &mut measurement {
            span::measure_response(measurement, &outcome, route);
        }
        let body_observer =
            span.map(|span| BodyObserver { span, measurement, observed, bodiless: *this.bodiless });
        Poll::Ready(into_response(outcome, this.traceresponse.take(), body_observer))
    }
}

/// Polls the application inside of the span, and calls it before the first poll. The error is a panic.
#[inline]
fn poll_inside<S: Service<ServiceRequest>>(
    span: &Span,
    pending_call: &mut Option<(Rc<S>, ServiceRequest)>,
    mut running: Pin<&mut Option<S::Future>>,
    context: &mut Context<'_>,
) -> std::thread::Result<Poll<<S::Future as Future>::Output>> {
    span.in_scope(|| {
        catch_unwind(AssertUnwindSafe(|| {
            if let Some((service, request)) = pending_call.take() {
                running.set(Some(service.call(request)));
            }
            match running.as_mut().as_pin_mut() {
                Some(future) => future.poll(context),
                None => Poll::Pending,
            }
        }))
    })
}

/// Adds `traceresponse`, and observes the body.
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
            // actix builds the response to an error. It is small and sent at once, so the span ends here.
            if let Some(observer) = observer {
                end(&observer.span);
            }
            Err(TracedError::new(error, traceresponse).into())
        }
    }
}

/// Records a panic on the span and in the log, and returns it as an error.
fn record_panic(span: &Span, panic: &(dyn Any + Send), respond: PanicResponse) -> Error {
    let message = panic_message(panic);
    exceptions::add_exception(span, "panic", message.to_owned());
    span.in_scope(|| tracing::error!(target: "telemetry::server", panic = message, "the handler panicked"));
    PanicError { panic: HandlerPanic { trace_id: trace_id_of(span) }, respond }.into()
}

/// Marks the span as cancelled when the request is dropped before there is a response.
#[derive(Debug)]
struct RequestGuard {
    span: Option<Span>,
    // The request counts as active until this is dropped.
    measurement: Option<ServerMeasurement>,
}

impl Drop for RequestGuard {
    fn drop(&mut self) {
        let Some(span) = &self.span else { return };
        with_open_span(span, |open_span| {
            open_span.cancel();
            open_span.end();
        });
    }
}
