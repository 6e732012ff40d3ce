//! Server spans: the middleware for actix-web.
//!
//! - `middleware`: [`Tracing`]; `future`: one request, its panics, its cancellation and its response
//! - `span`: the attributes of a server span; `cached_attributes`: those that repeat; `headers`: reading a request's
//!   headers
//! - `body`: the response's body, until its end
//! - `error_response`: errors and panics as responses; `trace_response`: which responses carry `traceresponse`
//! - `root_span`: the same span for tracing-actix-web's middleware

mod body;
mod cached_attributes;
mod error_response;
mod future;
mod headers;
mod middleware;
mod root_span;
mod span;
mod trace_response;

pub use body::ObservedBody;
pub use error_response::HandlerPanic;
pub use future::TracingFuture;
pub use middleware::{Tracing, TracingMiddleware};
pub use root_span::RootSpan;
pub use trace_response::TraceResponse;
