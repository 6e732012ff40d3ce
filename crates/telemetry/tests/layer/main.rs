//! Integration tests of the layer: the tests of spans with the layer in place of `init`, the layer beside other
//! layers (`neighbours`), and what it shares with `init` (`flush`, `resource`, `processors`, `sampler`, `testing`).

#[path = "../telemetry/active_span.rs"]
mod active_span;
#[path = "../telemetry/app.rs"]
mod app;
#[path = "../telemetry/call_span.rs"]
mod call_span;
#[path = "../telemetry/carrier.rs"]
mod carrier;
#[path = "../telemetry/client.rs"]
mod client;
#[path = "../telemetry/closed_port.rs"]
mod closed_port;
mod flush;
#[path = "../telemetry/handler_errors.rs"]
mod handler_errors;
#[path = "../telemetry/idioms.rs"]
mod idioms;
mod memory;
mod neighbours;
#[path = "../telemetry/nesting.rs"]
mod nesting;
#[path = "../telemetry/non_recording.rs"]
mod non_recording;
mod processors;
mod resource;
#[path = "../telemetry/root_span.rs"]
mod root_span;
mod sampler;
#[path = "../telemetry/server.rs"]
mod server;
#[path = "../telemetry/sink.rs"]
#[expect(dead_code, reason = "other tests use the rest")]
mod sink;
#[path = "../telemetry/span_ext.rs"]
mod span_ext;
#[path = "../telemetry/span_reentry.rs"]
mod span_reentry;
mod start;
mod testing;
#[path = "../telemetry/traceresponse.rs"]
mod traceresponse;

/// No span has two attributes with the same key.
const KEYS_ARE_UNIQUE: bool = true;
