//! What the model promises, checked from outside it.

mod arbitrary;
mod circles;
mod grpc;
mod ids;
mod json;
mod logs;
mod peer;
mod protobuf;
mod round_trip;
mod tree;
