//! All fields of one span, for the page's span panel.

use std::borrow::Cow;

use serde::Serialize;
use trace_model::{Event, Link, Nanos, Origin, Scope, Span, SpanId, TraceId};

use super::{
    attribute_values::{AttributeJson, ValueLimit, attributes},
    json_number::clamp_to_safe,
    sibling_differences::SiblingsJson,
};

/// Values in each of: attributes, resource, links with their attributes.
const MAX_VALUES: usize = 5_000;
/// Events and values in their attributes.
const MAX_EVENT_VALUES: usize = 20_000;

#[derive(Serialize)]
pub(super) struct SpanJson<'a> {
    id: SpanId,
    parent: Option<SpanId>,
    name: Cow<'a, str>,
    kind: &'static str,
    service: Cow<'a, str>,
    start_unix_nano: String,
    duration: u64,
    status: &'static str,
    status_message: Cow<'a, str>,
    trace_state: Cow<'a, str>,
    flags: u32,
    scope: ScopeJson<'a>,
    attributes: Vec<AttributeJson<'a>>,
    /// All attributes, of which `attributes` has the first ones; the same for events and links.
    attribute_count: u32,
    dropped_attributes: u32,
    resource: Vec<AttributeJson<'a>>,
    events: Vec<EventJson<'a>>,
    event_count: u32,
    dropped_events: u32,
    links: Vec<LinkJson<'a>>,
    link_count: u32,
    dropped_links: u32,
    linked_from: Vec<SpanRefJson>,
    /// Null when the span has too few siblings, or its trace is too large to look for them.
    siblings: Option<SiblingsJson<'a>>,
    /// Some values are left out.
    more: bool,
}

#[derive(Serialize)]
pub(super) struct ScopeJson<'a> {
    name: Cow<'a, str>,
    version: Cow<'a, str>,
}

#[derive(Serialize)]
struct EventJson<'a> {
    name: Cow<'a, str>,
    /// See [`offset`].
    offset: i64,
    attributes: Vec<AttributeJson<'a>>,
}

#[derive(Serialize)]
struct LinkJson<'a> {
    trace_id: Option<TraceId>,
    span_id: Option<SpanId>,
    attributes: Vec<AttributeJson<'a>>,
}

#[derive(Serialize)]
struct SpanRefJson {
    trace_id: TraceId,
    span_id: SpanId,
}

impl<'a> SpanJson<'a> {
    pub(super) fn new(
        origin: &Origin<'a>,
        span: &Span<'a>,
        trace_start: Nanos,
        linked_from: &[(TraceId, SpanId)],
        siblings: Option<SiblingsJson<'a>>,
    ) -> Self {
        let [attribute_limit, resource, links] = [const { ValueLimit::new(MAX_VALUES) }; 3];
        let events = ValueLimit::new(MAX_EVENT_VALUES);
        let mut json = Self {
            id: span.span_id,
            parent: span.parent,
            name: span.name.clone(),
            kind: span.kind.as_str(),
            service: origin.resource.service_name(),
            start_unix_nano: span.start.to_string(),
            duration: clamp_to_safe(span.duration()),
            status: span.status.code.as_str(),
            status_message: span.status.message.clone(),
            trace_state: span.trace_state.clone(),
            flags: span.flags,
            scope: ScopeJson::from(origin.scope),
            attributes: attributes(span.attributes(), &attribute_limit),
            attribute_count: span.attribute_count,
            dropped_attributes: span.dropped_attributes,
            resource: attributes(origin.resource.attributes(), &resource),
            events: span
                .events()
                .take_while(|_| events.take())
                .map(|event| EventJson::new(&event, trace_start, &events))
                .collect(),
            event_count: span.event_count,
            dropped_events: span.dropped_events,
            links: span
                .links()
                .take_while(|_| links.take())
                .map(|link| LinkJson::new(&link, &links))
                .collect(),
            link_count: span.link_count,
            dropped_links: span.dropped_links,
            linked_from: linked_from
                .iter()
                .map(|&(trace_id, span_id)| SpanRefJson { trace_id, span_id })
                .collect(),
            siblings,
            more: false,
        };
        json.more = [attribute_limit, resource, events, links].iter().any(ValueLimit::is_exceeded);
        json
    }
}

impl<'a> EventJson<'a> {
    fn new(event: &Event<'a>, trace_start: Nanos, limit: &ValueLimit) -> Self {
        let offset = offset(event.time, trace_start);
        Self { name: event.name.clone(), offset, attributes: attributes(event.attributes(), limit) }
    }
}

/// Nanoseconds from the start of the trace; negative when `time` is earlier.
pub(super) fn offset(time: Nanos, trace_start: Nanos) -> i64 {
    let exact = |nanos: u64| i64::try_from(clamp_to_safe(nanos)).unwrap_or_default();
    if time < trace_start { -exact(trace_start.since(time)) } else { exact(time.since(trace_start)) }
}

impl<'a> From<Scope<'a>> for ScopeJson<'a> {
    fn from(scope: Scope<'a>) -> Self {
        Self { name: scope.name(), version: scope.version() }
    }
}

impl<'a> LinkJson<'a> {
    fn new(link: &Link<'a>, limit: &ValueLimit) -> Self {
        Self {
            trace_id: link.trace_id,
            span_id: link.span_id,
            attributes: attributes(link.attributes(), limit),
        }
    }
}
