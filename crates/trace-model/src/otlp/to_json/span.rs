//! Serializes a span with its events, links and status.

use serde::{Serialize, Serializer};

use super::{List, ObjectWriter, Quoted, group::Record};
use crate::span::{Event, Link, Span, Status};

impl Record for Span<'_> {
    const SCOPES: &'static str = "scopeSpans";
    const RECORDS: &'static str = "spans";

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = ObjectWriter::new(serializer)?;
        map.put("traceId", &self.trace_id)?;
        map.put("spanId", &self.span_id)?;
        map.put_unless_empty("traceState", &self.trace_state)?;
        if let Some(parent) = self.parent {
            map.put("parentSpanId", &parent)?;
        }
        map.put_unless_empty("name", &self.name)?;
        map.put_unless_zero("kind", u32::from(self.kind.to_otlp()))?;
        map.put("startTimeUnixNano", &Quoted(self.start))?;
        map.put("endTimeUnixNano", &Quoted(self.end))?;
        map.put_attributes(|| self.attributes())?;
        map.put_unless_zero("droppedAttributesCount", self.dropped_attributes)?;
        if self.event_count > 0 {
            map.put("events", &List(|| self.events().map(EventJson)))?;
        }
        map.put_unless_zero("droppedEventsCount", self.dropped_events)?;
        if self.link_count > 0 {
            map.put("links", &List(|| self.links().map(LinkJson)))?;
        }
        map.put_unless_zero("droppedLinksCount", self.dropped_links)?;
        if self.status != Status::default() {
            map.put("status", &StatusJson(&self.status))?;
        }
        map.put_unless_zero("flags", self.flags)?;
        map.end()
    }
}

struct EventJson<'a>(Event<'a>);

impl Serialize for EventJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = ObjectWriter::new(serializer)?;
        map.put("timeUnixNano", &Quoted(self.0.time))?;
        map.put_unless_empty("name", &self.0.name)?;
        map.put_attributes(|| self.0.attributes())?;
        map.put_unless_zero("droppedAttributesCount", self.0.dropped_attributes)?;
        map.end()
    }
}

struct LinkJson<'a>(Link<'a>);

impl Serialize for LinkJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = ObjectWriter::new(serializer)?;
        if let Some(trace_id) = self.0.trace_id {
            map.put("traceId", &trace_id)?;
        }
        if let Some(span_id) = self.0.span_id {
            map.put("spanId", &span_id)?;
        }
        map.put_unless_empty("traceState", &self.0.trace_state)?;
        map.put_attributes(|| self.0.attributes())?;
        map.put_unless_zero("droppedAttributesCount", self.0.dropped_attributes)?;
        map.put_unless_zero("flags", self.0.flags)?;
        map.end()
    }
}

struct StatusJson<'s, 'a>(&'s Status<'a>);

impl Serialize for StatusJson<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = ObjectWriter::new(serializer)?;
        map.put_unless_empty("message", &self.0.message)?;
        map.put_unless_zero("code", u32::from(self.0.code.to_otlp()))?;
        map.end()
    }
}
