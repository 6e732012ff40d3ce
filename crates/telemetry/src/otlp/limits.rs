//! The limits of a span and of a log record: counts of attributes, events and links, and the length of texts.

use opentelemetry::KeyValue;

use super::truncate::truncate_value;

/// The `OTEL_*_LIMIT` variables. Items above a limit are dropped and counted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Limits {
    pub(crate) attributes: usize,
    /// The limit of a text, in characters.
    pub(crate) value_length: Option<usize>,
    pub(crate) events: usize,
    pub(crate) links: usize,
    pub(crate) event_attributes: usize,
    pub(crate) link_attributes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            attributes: 128,
            value_length: None,
            events: 128,
            links: 128,
            event_attributes: 128,
            link_attributes: 128,
        }
    }
}

/// The limits of a log record. Attributes above the limit are dropped.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct LogLimits {
    pub(crate) attributes: usize,
    /// The limit of a text of an attribute, in characters.
    pub(crate) value_length: usize,
}

impl LogLimits {
    /// The characters of a body, and of a text whose limit is not set. The specification has no limit there. But the queue
    /// is bounded in records, and a text may come from a client.
    pub(crate) const TEXT: usize = 16_384;
}

impl Default for LogLimits {
    fn default() -> Self {
        Self { attributes: Limits::default().attributes, value_length: Self::TEXT }
    }
}

impl Limits {
    /// No limits, for spans to which the SDK has applied them.
    pub(crate) const NONE: Self = Self {
        attributes: usize::MAX,
        value_length: None,
        events: usize::MAX,
        links: usize::MAX,
        event_attributes: usize::MAX,
        link_attributes: usize::MAX,
    };

    /// Applies the limits to the attributes of an event. Returns how many were dropped.
    pub(super) fn apply_to_event(&self, attributes: &mut Vec<KeyValue>) -> u32 {
        self.apply(attributes, self.event_attributes)
    }

    /// Applies the limits to the attributes of a link. Returns how many were dropped.
    pub(super) fn apply_to_link(&self, attributes: &mut Vec<KeyValue>) -> u32 {
        self.apply(attributes, self.link_attributes)
    }

    fn apply(&self, attributes: &mut Vec<KeyValue>, max_count: usize) -> u32 {
        let dropped = attributes.len().saturating_sub(max_count);
        attributes.truncate(max_count);
        if let Some(length) = self.value_length {
            for attribute in attributes {
                truncate_value(&mut attribute.value, length);
            }
        }
        u32::try_from(dropped).unwrap_or(u32::MAX)
    }
}
