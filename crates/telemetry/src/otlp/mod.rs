//! OTLP's messages, as they are written.
//!
//! - `wire`: protobuf's wire format; `value`: attributes and their values
//! - `attributes`: those of a span while it is open; `alike`: those that one span after another has

mod alike;
mod attributes;
mod value;
mod wire;

pub(crate) use alike::{Alike, Memory};
pub(crate) use attributes::{Attributes, shorten};
pub(crate) use wire::{Buffer, FIXED32, FIXED64, LENGTH_DELIMITED, bytes_length};
