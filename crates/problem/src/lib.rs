//! Problem details ([RFC 9457]): the body of every error response, and the client code that reads it.
//!
//! - [`Problem`]: the body of an error response, with a stable `code`.
//! - [`Violation`]: one invalid field of the input; a problem may carry several.
//! - [`call`]: sends a request for a typed client and turns an error response back into a [`Problem`].
//!
//! This crate depends on no server framework; `service` turns a problem into a response.
//!
//! [RFC 9457]: https://www.rfc-editor.org/rfc/rfc9457

pub mod call;
mod details;

pub use details::{MEDIA_TYPE, Problem, Violation};
