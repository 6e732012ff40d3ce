//! One trace laid out for the page: its rows in preorder, times as offsets from its start.

use std::{borrow::Cow, collections::HashMap};

use serde::Serialize;
use trace_model::{
    Nanos, Origin, Span, SpanId, StatusCode, TraceId, Value,
    tree::{self, Flags, Node, Row},
};
use trace_store::StoredTrace;

/// The largest integer that a JavaScript number holds exactly; as nanoseconds, 104 days.
pub(crate) const MAX_EXACT: u64 = (1 << 53) - 1;
/// A note is a few words.
const MAX_NOTE: usize = 80;

#[derive(Serialize)]
pub(crate) struct TraceJson<'a> {
    trace_id: TraceId,
    start_unix_nano: String,
    duration: u64,
    version: u64,
    services: Vec<Cow<'a, str>>,
    rows: Vec<RowJson<'a>>,
    missing: Vec<SpanId>,
}

#[derive(Serialize)]
struct RowJson<'a> {
    id: SpanId,
    parent: Option<SpanId>,
    /// Which of the spans that share the id; left out for the first.
    #[serde(skip_serializing_if = "is_first")]
    occurrence: usize,
    service: usize,
    name: Cow<'a, str>,
    kind: &'static str,
    start: u64,
    duration: u64,
    depth: u32,
    end: usize,
    status: &'static str,
    note: Option<String>,
    missing_parent: bool,
    events: u32,
    links: u32,
    flags: Vec<&'static str>,
}

impl<'a> TraceJson<'a> {
    pub(crate) fn new(trace: &'a StoredTrace) -> Self {
        let spans = trace.spans();
        let nodes: Vec<Node> = spans.iter().map(|(_, span)| Node::from(span)).collect();
        let tree = tree::layout(&nodes);
        let start = trace.start();
        let end = spans.iter().map(|(_, span)| span.end.max(span.start)).max().unwrap_or(start);
        let mut services = Services::default();
        let occurrences = occurrences(&nodes);
        let rows = tree.rows.iter().filter_map(|row| {
            let (origin, span) = spans.get(row.node)?;
            let service = services.place(origin);
            let occurrence = occurrences.get(row.node).copied().unwrap_or_default();
            Some(RowJson::new(row, span, service, start, occurrence))
        });
        Self {
            trace_id: trace.trace_id,
            start_unix_nano: start.to_string(),
            duration: end.since(start).min(MAX_EXACT),
            version: trace.version,
            rows: rows.collect(),
            services: services.names,
            missing: tree.missing,
        }
    }
}

impl<'a> RowJson<'a> {
    fn new(row: &Row, span: &Span<'a>, service: usize, start: Nanos, occurrence: usize) -> Self {
        Self {
            id: span.span_id,
            parent: span.parent,
            occurrence,
            service,
            name: span.name.clone(),
            kind: span.kind.as_str(),
            start: span.start.since(start).min(MAX_EXACT),
            duration: if row.flags.contains(Flags::NO_START) { 0 } else { span.duration().min(MAX_EXACT) },
            depth: row.depth,
            end: row.end,
            status: span.status.code.as_str(),
            note: note(span),
            missing_parent: row.missing_parent,
            events: span.event_count,
            links: span.link_count,
            flags: row.flags.names().collect(),
        }
    }
}

/// The services in the order in which the rows name them.
#[derive(Default)]
struct Services<'a> {
    names: Vec<Cow<'a, str>>,
    /// By the resource's bytes: most spans of a service share one.
    places: HashMap<&'a [u8], usize>,
}

impl<'a> Services<'a> {
    fn place(&mut self, origin: &Origin<'a>) -> usize {
        let names = &mut self.names;
        *self.places.entry(origin.resource.raw).or_insert_with(|| {
            let name = origin.resource.service_name();
            names.iter().position(|known| *known == name).unwrap_or_else(|| {
                names.push(name);
                names.len() - 1
            })
        })
    }
}

/// For each node, how many before it have its id.
fn occurrences(nodes: &[Node]) -> Vec<usize> {
    let mut seen: HashMap<SpanId, usize> = HashMap::with_capacity(nodes.len());
    let mut count = |node: &Node| {
        let next = seen.entry(node.id).or_default();
        *next += 1;
        *next - 1
    };
    nodes.iter().map(&mut count).collect()
}

/// What says most about a span in a few characters: its HTTP status, its statement, its error.
fn note(span: &Span<'_>) -> Option<String> {
    let (mut code, mut statement, mut operation, mut error) = (None, None, None, None);
    for attribute in span.attributes() {
        let slot = match attribute.key.as_ref() {
            "http.response.status_code" | "http.status_code" | "rpc.grpc.status_code" => &mut code,
            "db.query.summary" => &mut statement,
            "db.operation.name" => &mut operation,
            "error.type" | "exception.type" => &mut error,
            _ => continue,
        };
        *slot = match attribute.value {
            Value::Int(number) => Some(number.to_string()),
            Value::String(text) => Some(short(&text)),
            _ => continue,
        };
    }
    let failed = span.status.code == StatusCode::Error;
    let message =
        Some(&span.status.message).filter(|text| failed && !text.is_empty()).map(|text| short(text));
    code.or(if failed { message.or(error) } else { None }).or(statement).or(operation)
}

fn short(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    match line.char_indices().nth(MAX_NOTE) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or(line)),
        None => line.to_owned(),
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
const fn is_first(occurrence: &usize) -> bool {
    *occurrence == 0
}
