//! `telemetry` over real sockets: an actix server, a reqwest client, and a backend that decodes what arrives.

mod app;
mod carrier;
mod client;
mod relay;
mod root_span;
mod server;
mod signals;
mod sink;
