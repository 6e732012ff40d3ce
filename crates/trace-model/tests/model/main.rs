//! Integration tests of the public API.

mod arbitrary;
mod cycles;
mod grpc;
mod ids;
mod json;
mod logs;
mod protobuf;
mod reference;
mod round_trip;
mod tree;
