//! OTLP's messages, as they are written.
//!
//! - `wire`: protobuf's wire format; `value`: attributes and their values
//! - `attributes`: those of a span while it is open; `alike`: those that one span after another has

mod attribute_cache;
mod attributes;
mod value;
mod wire;

pub(crate) use attribute_cache::{AttributeCache, CachedAttributes};
pub(crate) use attributes::{Attributes, truncate_value};
pub(crate) use wire::{Buffer, FIXED32, FIXED64, LENGTH_DELIMITED, bytes_length};
