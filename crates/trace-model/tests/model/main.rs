//! Integration tests of the public API.

mod analysis;
mod arbitrary;
mod corpus;
mod cycles;
mod files;
mod grpc;
mod ids;
mod json;
mod logs;
mod peers;
mod protobuf;
mod reference;
mod round_trip;
mod sketch;
mod tree;
