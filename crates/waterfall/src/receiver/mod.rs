//! OTLP receivers: requests over HTTP and gRPC are authorized, bounded, stored and reported to live updates.
//!
//! | module | content |
//! |---|---|
//! | [`signal`] | traces, metrics and logs; protobuf and JSON |
//! | [`body`] | request bodies: memory budget, size limit, decompression |
//! | [`response`] | response messages: success, partial success, `google.rpc.Status` |
//! | [`error`] | why a request is refused, and its status |
//! | [`ingest`] | ingestion that both protocols share |
//! | [`early_response`] | responses that are sent before the request body was read |
//! | [`wrong_port`] | what browsers and exporters of the other protocol are told |
//! | [`http`] | OTLP over HTTP: content types, statuses |
//! | [`cors`] | requests of pages of other origins |
//! | [`grpc`] | OTLP over gRPC: frames, trailers, statuses |

pub(crate) mod body;
pub(crate) mod cors;
mod early_response;
mod error;
pub(crate) mod grpc;
pub(crate) mod http;
mod ingest;
mod response;
mod signal;
mod wrong_port;

pub(crate) use self::{
    error::ReceiveError,
    ingest::{MAX_CONCURRENT_DECODES, Receiver},
    signal::Encoding,
};
