//! What a span is in a call, and how it went. Field numbers and values: `trace.proto`.

use std::borrow::Cow;

use crate::{
    value::text,
    wire::{Reader, WireError},
};

/// The role of a span in a call.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum SpanKind {
    #[default]
    Unspecified,
    Internal,
    Server,
    Client,
    Producer,
    Consumer,
}

impl SpanKind {
    /// From OTLP's enum; what it does not know is unspecified.
    pub const fn from_otlp(number: u64) -> Self {
        match number {
            1 => Self::Internal,
            2 => Self::Server,
            3 => Self::Client,
            4 => Self::Producer,
            5 => Self::Consumer,
            _ => Self::Unspecified,
        }
    }

    pub const fn to_otlp(self) -> u8 {
        match self {
            Self::Unspecified => 0,
            Self::Internal => 1,
            Self::Server => 2,
            Self::Client => 3,
            Self::Producer => 4,
            Self::Consumer => 5,
        }
    }

    /// Lower case, as `span.kind` of Jaeger has it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unspecified => "unspecified",
            Self::Internal => "internal",
            Self::Server => "server",
            Self::Client => "client",
            Self::Producer => "producer",
            Self::Consumer => "consumer",
        }
    }
}

/// Whether what the span stands for went well.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum StatusCode {
    #[default]
    Unset,
    Ok,
    Error,
}

impl StatusCode {
    /// From OTLP's enum; what it does not know is unset.
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

/// A status with what the program said about it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Status<'a> {
    pub code: StatusCode,
    pub message: Cow<'a, str>,
}

impl<'a> Status<'a> {
    pub(super) fn decode(raw: &'a [u8]) -> Result<Self, WireError> {
        let mut status = Self::default();
        for tagged in Reader::new(raw) {
            let tagged = tagged?;
            match tagged.number {
                2 => status.message = text(tagged.bytes()?),
                3 => status.code = StatusCode::from_otlp(tagged.varint()?),
                _ => {}
            }
        }
        Ok(status)
    }
}
