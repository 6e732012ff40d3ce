//! Resource and instrumentation scope of spans and log records.

use std::borrow::Cow;

use crate::{
    value::{Attribute, Value, check_attribute, lossy_text, submessages},
    wire::{Reader, WireError, truncate_to_u32},
};

/// The entity that produced spans and logs: a process, its service, its host.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Resource<'a> {
    /// The bytes of the `Resource` message.
    pub raw: &'a [u8],
}

impl<'a> Resource<'a> {
    pub fn attributes(&self) -> impl Iterator<Item = Attribute<'a>> + use<'a> {
        submessages(self.raw, 1).map(Attribute::decode)
    }

    /// The attributes as undecoded `KeyValue` messages.
    pub fn raw_attributes(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        submessages(self.raw, 1)
    }

    pub fn dropped_attributes(&self) -> u32 {
        last_varint(self.raw, 2)
    }

    /// `service.name`, or the default name of the specification, `unknown_service`.
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

/// The instrumentation scope: usually a library and its version.
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

/// Resource and scope of a span or log record, with their schema URLs (as bytes).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Origin<'a> {
    pub resource: Resource<'a>,
    pub resource_schema: &'a [u8],
    pub scope: Scope<'a>,
    pub scope_schema: &'a [u8],
}

fn check_attributes(raw: &[u8], number: u32) -> Result<(), WireError> {
    for field in Reader::new(raw) {
        let field = field?;
        if field.number == number {
            check_attribute(field.bytes()?)?;
        }
    }
    Ok(())
}

fn last_text(raw: &[u8], number: u32) -> Cow<'_, str> {
    submessages(raw, number).last().map_or(Cow::Borrowed(""), lossy_text)
}

fn last_varint(raw: &[u8], number: u32) -> u32 {
    Reader::new(raw)
        .map_while(Result::ok)
        .filter(|field| field.number == number)
        .filter_map(|field| field.varint().ok())
        .last()
        .map_or(0, truncate_to_u32)
}
