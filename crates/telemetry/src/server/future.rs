//! A request on its way through the application, inside of its span.

use std::any::Any;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::ServiceResponse;
use actix_web::http::header::HeaderValue;
use opentelemetry::KeyValue;
use opentelemetry::trace::Status;
use pin_project_lite::pin_project;
use tracing::Span;

use super::body::ObservedBody;
use super::failure::{Panicked, TRACERESPONSE, TracedError, panic_message};
use super::span;
use crate::errors;
use crate::span::with_recorded;

pin_project! {
    /// One request on its way.
    #[doc(hidden)]
    #[derive(Debug)]
    pub struct TracingFuture<F> {
        #[pin]
        future: Option<F>,
        // The panic of a service that has no future.
        panic: Option<String>,
        open: Option<Open>,
        bodiless: bool,
    }
}

impl<F> TracingFuture<F> {
    pub(super) fn untraced(future: F) -> Self {
        Self { future: Some(future), panic: None, open: None, bodiless: false }
    }

    pub(super) fn traced(called: Result<F, Box<dyn Any + Send>>, span: Span, bodiless: bool) -> Self {
        let (future, panic) = match called {
            Ok(future) => (Some(future), None),
            Err(panic) => (None, Some(panic_message(&*panic).to_owned())),
        };
        Self { future, panic, open: Some(Open { span: Some(span) }), bodiless }
    }
}

impl<F, B> Future for TracingFuture<F>
where
    F: Future<Output = Result<ServiceResponse<B>, Error>>,
    B: MessageBody,
{
    type Output = Result<ServiceResponse<ObservedBody<B>>, Error>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let Some(span) = this.open.as_ref().and_then(|open| open.span.as_ref()) else {
            let Some(future) = this.future.as_pin_mut() else { return Poll::Pending };
            return future
                .poll(context)
                .map_ok(|response| response.map_body(|_, body| ObservedBody::untraced(body)));
        };
        let outcome = match this.future.as_mut().as_pin_mut() {
            Some(future) => match span.in_scope(|| catch_unwind(AssertUnwindSafe(|| future.poll(context)))) {
                Ok(poll) => ready!(poll),
                Err(panic) => {
                    this.future.set(None);
                    Err(panicked(span, panic_message(&*panic)))
                }
            },
            None => Err(panicked(span, this.panic.as_deref().unwrap_or("polled after its end"))),
        };
        let traceresponse = span::answered(span, &outcome);
        let span = this.open.take().and_then(|mut open| open.span.take());
        Poll::Ready(finished(outcome, traceresponse, span, *this.bodiless))
    }
}

/// The answer, with its header and its body under watch.
fn finished<B: MessageBody>(
    outcome: Result<ServiceResponse<B>, Error>,
    traceresponse: Option<HeaderValue>,
    span: Option<Span>,
    bodiless: bool,
) -> Result<ServiceResponse<ObservedBody<B>>, Error> {
    match outcome {
        Ok(mut response) => {
            if let Some(value) = traceresponse {
                response.headers_mut().insert(TRACERESPONSE, value);
            }
            Ok(response.map_body(|_, body| match span {
                Some(span) => ObservedBody::new(body, span, bodiless),
                None => ObservedBody::untraced(body),
            }))
        }
        Err(error) => Err(TracedError::new(error, traceresponse).into()),
    }
}

fn panicked(span: &Span, message: &str) -> Error {
    errors::exception(span, "panic", message.to_owned());
    span.in_scope(|| tracing::error!(target: "telemetry::server", panic = message, "the handler panicked"));
    Panicked.into()
}

/// Says so on the span when the request is dropped before it has an answer.
#[derive(Debug)]
struct Open {
    span: Option<Span>,
}

impl Drop for Open {
    fn drop(&mut self) {
        let Some(span) = &self.span else { return };
        with_recorded(span, |recorded, _| {
            recorded.set_attribute(KeyValue::new("error.type", "cancelled"));
            recorded.set_status(Status::error("the request was dropped before it had an answer"));
            recorded.end();
        });
    }
}
