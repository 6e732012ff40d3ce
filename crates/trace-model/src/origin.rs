//! Where records come from: what produced them, and the library that made them.

use std::borrow::Cow;

use crate::{
    Value,
    value::{Attribute, check_attribute, submessages, text},
    wire::{Reader, WireError, low_half},
};

/// What produced spans and logs: a process, its service, its host.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Resource<'a> {
    /// The bytes of the `Resource` message.
    pub raw: &'a [u8],
}

impl<'a> Resource<'a> {
    pub fn attributes(&self) -> impl Iterator<Item = Attribute<'a>> + use<'a> {
        submessages(self.raw, 1).map(Attribute::decode)
    }

    /// Its attributes as `KeyValue` messages, not taken apart.
    pub fn raw_attributes(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        submessages(self.raw, 1)
    }

    pub fn dropped_attributes(&self) -> u32 {
        last_varint(self.raw, 2)
    }

    /// `service.name`, or the name that the specification gives to those without one.
    pub fn service_name(&self) -> Cow<'a, str> {
        self.attributes()
            .find_map(|attribute| match attribute.value {
                Value::String(name) if attribute.key == "service.name" && !name.is_empty() => Some(name),
                _ => None,
            })
            .unwrap_or(Cow::Borrowed("unknown_service"))
    }

    pub(crate) fn check(self) -> Result<(), WireError> {
        check_attributes(self.raw, 1)
    }
}

/// The instrumentation library that made them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Scope<'a> {
    /// The bytes of the `InstrumentationScope` message.
    pub raw: &'a [u8],
}

impl<'a> Scope<'a> {
    pub fn name(&self) -> Cow<'a, str> {
        last_text(self.raw, 1)
    }

    pub fn version(&self) -> Cow<'a, str> {
        last_text(self.raw, 2)
    }

    pub fn attributes(&self) -> impl Iterator<Item = Attribute<'a>> + use<'a> {
        submessages(self.raw, 3).map(Attribute::decode)
    }

    pub fn dropped_attributes(&self) -> u32 {
        last_varint(self.raw, 4)
    }

    pub(crate) fn check(self) -> Result<(), WireError> {
        check_attributes(self.raw, 3)
    }
}

/// Where a span or a log record came from: its resource and scope, with the schemas they follow (bytes of the URLs).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Origin<'a> {
    pub resource: Resource<'a>,
    pub resource_schema: &'a [u8],
    pub scope: Scope<'a>,
    pub scope_schema: &'a [u8],
}

fn check_attributes(raw: &[u8], number: u32) -> Result<(), WireError> {
    for tagged in Reader::new(raw) {
        let tagged = tagged?;
        if tagged.number == number {
            check_attribute(tagged.bytes()?)?;
        }
    }
    Ok(())
}

fn last_text(raw: &[u8], number: u32) -> Cow<'_, str> {
    submessages(raw, number).last().map_or(Cow::Borrowed(""), text)
}

fn last_varint(raw: &[u8], number: u32) -> u32 {
    Reader::new(raw)
        .map_while(Result::ok)
        .filter(|tagged| tagged.number == number)
        .filter_map(|tagged| tagged.varint().ok())
        .last()
        .map_or(0, low_half)
}
