//! Span status. Field numbers and values: `trace.proto`.

use std::borrow::Cow;

use crate::{
    value::lossy_text,
    wire::{Reader, WireError},
};

/// Outcome of the operation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum StatusCode {
    #[default]
    Unset,
    Ok,
    Error,
}

impl StatusCode {
    /// From the number of OTLP's enum. Unknown numbers are unset.
    pub const fn from_otlp(number: u64) -> Self {
        match number {
            1 => Self::Ok,
            2 => Self::Error,
            _ => Self::Unset,
        }
    }

    pub const fn to_otlp(self) -> u8 {
        match self {
            Self::Unset => 0,
            Self::Ok => 1,
            Self::Error => 2,
        }
    }

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unset => "unset",
            Self::Ok => "ok",
            Self::Error => "error",
        }
    }
}

/// Status of a span: a code and a message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Status<'a> {
    pub code: StatusCode,
    pub message: Cow<'a, str>,
}

impl<'a> Status<'a> {
    pub(super) fn decode(raw: &'a [u8]) -> Result<Self, WireError> {
        let mut status = Self::default();
        for field in Reader::new(raw) {
            let field = field?;
            match field.number {
                2 => status.message = lossy_text(field.bytes()?),
                3 => status.code = StatusCode::from_otlp(field.varint()?),
                _ => {}
            }
        }
        Ok(status)
    }
}
