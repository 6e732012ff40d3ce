//! OTLP in and out: what one export request holds, in both encodings.

mod json_in;
mod json_out;
mod request;

pub use request::{DecodeError, Rejected, read_request};
