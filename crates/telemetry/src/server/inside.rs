//! What happens inside of the server span: panics are caught, the answer gets its header, its body is watched.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, forward_ready};
use actix_web::http::Method;
use actix_web::http::header::HeaderValue;
use opentelemetry::KeyValue;
use pin_project_lite::pin_project;
use tracing::Span;

use super::body::ObservedBody;
use super::failure::{Panicked, TRACERESPONSE, TracedError, panic_message};
use crate::propagation::w3c::format_traceparent;
use crate::{bridge, errors};

/// The application, inside of the server span.
#[derive(Debug)]
pub struct Inside<S> {
    service: Rc<S>,
}

impl<S> Inside<S> {
    pub(crate) fn new(service: Rc<S>) -> Self {
        Self { service }
    }
}

impl<S, B> Service<ServiceRequest> for Inside<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    type Response = ServiceResponse<ObservedBody<B>>;
    type Error = Error;
    type Future = InsideFuture<S::Future>;

    forward_ready!(service);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let unanswered = Unanswered::new(Span::current());
        let bodiless = request.method() == Method::HEAD;
        // Extractors and middlewares may panic before there is a future.
        match catch_unwind(AssertUnwindSafe(|| self.service.call(request))) {
            Ok(future) => InsideFuture { future: Some(future), panic: None, bodiless, unanswered },
            Err(panic) => {
                let panic = Some(panic_message(&*panic).to_owned());
                InsideFuture { future: None, panic, bodiless, unanswered }
            }
        }
    }
}

pin_project! {
    /// One request inside of its span.
    #[derive(Debug)]
    pub struct InsideFuture<F> {
        #[pin]
        future: Option<F>,
        panic: Option<String>,
        // The answer to a HEAD request has a length and sends nothing.
        bodiless: bool,
        unanswered: Unanswered,
    }
}

impl<F, B> Future for InsideFuture<F>
where
    F: Future<Output = Result<ServiceResponse<B>, Error>>,
    B: MessageBody,
{
    type Output = Result<ServiceResponse<ObservedBody<B>>, Error>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let outcome = match this.future.as_mut().as_pin_mut() {
            Some(future) => match catch_unwind(AssertUnwindSafe(|| future.poll(context))) {
                Ok(poll) => ready!(poll),
                Err(panic) => {
                    this.future.set(None);
                    Err(this.unanswered.panicked(panic_message(&*panic)))
                }
            },
            None => Err(this.unanswered.panicked(this.panic.as_deref().unwrap_or("polled after a panic"))),
        };
        let bodiless = *this.bodiless;
        let span = this.unanswered.answered();
        let traceresponse = bridge::span_context_of(&span)
            .and_then(|span_context| HeaderValue::from_maybe_shared(format_traceparent(&span_context)).ok());
        Poll::Ready(match outcome {
            Ok(mut response) => {
                if let Some(value) = traceresponse {
                    response.headers_mut().insert(TRACERESPONSE, value);
                }
                Ok(response.map_body(|_, body| ObservedBody::new(body, span, bodiless)))
            }
            Err(error) => Err(TracedError::new(error, traceresponse).into()),
        })
    }
}

/// Says so on the span when the request is dropped before it has an answer.
#[derive(Debug)]
struct Unanswered {
    span: Span,
    armed: bool,
}

impl Unanswered {
    fn new(span: Span) -> Self {
        Self { span, armed: true }
    }

    fn answered(&mut self) -> Span {
        self.armed = false;
        self.span.clone()
    }

    fn panicked(&self, message: &str) -> Error {
        errors::exception(&self.span, "panic", message.to_owned());
        tracing::error!(parent: &self.span, panic = message, "the handler panicked");
        Panicked.into()
    }
}

impl Drop for Unanswered {
    fn drop(&mut self) {
        if self.armed {
            bridge::set_attribute(&self.span, KeyValue::new("error.type", "cancelled"));
            bridge::set_error(&self.span, "the request was dropped before it had an answer");
        }
    }
}
