//! Hashes of the content of spans and log records. Two encodings of the same content have the same hash: senders encode
//! differently, and a record that was exported to a file comes back in the encoding of this program.
//!
//! Left out are unknown fields, and what an export leaves out: an invalid parent id, an unknown kind or status code. The
//! order of attributes, events and links counts. Text that is not UTF-8 in an attribute counts as its bytes.

use std::hash::{BuildHasher, Hash, Hasher};

use foldhash::fast::FixedState;
use trace_model::{LogRecord, Resource, Span, Value, canonical, value::Encoding};

use crate::attributes::{self, AttributeHash};

/// Hash of the content of one span. It begins with that of the attributes.
#[derive(Default)]
pub(super) struct SpanContent(u64);

impl SpanContent {
    /// Adds an attribute of the span. `hash` is that of its bytes.
    #[inline]
    pub(super) fn add_attribute(&mut self, raw: &[u8], encoding: Encoding, hash: AttributeHash) {
        self.add(match encoding {
            Encoding::Canonical => hash,
            Encoding::Other => attributes::hash(&canonical::attribute(raw)),
        });
    }

    /// Adds a hash. What was added before is multiplied, so that the order counts; every span is hashed, and this takes
    /// two instructions.
    #[inline]
    fn add(&mut self, hash: u64) {
        const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
        self.0 = self.0.wrapping_mul(ODD).wrapping_add(hash);
    }

    /// The hash of all that the index does not compare itself: without ids, times, kind and status code.
    #[inline]
    pub(super) fn fingerprint(mut self, span: &Span<'_>) -> u32 {
        let hasher = FixedState::default();
        self.add(hasher.hash_one(&*span.name));
        self.add(u64::from(span.flags));
        // Most spans have none of these.
        if !span.trace_state.is_empty() || !span.status.message.is_empty() {
            self.add(hasher.hash_one((&span.trace_state, &span.status.message)));
        }
        let dropped = [span.dropped_attributes, span.dropped_events, span.dropped_links];
        if dropped != [0; 3] {
            self.add(hasher.hash_one(dropped));
        }
        if span.event_count > 0 || span.link_count > 0 {
            self.add(hash_events_and_links(span));
        }
        attributes::low_half(hasher.hash_one(self.0))
    }
}

#[inline(never)]
fn hash_events_and_links(span: &Span<'_>) -> u64 {
    let mut hasher = FixedState::default().build_hasher();
    (span.event_count, span.link_count).hash(&mut hasher);
    for event in span.events().take(span.event_count as usize) {
        (event.time, &event.name, event.dropped_attributes).hash(&mut hasher);
        add_attributes(event.raw_attributes(), &mut hasher);
    }
    for link in span.links().take(span.link_count as usize) {
        (link.trace_id, link.span_id, &link.trace_state).hash(&mut hasher);
        (link.flags, link.dropped_attributes).hash(&mut hasher);
        add_attributes(link.raw_attributes(), &mut hasher);
    }
    hasher.finish()
}

/// Hash of a log record and its resource, of which only the attributes count: a file export has no more of it, and its
/// records must get the same hash.
pub(super) fn hash_log(resource: u64, record: &LogRecord<'_>) -> u64 {
    let mut hasher = FixedState::default().build_hasher();
    (resource, record.trace_id, record.span_id, record.timestamp, record.observed_timestamp)
        .hash(&mut hasher);
    (record.severity_number, &record.severity_text, &record.event_name).hash(&mut hasher);
    (record.flags, record.dropped_attributes).hash(&mut hasher);
    match record.body() {
        Value::String(text) => text.hash(&mut hasher),
        value => canonical::value(&value).hash(&mut hasher),
    }
    add_attributes(record.raw_attributes(), &mut hasher);
    hasher.finish()
}

/// Hash of the attributes of a resource.
pub(super) fn hash_resource(resource: &Resource<'_>) -> u64 {
    let mut hasher = FixedState::default().build_hasher();
    add_attributes(resource.raw_attributes(), &mut hasher);
    hasher.finish()
}

/// Adds attributes and their number.
fn add_attributes<'a>(raw: impl Iterator<Item = &'a [u8]>, hasher: &mut impl Hasher) {
    let mut count = 0_usize;
    for attribute in raw {
        hasher.write_u64(attributes::hash(&canonical::attribute(attribute)));
        count += 1;
    }
    hasher.write_usize(count);
}
