//! Integration tests of `telemetry` over real sockets: an actix server, a reqwest client and an OTLP backend.

mod active_span;
mod answers;
mod app;
mod background_server;
mod call_span;
mod carrier;
mod check;
mod client;
mod closed_port;
mod conventions;
mod endpoints;
mod export;
#[cfg(feature = "grpc")]
mod grpc;
mod handler_errors;
mod honeycomb;
mod idioms;
mod limits;
mod moving;
mod nesting;
mod non_recording;
mod numbers;
mod proxy;
mod public_types;
mod relay;
mod root_span;
mod server;
mod shutdown;
mod signals;
mod sink;
mod span_ext;
mod span_reentry;
mod stalled_stderr;
mod standalone;
mod start;
mod thread_end;
mod tls;
mod too_large;
mod traceresponse;
mod trust_boundary;
mod untrusted_texts;
mod w3c;
mod wrong_port;
#[cfg(feature = "xray")]
mod xray;

/// No span has two attributes with the same key.
const KEYS_ARE_UNIQUE: bool = true;
