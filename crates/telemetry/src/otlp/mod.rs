//! Spans as OTLP: their data, their limits, and an encoder that writes attributes while a span is open.
//!
//! - `wire`: protobuf's wire format; `value`: `KeyValue` and `AnyValue`
//! - `attributes`: attributes of an open span, encoded when they are set; `attribute_cache`: attributes that repeat
//! - `limits`: how much a span may hold; `truncate`: truncates texts; `span_data`: a span until it is encoded;
//!   `from_sdk`: a span of the SDK; `to_sdk`: encoded spans as those of the SDK
//! - `encode_span`: the fields of `Span`; `batch`: encoded spans; `encoded_span`: one of them; `encoder`: requests made of
//!   batches

mod attribute_cache;
mod attributes;
mod batch;
mod encode_span;
mod encoded_span;
mod encoder;
#[cfg(test)]
mod encoder_tests;
mod from_sdk;
mod limits;
mod span_data;
mod to_sdk;
mod truncate;
mod value;
mod wire;

pub(crate) use attribute_cache::{AttributeCache, CachedAttributes};
pub(crate) use attributes::Attributes;
pub(crate) use batch::{Batch, Scope};
pub(crate) use encoded_span::EncodedSpan;
pub(crate) use encoder::Encoder;
pub(crate) use limits::{Limits, LogLimits};
pub(crate) use span_data::SpanData;
#[cfg(any(feature = "rollbar", feature = "xray"))]
pub(crate) use truncate::truncate_texts;
pub(crate) use truncate::{client_text, truncated, truncated_to_bytes};
