//! The fields of one span's document.

use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::{Link, SpanKind};
use serde_json::{Map, Value, json};

use super::attributes::Attributes;
use super::http::Flags;
use super::origin::Service;
use super::{annotations, cause, http, name, sql};
use crate::export::hex;
use crate::otlp::truncated;

/// Characters of `user` (the published schema's `maxLength`).
const LONGEST_USER: usize = 250;

/// Attributes that name the user of a request.
const USER: [&str; 2] = ["user.id", "enduser.id"];

/// Attributes of calls to AWS, and the fields of `aws` that show them.
const CALL_OF_AWS: [(&str, &str); 7] = [
    ("aws.operation", "operation"),
    ("aws.region", "region"),
    ("aws.request_id", "request_id"),
    ("aws.requestId", "request_id"),
    ("aws.account_id", "account_id"),
    ("aws.queue.url", "queue_url"),
    ("aws.table.name", "table_name"),
];

/// A span's role in its trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// A request that this service serves, or work that it began.
    Segment,
    /// A part of it.
    Subsegment,
    /// A call outside of any segment of this process: a subsegment, in a segment that is made for it.
    Alone,
}

impl Role {
    /// The role of a span. `has_local_parent`: its parent is a span of this process.
    pub(super) fn of(span: &Span, has_local_parent: bool) -> Self {
        match span.kind() {
            SpanKind::Server | SpanKind::Consumer => Self::Segment,
            _ if has_local_parent => Self::Subsegment,
            SpanKind::Client | SpanKind::Producer => Self::Alone,
            SpanKind::Internal | SpanKind::Unspecified => Self::Segment,
        }
    }
}

/// The document of a span by itself, without trace id and parent.
pub(super) fn document(
    span: &Span,
    role: Role,
    service: &Service,
    annotations_left: &mut usize,
) -> Map<String, Value> {
    let attributes = Attributes(&span.attributes);
    let is_segment = role == Role::Segment;
    let mut document = Map::new();
    let mut put = |key: &str, value: Value| drop(document.insert(key.to_owned(), value));
    let name = if is_segment { service.name.clone() } else { subsegment_name(span) };
    put("name", name::segment_name(&name).into());
    put("id", hex(&span.span_id).into());
    put("start_time", seconds(span.start_time_unix_nano).into());
    put("end_time", seconds(span.end_time_unix_nano.max(span.start_time_unix_nano)).into());
    let http = http::http(attributes, span.kind() == SpanKind::Server);
    // X-Ray knows statements as parts of a segment only.
    let sql = if is_segment { None } else { sql::sql(attributes) };
    let aws = if is_segment { Map::new() } else { call_of_aws(attributes) };
    let (of_http, of_sql) = (http.is_some(), sql.is_some());
    let user = attributes.first_text(&USER);
    let is_shown = |key: &str| {
        (of_http && http::SHOWN.contains(&key))
            || (of_sql && sql::SHOWN.contains(&key))
            || (user.is_some() && USER.contains(&key))
            || (!aws.is_empty() && CALL_OF_AWS.iter().any(|(shown, _)| *shown == key))
    };
    let annotations::Split { annotations, mut metadata } =
        annotations::split(&span.attributes, is_shown, annotations_left);
    describe(span, &mut metadata);
    if is_segment {
        metadata.extend(service.metadata.clone());
        service.fields.iter().for_each(|(key, value)| put(key, value.clone()));
        if let Some(user) = user {
            put("user", truncated(user, LONGEST_USER).into());
        }
    } else if let Some(namespace) = namespace(span) {
        put("namespace", namespace.into());
    }
    if !aws.is_empty() {
        put("aws", aws.into());
    }
    for (key, value) in
        [("http", http), ("sql", sql), ("cause", cause::cause(span)), ("links", links(&span.links))]
    {
        if let Some(value) = value {
            put(key, value);
        }
    }
    if !annotations.is_empty() {
        put("annotations", annotations.into());
    }
    put("metadata", json!({ "default": metadata }));
    Flags::of(span).write(&mut document);
    document
}

/// The segment around a call that belongs to none, with the ids of trace and parent.
pub(super) fn segment_around(span: &Span, service: &Service) -> Map<String, Value> {
    let mut segment = service.fields.clone();
    segment.insert("name".to_owned(), name::segment_name(&service.name).into());
    segment.insert("id".to_owned(), id_around(span).into());
    segment.insert("start_time".to_owned(), seconds(span.start_time_unix_nano).into());
    let end = span.end_time_unix_nano.max(span.start_time_unix_nano);
    segment.insert("end_time".to_owned(), seconds(end).into());
    segment.insert("metadata".to_owned(), json!({ "default": service.metadata }));
    Flags::of(span).write(&mut segment);
    segment
}

/// The id of the segment around a call: the complement of the span's, so that sending it again changes nothing.
pub(super) fn id_around(span: &Span) -> String {
    hex(&span.span_id.iter().map(|byte| !byte).collect::<Vec<_>>())
}

/// `1-<8 hex>-<24 hex>`, as X-Ray writes a trace id.
pub(super) fn trace_id(id: &[u8]) -> String {
    let id = hex(id);
    let (seconds, rest) = id.split_at_checked(8).unwrap_or_default();
    format!("1-{seconds}-{rest}")
}

/// What a call is to, or the name of the span.
fn subsegment_name(span: &Span) -> String {
    let is_call = matches!(span.kind(), SpanKind::Client | SpanKind::Producer);
    let remote = is_call.then(|| name::remote(Attributes(&span.attributes))).flatten();
    remote.unwrap_or_else(|| span.name.clone())
}

/// `aws` for a call of AWS's API, `remote` for another call.
fn namespace(span: &Span) -> Option<&'static str> {
    let attributes = Attributes(&span.attributes);
    let system = attributes.first_text(&["rpc.system.name", "rpc.system"]);
    match span.kind() {
        _ if system == Some("aws-api") || attributes.text("aws.service").is_some() => Some("aws"),
        SpanKind::Client | SpanKind::Producer => Some("remote"),
        _ => None,
    }
}

fn call_of_aws(attributes: Attributes<'_>) -> Map<String, Value> {
    let field = |(from, to): &(&str, &str)| Some(((*to).to_owned(), attributes.text(from)?.into()));
    CALL_OF_AWS.iter().filter_map(field).collect()
}

/// What a document has no field for: the span's name, its events other than exceptions, and counts of what was dropped.
fn describe(span: &Span, metadata: &mut Map<String, Value>) {
    metadata.insert("otel.span.name".to_owned(), span.name.as_str().into());
    let events: Vec<Value> = span
        .events
        .iter()
        .filter(|event| event.name != cause::EVENT)
        .map(|event| {
            let attributes = Attributes(&event.attributes).json();
            json!({ "name": event.name, "time": seconds(event.time_unix_nano), "attributes": attributes })
        })
        .collect();
    if !events.is_empty() {
        metadata.insert("otel.events".to_owned(), events.into());
    }
    let exceptions = span.events.iter().filter(|event| event.name == cause::EVENT).count();
    let left_out = exceptions.saturating_sub(cause::MOST_EXCEPTIONS);
    for (key, count) in [
        ("otel.dropped_exceptions_count", u32::try_from(left_out).unwrap_or(u32::MAX)),
        ("otel.dropped_attributes_count", span.dropped_attributes_count),
        ("otel.dropped_events_count", span.dropped_events_count),
        ("otel.dropped_links_count", span.dropped_links_count),
    ] {
        if count > 0 {
            metadata.insert(key.to_owned(), count.into());
        }
    }
}

/// The spans of other traces that a span links to, as the OpenTelemetry Collector writes them.
fn links(links: &[Link]) -> Option<Value> {
    let link = |link: &Link| {
        json!({
            "trace_id": trace_id(&link.trace_id),
            "id": hex(&link.span_id),
            "attributes": Attributes(&link.attributes).json(),
        })
    };
    (!links.is_empty()).then(|| links.iter().map(link).collect())
}

/// Seconds since 1970. A double has about 0.2 µs of precision then, and X-Ray takes milliseconds.
#[expect(clippy::cast_precision_loss, reason = "see above")]
fn seconds(nanoseconds: u64) -> f64 {
    nanoseconds as f64 / 1e9
}
