//! The data of a recording span, from its start until it is encoded.

use std::sync::Arc;
use std::time::SystemTime;

use opentelemetry::trace::{Event, Link, SpanContext, SpanId, SpanKind, Status};
use opentelemetry::{InstrumentationScope, KeyValue};

use super::attributes::Attributes;
use super::limits::Limits;

/// The data of a recording span.
#[derive(Debug)]
pub(crate) struct SpanData {
    pub(crate) span_context: SpanContext,
    pub(crate) parent: SpanId,
    pub(crate) parent_is_remote: bool,
    /// The received `tracestate`, when it is valid in W3C Level 2 and OpenTelemetry's type cannot hold it.
    pub(crate) trace_state: Option<Arc<str>>,
    pub(crate) name: String,
    /// Whether the application has changed the name. Then it stays.
    pub(crate) is_renamed: bool,
    pub(crate) kind: SpanKind,
    pub(crate) start: SystemTime,
    pub(crate) end: SystemTime,
    pub(crate) attributes: Attributes,
    /// Boxed, because most spans have neither events nor links.
    pub(crate) more: Option<Box<EventsAndLinks>>,
    pub(crate) status: Status,
    /// The instrumentation scope; `None` for this crate.
    pub(crate) scope: Option<InstrumentationScope>,
    /// The limits that apply to this span.
    pub(crate) limits: Limits,
}

/// The events and links of a span, and how many exceeded the limits.
#[derive(Debug, Default)]
pub(crate) struct EventsAndLinks {
    pub(crate) events: Vec<Event>,
    pub(crate) dropped_events: u32,
    pub(crate) links: Vec<Link>,
    pub(crate) dropped_links: u32,
}

impl SpanData {
    /// A span without any data.
    pub(crate) fn blank(limits: Limits) -> Self {
        Self {
            span_context: SpanContext::NONE,
            parent: SpanId::INVALID,
            parent_is_remote: false,
            trace_state: None,
            name: String::new(),
            is_renamed: false,
            kind: SpanKind::Internal,
            start: SystemTime::UNIX_EPOCH,
            end: SystemTime::UNIX_EPOCH,
            attributes: Attributes::new(limits.attributes, limits.value_length),
            more: None,
            status: Status::Unset,
            scope: None,
            limits,
        }
    }

    /// Resets the span for reuse. Keeps its memory up to a bound.
    pub(crate) fn clear(&mut self) {
        /// Bytes of a name's capacity.
        const RETAINED_CAPACITY: usize = 1024;
        self.name.clear();
        self.name.shrink_to(RETAINED_CAPACITY);
        self.is_renamed = false;
        self.kind = SpanKind::Internal;
        self.attributes.clear();
        self.more = None;
        self.status = Status::Unset;
        self.trace_state = None;
    }

    /// Takes the data of another span, and keeps the own ids, parent and trace state.
    pub(crate) fn take_over(&mut self, other: Self) {
        let own = std::mem::replace(self, other);
        self.span_context = own.span_context;
        self.parent = own.parent;
        self.parent_is_remote = own.parent_is_remote;
        self.trace_state = own.trace_state;
    }

    pub(crate) fn add_event(&mut self, mut event: Event) {
        let more = self.more.get_or_insert_default();
        if more.events.len() >= self.limits.events {
            more.dropped_events = more.dropped_events.saturating_add(1);
            return;
        }
        event.dropped_attributes_count = self.limits.apply_to_event(&mut event.attributes);
        more.events.push(event);
    }

    pub(crate) fn add_link(&mut self, to: SpanContext) {
        self.add_link_with_attributes(to, Vec::new());
    }

    pub(crate) fn add_link_with_attributes(&mut self, to: SpanContext, mut attributes: Vec<KeyValue>) {
        let more = self.more.get_or_insert_default();
        if more.links.len() >= self.limits.links {
            more.dropped_links = more.dropped_links.saturating_add(1);
            return;
        }
        let dropped = self.limits.apply_to_link(&mut attributes);
        more.links.push(Link::new(to, attributes, dropped));
    }

    /// Sets the name, unless the application has changed it.
    pub(crate) fn set_name(&mut self, parts: &[&str]) {
        if !self.is_renamed {
            self.name.clear();
            self.name.extend(parts.iter().copied());
        }
    }

    /// Sets the name that the application gives to an open span.
    pub(crate) fn rename(&mut self, name: &str) {
        name.clone_into(&mut self.name);
        self.is_renamed = true;
    }

    /// Sets the status. `Ok` is final, and a status that is set cannot be unset.
    pub(crate) fn set_status(&mut self, status: Status) {
        if self.status != Status::Ok && status != Status::Unset {
            self.status = status;
        }
    }
}
