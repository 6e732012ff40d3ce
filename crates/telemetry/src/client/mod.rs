//! Client spans: the middleware for reqwest, and the headers that carry a trace to the server.
//!
//! - `middleware`: [`instrument`], and one request until its response; `body`: the response's body, until its end
//! - `span`: the attributes of a client span; `cached_attributes`: those that repeat; `headers`: writing a request's
//!   headers
//! - `redirects`: a redirect policy that keeps baggage from other hosts
//! - `call_span`: the same span for reqwest-tracing's middleware

mod body;
mod cached_attributes;
mod call_span;
mod headers;
mod middleware;
mod redirects;
mod span;

pub use call_span::{CallSpan, Headers};
pub use middleware::instrument;
pub use redirects::redirects;
