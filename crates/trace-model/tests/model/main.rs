//! What the model promises, checked from outside it.

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
