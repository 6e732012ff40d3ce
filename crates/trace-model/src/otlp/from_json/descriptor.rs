//! Descriptors of messages and their fields.

/// Descriptor of a message.
pub(super) struct Message {
    pub(super) name: &'static str,
    pub(super) fields: &'static [(&'static str, u32, Kind)],
    /// Whether fields have explicit presence, so default values are written too, as in a `oneof`.
    pub(super) presence: bool,
}

/// Type of a field.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Text,
    Id,
    Base64,
    Bool,
    Int64,
    Double,
    /// Nanoseconds since the epoch.
    Time,
    Fixed32,
    Uint32,
    Enum(&'static [&'static str]),
    One(&'static Message),
    Many(&'static Message),
    /// A JSON object whose fields belong to the enclosing message.
    Inline(&'static Message),
}
