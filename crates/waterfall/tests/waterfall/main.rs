//! Tests of the binary from outside: a real process, real sockets, and OpenTelemetry's generated messages.

mod api;
mod bounds;
mod durable;
mod encoding;
mod files;
mod grpc;
mod hostile;
mod jaeger;
mod jaeger_search;
mod judged;
mod large;
mod lifecycle;
mod logs;
mod otlp;
mod overload;
mod pages;
mod process;
mod rpc;
mod search;
mod sign_in;
mod sockets;
mod span_details;
mod spans;
mod stream;
mod tokens;
mod wire;
