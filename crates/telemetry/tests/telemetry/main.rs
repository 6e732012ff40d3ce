//! Integration tests of `telemetry` over real sockets: an actix server, a reqwest client and an OTLP backend.

mod active_span;
mod app;
mod background_server;
mod call_span;
mod carrier;
mod client;
mod conventions;
mod export;
#[cfg(feature = "grpc")]
mod grpc;
mod handler_errors;
mod honeycomb;
mod idioms;
mod limits;
mod moving;
mod non_recording;
mod relay;
mod root_span;
mod server;
mod shutdown;
mod signals;
mod sink;
mod span_ext;
mod span_reentry;
mod standalone;
mod start;
mod tls;
mod traceresponse;
mod trust_boundary;
mod w3c;
#[cfg(feature = "xray")]
mod xray;
