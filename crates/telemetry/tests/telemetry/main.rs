//! `telemetry` over real sockets: an actix server, a reqwest client, and a backend that decodes what arrives.

mod app;
mod background;
mod call_span;
mod carrier;
mod client;
mod conventions;
mod edge;
mod entering;
mod export;
#[cfg(feature = "grpc")]
mod grpc;
mod lifting;
mod limits;
mod relay;
mod root_span;
mod server;
mod shutdown;
mod signals;
mod sink;
mod tls;
mod traceresponse;
mod unseen;
mod w3c;
