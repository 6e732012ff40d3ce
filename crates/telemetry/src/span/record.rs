//! What is kept of a span while it is open.

use std::sync::Arc;
use std::time::SystemTime;

use opentelemetry::trace::{Event, Link, SpanContext, Status};
use opentelemetry::{Array, Context, KeyValue, StringValue, Value};
use opentelemetry_sdk::trace::SpanData;

/// How much a span may hold (`OTEL_*_LIMIT`); what is beyond is dropped and counted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Limits {
    pub(crate) attributes: usize,
    /// In characters.
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

/// A finished span on its way to the exporter.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) data: SpanData,
    /// The trace state as it came, where OpenTelemetry's type cannot hold what Level 2 allows.
    pub(crate) trace_state: Option<Arc<str>>,
    /// How much it may hold.
    pub(crate) limits: Limits,
}

impl Finished {
    /// Empties it and keeps its memory, unless it grew out of the ordinary.
    pub(crate) fn clear(&mut self) {
        const MOST: usize = 64;
        let data = &mut self.data;
        data.name = std::borrow::Cow::Borrowed("");
        data.attributes.clear();
        data.attributes.shrink_to(MOST);
        data.events = opentelemetry_sdk::trace::SpanEvents::default();
        data.links = opentelemetry_sdk::trace::SpanLinks::default();
        data.status = Status::Unset;
        self.trace_state = None;
    }
}

/// An open span.
#[derive(Debug)]
pub(crate) struct Recorded {
    /// The context in which this span is the active one.
    pub(crate) context: Context,
    /// `None` for a span that is not sampled.
    pub(crate) finished: Option<Box<Finished>>,
    /// Whether the end is known already and later exits do not move it.
    pub(crate) ended: bool,
    /// Whether it is ended by hand, so that exits need not look at the clock.
    pub(crate) by_hand: bool,
}

impl Recorded {
    /// A span that is not sampled: nothing of it but its context.
    pub(super) fn unseen(context: Context) -> Self {
        Self { context, finished: None, ended: true, by_hand: false }
    }

    fn data(&mut self) -> Option<&mut SpanData> {
        self.finished.as_mut().map(|finished| &mut finished.data)
    }

    /// Adds an attribute, or replaces the one of the same key.
    pub(crate) fn set_attribute(&mut self, mut attribute: KeyValue) {
        let Some(Finished { data, limits, .. }) = self.finished.as_deref_mut() else { return };
        shorten(&mut attribute.value, limits.value_length);
        if let Some(known) = data.attributes.iter_mut().find(|known| known.key == attribute.key) {
            *known = attribute;
        } else if data.attributes.len() < limits.attributes {
            data.attributes.push(attribute);
        } else {
            data.dropped_attributes_count = data.dropped_attributes_count.saturating_add(1);
        }
    }

    /// Adds an attribute that is known not to be there yet.
    pub(crate) fn add_attribute(&mut self, mut attribute: KeyValue) {
        let Some(Finished { data, limits, .. }) = self.finished.as_deref_mut() else { return };
        if data.attributes.len() < limits.attributes {
            shorten(&mut attribute.value, limits.value_length);
            data.attributes.push(attribute);
        } else {
            data.dropped_attributes_count = data.dropped_attributes_count.saturating_add(1);
        }
    }

    pub(crate) fn add_event(&mut self, mut event: Event) {
        let Some(Finished { data, limits, .. }) = self.finished.as_deref_mut() else { return };
        if data.events.events.len() >= limits.events {
            data.events.dropped_count = data.events.dropped_count.saturating_add(1);
            return;
        }
        event.dropped_attributes_count =
            cut(&mut event.attributes, limits.event_attributes, limits.value_length);
        data.events.events.push(event);
    }

    pub(crate) fn add_link(&mut self, span_context: SpanContext) {
        let Some(Finished { data, limits, .. }) = self.finished.as_deref_mut() else { return };
        if data.links.links.len() >= limits.links {
            data.links.dropped_count = data.links.dropped_count.saturating_add(1);
            return;
        }
        data.links.links.push(Link::with_context(span_context));
    }

    /// Sets the status; `Ok` is final, and nothing returns to `Unset`.
    pub(crate) fn set_status(&mut self, status: Status) {
        if let Some(data) = self.data()
            && data.status != Status::Ok
            && status != Status::Unset
        {
            data.status = status;
        }
    }

    /// Says that nobody waited for the answer.
    pub(crate) fn cancel(&mut self) {
        self.set_attribute(KeyValue::new("error.type", "cancelled"));
        self.set_status(Status::error("the request was dropped before it had an answer"));
    }

    pub(crate) fn set_name(&mut self, name: std::borrow::Cow<'static, str>) {
        if let Some(data) = self.data() {
            data.name = name;
        }
    }

    /// Whether it must be told when it is left: what is ended by hand, or not recorded, spares itself the look at the clock.
    pub(super) fn ends_with_its_last_exit(&self) -> bool {
        !self.by_hand && !self.ended && self.finished.is_some()
    }

    /// Moves the end of the span to now, unless that is done by hand.
    pub(super) fn touch(&mut self) {
        if !self.by_hand {
            self.end_now();
        }
    }

    fn end_now(&mut self) {
        if !self.ended
            && let Some(data) = self.data()
        {
            // A clock that was set back must not make a span that ends before it begins.
            data.end_time = SystemTime::now().max(data.start_time);
        }
    }

    /// Fixes the end of the span, whatever still holds on to it.
    pub(crate) fn end(&mut self) {
        self.end_now();
        self.ended = true;
    }
}

/// Applies the limits to attributes that came together; says how many were dropped.
pub(crate) fn cut(attributes: &mut Vec<KeyValue>, count: usize, value_length: Option<usize>) -> u32 {
    let dropped = attributes.len().saturating_sub(count);
    attributes.truncate(count);
    if value_length.is_some() {
        for attribute in attributes {
            shorten(&mut attribute.value, value_length);
        }
    }
    u32::try_from(dropped).unwrap_or(u32::MAX)
}

fn shorten(value: &mut Value, length: Option<usize>) {
    let Some(length) = length else { return };
    match value {
        Value::String(text) => shorten_text(text, length),
        Value::Array(Array::String(texts)) => texts.iter_mut().for_each(|text| shorten_text(text, length)),
        _ => {}
    }
}

fn shorten_text(text: &mut StringValue, length: usize) {
    let kept = text.as_str().char_indices().nth(length).map(|(end, _)| end);
    if let Some(kept) = kept.and_then(|end| text.as_str().get(..end)) {
        *text = kept.to_owned().into();
    }
}
