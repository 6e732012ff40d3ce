//! OTLP in and out: what one export request holds, in both encodings and in the frame of gRPC.

mod frame;
mod grpc;
mod json_in;
mod json_out;
mod request;

pub(crate) use json_out::{List, not_finite};

pub use frame::RequestWriter;
pub use grpc::{GRPC_PREFIX, GrpcError, grpc_message};
pub use json_in::{JsonError, logs_file_to_protobuf, logs_to_protobuf, to_protobuf, traces_file_to_protobuf};
pub use json_out::{LogsJson, TracesJson, resource_logs, resource_spans};
pub use request::{DecodeError, Rejected, read_logs, read_raw, read_request};
