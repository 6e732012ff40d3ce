//! What a service says when it cannot do what was asked, and how a caller reads it.
//!
//! - [`Problem`]: the body of every error answer, [RFC 9457] problem details with a stable `code`.
//! - [`Violation`]: one thing that was wrong with the input; a problem may carry several.
//! - [`call`]: how the typed clients send a request and turn an error answer back into a [`Problem`].
//!
//! Nothing here knows a server framework; `service` turns a problem into an answer.
//!
//! [RFC 9457]: https://www.rfc-editor.org/rfc/rfc9457

pub mod call;
mod details;

pub use details::{MEDIA_TYPE, Problem, Violation};
