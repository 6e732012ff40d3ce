//! Trace contexts and baggage in HTTP headers.
//!
//! - `w3c`, `b3`, `xray`: the formats of a trace context, each strictly after its specification; `hex`: their digits
//! - `baggage`: W3C Baggage
//! - `format`: the trait of a format; `formats`: those that the environment chose
//! - `policy`: what the headers of an untrusted client mean, and which hosts receive baggage
//! - `headers`: reading and writing headers; `context`: what a context holds beside its span context

mod b3;
mod baggage;
mod context;
mod format;
mod formats;
mod headers;
mod hex;
mod policy;
#[cfg(test)]
mod tests;
pub(crate) mod w3c;
mod xray;

pub(crate) use context::{RawTraceState, SamplingDeferred, TraceIdOnly};
pub(crate) use format::Format;
pub(crate) use headers::{ExtractorReader, HeaderReader, HeaderWriter, InjectorWriter};
pub(crate) use policy::{install, install_globally, policy};
