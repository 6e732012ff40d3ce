//! OTLP in and out: what one export request holds, in both encodings.

mod json_in;
mod json_out;
mod request;

pub(crate) use json_out::not_finite;

pub use json_in::{JsonError, to_protobuf};
pub use json_out::TracesJson;
pub use request::{DecodeError, Rejected, read_request};
