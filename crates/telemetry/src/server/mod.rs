//! Server spans: the middleware for actix-web.
//!
//! - `middleware`: [`Tracing`], which is `TracingLogger` of tracing-actix-web around a companion
//! - `root_span`: the span that `TracingLogger` starts and ends; `span`: its attributes; `cached_attributes`: those that
//!   repeat; `headers`: reading a request's headers
//! - `companion`: panics, cancellation and metrics of a request; `observer`: what they observe;
//!   `body`: the response's body, until its end; `finite_body`: a body of known length
//! - `failure`: why a request failed, on its span and in the log
//! - `current`: the server span of the current request, from any depth
//! - `error_response`: errors and panics as responses; `trace_response`: which responses carry `traceresponse`;
//!   `untraced`: which requests are not traced

mod body;
mod cached_attributes;
mod companion;
mod current;
mod error_response;
mod failure;
mod finite_body;
mod headers;
mod middleware;
mod observer;
mod root_span;
mod span;
mod trace_response;
mod untraced;

pub use body::ObservedBody;
pub use companion::{Companion, CompanionFuture};
pub use current::{context, set_attribute};
pub use error_response::HandlerPanic;
pub use finite_body::FiniteBody;
pub use middleware::{Tracing, TracingFuture, TracingMiddleware};
pub use root_span::RootSpan;
pub use trace_response::TraceResponse;
