//! An error as it occurred: what is captured on the thread of the request. The sender turns it into an item.

use std::time::SystemTime;

use opentelemetry::KeyValue;
use opentelemetry::trace::SpanContext;
use uuid::Uuid;

/// One error, and the request that it occurred in.
#[derive(Clone, Debug)]
pub(crate) struct Occurrence {
    /// Rollbar discards a second item with the same id.
    pub(crate) uuid: Uuid,
    pub(crate) time: SystemTime,
    pub(crate) severity: Severity,
    pub(crate) what: What,
    /// The place in the source.
    pub(crate) place: Place,
    /// The other fields of the event.
    pub(crate) fields: Vec<KeyValue>,
    /// Ids of the trace and of the span, if the error occurred in one.
    pub(crate) ids: Option<SpanContext>,
    /// The attributes of the server span around the error, encoded as the fields `Span.attributes`. Empty if there is
    /// none, or if it is not recorded.
    pub(crate) request: Vec<u8>,
}

/// Rollbar's levels, as far as they are used.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Severity {
    /// A panic.
    Critical,
    Error,
    Warning,
    Info,
}

impl Severity {
    /// `data.level`
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Info => "info",
        }
    }
}

/// What occurred.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum What {
    /// An error or a panic.
    Exception {
        /// Its type, or where it is not known the module that reported it.
        class: String,
        message: String,
        /// The text of the event, beside the error's own.
        description: Option<String>,
    },
    /// An event without an error.
    Message(String),
}

/// A place in the source.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Place {
    pub(crate) module: String,
    pub(crate) file: Option<String>,
    pub(crate) line: Option<u32>,
}
