//! Spans as tests write them.

use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;

/// A span with this id, in a trace of its own kind: `parent` 0 is none.
pub(super) fn span(id: u64, parent: u64) -> Span {
    Span {
        trace_id: (0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736_u128).to_be_bytes().into(),
        span_id: id.to_be_bytes().into(),
        parent_span_id: if parent == 0 { Vec::new() } else { parent.to_be_bytes().into() },
        name: format!("span {id}"),
        kind: SpanKind::Internal.into(),
        start_time_unix_nano: 1_700_000_000_123_456_789,
        end_time_unix_nano: 1_700_000_000_223_456_789,
        ..Span::default()
    }
}

/// A value of an attribute.
pub(super) trait IntoAny {
    fn into_any(self) -> Any;
}

impl IntoAny for &str {
    fn into_any(self) -> Any {
        Any::StringValue(self.to_owned())
    }
}

impl IntoAny for i64 {
    fn into_any(self) -> Any {
        Any::IntValue(self)
    }
}

pub(super) fn attribute(key: &str, value: impl IntoAny) -> KeyValue {
    let value = Some(AnyValue { value: Some(value.into_any()) });
    KeyValue { key: key.to_owned(), value, ..KeyValue::default() }
}
