//! OTLP export requests: decoding from protobuf, JSON and gRPC messages, encoding to protobuf and JSON.

mod envelope;
mod from_json;
mod grpc;
mod request;
mod to_json;

pub(crate) use to_json::{List, non_finite_name};

pub use envelope::RequestWriter;
pub use from_json::{JsonError, Translated, clamped_times_message, logs_to_protobuf, traces_to_protobuf};
pub(crate) use from_json::{Output, read_logs_document, read_traces_document};
pub use grpc::{GRPC_PREFIX_LEN, GrpcError, grpc_message};
pub use request::{DecodeError, Rejected, read_logs, read_raw_records, read_traces};
pub use to_json::{LogsJson, TracesJson, resource_logs, resource_spans};
