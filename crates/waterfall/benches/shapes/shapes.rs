//! The shapes of input: what a sender may choose so that a loop runs inside of a loop.

use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::{AnyValue, KeyValue, any_value::Value},
    resource::v1::Resource,
    trace::v1::{
        ResourceSpans, ScopeSpans, Span, Status,
        span::{Event, Link},
    },
};

/// Nanoseconds since 1970.
const START: u64 = 1_700_000_000_000_000_000;

/// Bytes that make each span so large that the requests of both sizes are of one class for the store, which counts the spans of
/// a request above 128 KiB before it decodes them, and splits one above 1 MiB.
const PADDING: usize = 100;

/// A request with so many items.
pub(crate) type Shape = fn(u64) -> ExportTraceServiceRequest;

pub(crate) const SHAPES: [(&str, Shape); 22] = [
    ("two children each", |items| one_trace(items, |number, _| child(number, number / 2))),
    ("one parent of all", |items| one_trace(items, |number, _| child(number, u64::from(number > 1)))),
    ("one missing parent of all", |items| one_trace(items, |number, _| child(number, u64::MAX))),
    ("a missing parent of each", |items| one_trace(items, |number, _| child(number, u64::MAX - number))),
    ("one chain", |items| one_trace(items, |number, _| child(number, number - 1))),
    ("one cycle", |items| {
        one_trace(items, |number, of| child(number, if number == 1 { of } else { number - 1 }))
    }),
    ("one id for all", |items| one_trace(items, |number, _| Span { span_id: id(1), ..child(number, 0) })),
    ("links of one trace to a trace each", |items| {
        one_trace(items, |number, _| Span { links: vec![link(number + 1)], ..child(number, number / 2) })
    }),
    ("links of a trace each to one trace", |items| {
        one_service(items, |number| Span { links: vec![link(1)], ..of_trace(number + 1, child(1, 0)) })
    }),
    ("all links on one span", |items| {
        one_trace(1, |number, _| Span { links: (1..=items).map(link).collect(), ..child(number, 0) })
    }),
    ("all events on one span", |items| {
        one_trace(1, |number, _| Span { events: (1..=items).map(event).collect(), ..child(number, 0) })
    }),
    ("a value each of one key", |items| {
        one_service(items, |number| Span {
            attributes: vec![text("key", &format!("value {number}"))],
            ..of_trace(1 + number / 8, child(number, 0))
        })
    }),
    ("a key each", |items| {
        one_service(items, |number| Span {
            attributes: vec![text(&format!("key.{number}"), "value")],
            ..of_trace(1 + number / 8, child(number, 0))
        })
    }),
    ("all keys on one span", |items| {
        let keys = move || (1..=items).map(|number| text(&format!("key.{number}"), "value")).collect();
        one_trace(1, move |number, _| Span { attributes: keys(), ..child(number, 0) })
    }),
    ("a service and a trace each", |items| services(items, |number| of_trace(number, child(1, 0)))),
    ("a service each in one trace", |items| services(items, |number| child(number, number / 2))),
    ("an operation and a host each", |items| {
        one_service(items, |number| Span {
            name: format!("GET /{number}"),
            kind: 3,
            attributes: vec![text("server.address", &format!("host-{number}"))],
            ..of_trace(number, child(1, 0))
        })
    }),
    ("an error each", |items| {
        one_trace(items, |number, _| Span {
            status: Some(Status { code: 2, message: format!("error {number}") }),
            ..child(number, number / 2)
        })
    }),
    ("one time for all", |items| {
        one_trace(items, |number, _| at_one_time(child(number, u64::from(number > 1))))
    }),
    ("calls and requests of two services, all at one time and path", |items| {
        several_services(items, 2, |number| {
            at_one_time(Span {
                trace_id: trace_id(number),
                parent_span_id: Vec::new(),
                ..http_span(number, 1)
            })
        })
    }),
    ("calls and requests of two services beside each other", |items| {
        several_services(items, 2, |number| http_span(number, number % 10))
    }),
    ("one client with many servers of other services", |items| {
        several_services(items, 100, |number| Span {
            kind: if number == 1 { 3 } else { 2 },
            ..http_span(number, number)
        })
    }),
];

fn one_trace(items: u64, span: impl Fn(u64, u64) -> Span) -> ExportTraceServiceRequest {
    one_service(items, |number| span(number, items))
}

fn one_service(items: u64, span: impl Fn(u64) -> Span) -> ExportTraceServiceRequest {
    ExportTraceServiceRequest { resource_spans: vec![of_service(0, (1..=items).map(span).collect())] }
}

/// A service for each span.
fn services(items: u64, span: impl Fn(u64) -> Span) -> ExportTraceServiceRequest {
    let resource_spans = (1..=items).map(|number| of_service(number, vec![span(number)]));
    ExportTraceServiceRequest { resource_spans: resource_spans.collect() }
}

/// The spans of some services, by turns.
fn several_services(items: u64, services: u64, span: impl Fn(u64) -> Span) -> ExportTraceServiceRequest {
    let of = |service| (1..=items).filter(|number| number % services == service).map(&span).collect();
    let resource_spans = (0..services).map(|service| of_service(service, of(service)));
    ExportTraceServiceRequest { resource_spans: resource_spans.collect() }
}

fn of_service(service: u64, spans: Vec<Span>) -> ResourceSpans {
    let name = text("service.name", &format!("service-{service}"));
    ResourceSpans {
        resource: Some(Resource { attributes: vec![name], ..Resource::default() }),
        scope_spans: vec![ScopeSpans { spans, ..ScopeSpans::default() }],
        ..ResourceSpans::default()
    }
}

fn id(number: u64) -> Vec<u8> {
    number.to_be_bytes().into()
}

fn trace_id(number: u64) -> Vec<u8> {
    u128::from(number).to_be_bytes().into()
}

/// A span of trace 1, of which nothing else is equal.
fn child(number: u64, parent: u64) -> Span {
    let start = START + number * 1_000;
    Span {
        trace_id: trace_id(1),
        span_id: id(number),
        parent_span_id: if parent == 0 { Vec::new() } else { id(parent) },
        trace_state: format!("padding={}", "x".repeat(PADDING)),
        name: "GET".into(),
        kind: if number.is_multiple_of(2) { 3 } else { 2 },
        start_time_unix_nano: start,
        end_time_unix_nano: start + 50_000,
        ..Span::default()
    }
}

/// A call or a request of HTTP, below the first span.
fn http_span(number: u64, path: u64) -> Span {
    let span = child(number, u64::from(number > 1));
    let path = format!("/price/{path}");
    let target = if span.kind == 2 {
        text("url.path", &path)
    } else {
        text("url.full", &format!("http://stock{path}"))
    };
    Span { attributes: vec![target, text("http.request.method", "GET")], ..span }
}

fn at_one_time(span: Span) -> Span {
    Span { start_time_unix_nano: START, end_time_unix_nano: START + 50_000, ..span }
}

fn of_trace(trace: u64, span: Span) -> Span {
    Span { trace_id: trace_id(trace), ..span }
}

fn link(trace: u64) -> Link {
    Link { trace_id: trace_id(trace), span_id: id(1), ..Link::default() }
}

fn event(number: u64) -> Event {
    Event { time_unix_nano: number, name: format!("event {number}"), ..Event::default() }
}

fn text(key: &str, value: &str) -> KeyValue {
    let value = Some(AnyValue { value: Some(Value::StringValue(value.into())) });
    KeyValue { key: key.into(), value, ..KeyValue::default() }
}
