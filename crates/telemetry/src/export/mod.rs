//! From finished spans to an OTLP backend.

pub(crate) mod transport;
