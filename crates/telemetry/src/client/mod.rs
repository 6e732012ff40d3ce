//! Client spans: the middleware for reqwest, and the headers that carry a trace to the server.
//!
//! - `companion`: [`instrument`], which is `TracingMiddleware` of reqwest-tracing and [`Companion`]; one request until its
//!   response; `body`: the response's body, until its end
//! - `call_span`: the span that `TracingMiddleware` starts and ends; `span`: its name and attributes; `cached_attributes`:
//!   those that repeat; `headers`: writing a request's headers
//! - `redirects`: a redirect policy that keeps baggage from other hosts

mod body;
mod cached_attributes;
mod call_span;
mod companion;
mod headers;
mod redirects;
mod span;

pub use call_span::CallSpan;
pub use companion::{Companion, instrument, instrument_with};
pub use redirects::redirects;
