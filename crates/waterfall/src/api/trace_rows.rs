//! One trace as rows for the page: in preorder, with times as offsets from the start of the trace.

use std::{borrow::Cow, collections::HashMap};

use serde::Serialize;
use trace_model::{
    Nanos, Origin, Span, SpanId, SpanKind, StatusCode, TraceId, Value,
    analysis::{ClockOffset, ParentOrigin},
    tree::{self, Flags, Node, Row},
};
use trace_store::StoredTrace;

use super::{json_number::clamp_to_safe, judged_rows::JudgedRows};

/// Characters of a note.
const MAX_NOTE: usize = 80;

#[derive(Serialize)]
pub(super) struct TraceJson<'a> {
    trace_id: TraceId,
    start_unix_nano: String,
    duration: u64,
    version: u64,
    services: Vec<Cow<'a, str>>,
    rows: Vec<RowJson<'a>>,
    /// Parents within this system that were not received. A caller outside is not among them.
    missing: Vec<SpanId>,
    /// Clocks that differ from the root's.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    clocks: Vec<ClockJson>,
}

/// A clock that differs from the root's, as [`ClockOffset`] has it.
#[derive(Serialize)]
struct ClockJson {
    host: Option<String>,
    services: Vec<String>,
    ahead: i64,
    uncertainty: i64,
}

impl From<&ClockOffset> for ClockJson {
    fn from(clock: &ClockOffset) -> Self {
        let ClockOffset { host, services, ahead, uncertainty } = clock.clone();
        Self { host, services, ahead, uncertainty }
    }
}

/// One span. Fields with their usual value are left out, which is most of a response with 100,000 rows.
#[derive(Serialize)]
struct RowJson<'a> {
    id: SpanId,
    /// Left out when the parent is the nearest row above with a lower depth.
    #[serde(skip_serializing_if = "Option::is_none")]
    parent: Option<SpanId>,
    /// Index among the spans that share the id.
    #[serde(skip_serializing_if = "is_default")]
    occurrence: usize,
    service: usize,
    name: Cow<'a, str>,
    #[serde(skip_serializing_if = "is_internal")]
    kind: &'static str,
    start: u64,
    duration: u64,
    depth: u32,
    #[serde(skip_serializing_if = "is_unset")]
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    /// What became of the span's error, unless it reached the root: `handled` or `background`.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'static str>,
    /// The trace's failure began here; the number of attempts.
    #[serde(skip_serializing_if = "is_default")]
    root_cause: usize,
    #[serde(skip_serializing_if = "is_default")]
    missing_parent: bool,
    /// The parent is a span of a caller outside this system.
    #[serde(skip_serializing_if = "is_default")]
    outside_parent: bool,
    /// Nanoseconds that the clock of the span's host is ahead of the root's.
    #[serde(skip_serializing_if = "is_default")]
    ahead: i64,
    #[serde(skip_serializing_if = "is_default")]
    events: u32,
    #[serde(skip_serializing_if = "is_default")]
    links: u32,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    flags: Vec<&'static str>,
}

impl<'a> TraceJson<'a> {
    pub(super) fn new(trace: &'a StoredTrace) -> Self {
        let spans = trace.spans();
        let nodes: Vec<Node> = spans.iter().map(|(_, span)| Node::from(span)).collect();
        let tree = tree::layout(&nodes);
        let start = trace.start();
        let end = spans.iter().map(|(_, span)| span.end.max(span.start)).max().unwrap_or(start);
        let mut services = Services::default();
        let occurrences = occurrences(&nodes);
        let mut ancestors = Ancestors::default();
        let judged = JudgedRows::new(&spans, &tree);
        let rows = tree.rows.iter().enumerate().filter_map(|(index, row)| {
            let (origin, span) = spans.get(row.node)?;
            let parent = ancestors.push(row.depth, span.span_id);
            Some(RowJson {
                parent: span.parent.filter(|id| parent != Some(*id)),
                occurrence: occurrences.get(row.node).copied().unwrap_or_default(),
                service: services.index(origin),
                error: judged.error(index),
                root_cause: judged.root_cause(index),
                missing_parent: judged.has_parent(index, ParentOrigin::Missing),
                outside_parent: judged.has_parent(index, ParentOrigin::Outside),
                ahead: judged.ahead(index),
                ..RowJson::new(row, span, start)
            })
        });
        Self {
            trace_id: trace.trace_id,
            start_unix_nano: start.to_string(),
            duration: clamp_to_safe(end.since(start)),
            version: trace.version,
            rows: rows.collect(),
            services: services.names,
            missing: judged.missing_parents(&spans, &tree),
            clocks: judged.clocks().iter().map(ClockJson::from).collect(),
        }
    }
}

impl<'a> RowJson<'a> {
    /// The fields that depend on the span alone. The caller sets those that depend on other spans.
    fn new(row: &Row, span: &Span<'a>, start: Nanos) -> Self {
        Self {
            id: span.span_id,
            parent: None,
            occurrence: 0,
            service: 0,
            name: span.name.clone(),
            kind: span.kind.as_str(),
            start: clamp_to_safe(span.start.since(start)),
            duration: if row.flags.contains(Flags::NO_START) { 0 } else { clamp_to_safe(span.duration()) },
            depth: row.depth,
            status: span.status.code.as_str(),
            note: note(span),
            error: None,
            root_cause: 0,
            missing_parent: false,
            outside_parent: false,
            ahead: 0,
            events: span.event_count,
            links: span.link_count,
            flags: row.flags.names().chain(span.invalid_parent.then_some("invalid_parent")).collect(),
        }
    }
}

/// The ancestors of the current row, by depth.
#[derive(Default)]
struct Ancestors(Vec<SpanId>);

impl Ancestors {
    /// Adds a row, and returns its parent.
    fn push(&mut self, depth: u32, id: SpanId) -> Option<SpanId> {
        self.0.truncate(usize::try_from(depth).unwrap_or(usize::MAX));
        let parent = self.0.last().copied();
        self.0.push(id);
        parent
    }
}

/// The service names, in the order of their first row.
#[derive(Default)]
struct Services<'a> {
    names: Vec<Cow<'a, str>>,
    /// Indexes by the encoded resource, which most spans of a service share.
    indexes: HashMap<&'a [u8], usize>,
}

impl<'a> Services<'a> {
    fn index(&mut self, origin: &Origin<'a>) -> usize {
        let names = &mut self.names;
        *self.indexes.entry(origin.resource.raw).or_insert_with(|| {
            let name = origin.resource.service_name();
            names.iter().position(|known| *known == name).unwrap_or_else(|| {
                names.push(name);
                names.len() - 1
            })
        })
    }
}

/// For each node, the number of earlier nodes with the same id.
fn occurrences(nodes: &[Node]) -> Vec<usize> {
    let mut seen: HashMap<SpanId, usize> = HashMap::with_capacity(nodes.len());
    let mut count = |node: &Node| {
        let next = seen.entry(node.id).or_default();
        *next += 1;
        *next - 1
    };
    nodes.iter().map(&mut count).collect()
}

/// The most telling value of a span: its status code, error, statement or operation, in this order.
fn note(span: &Span<'_>) -> Option<String> {
    let (mut code, mut statement, mut operation, mut error) = (None, None, None, None);
    for attribute in span.attributes() {
        let target = match attribute.key.as_ref() {
            "http.response.status_code" | "http.status_code" | "rpc.grpc.status_code" => &mut code,
            "db.query.summary" => &mut statement,
            "db.operation.name" => &mut operation,
            "error.type" | "exception.type" => &mut error,
            _ => continue,
        };
        *target = match attribute.value {
            Value::Int(number) => Some(number.to_string()),
            Value::String(text) => Some(shorten(&text)),
            _ => continue,
        };
    }
    let failed = span.status.code == StatusCode::Error;
    let message =
        Some(&span.status.message).filter(|text| failed && !text.is_empty()).map(|text| shorten(text));
    code.or(if failed { message.or(error) } else { None }).or(statement).or(operation)
}

fn shorten(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    match line.char_indices().nth(MAX_NOTE) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or(line)),
        None => line.to_owned(),
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

fn is_internal(kind: &str) -> bool {
    kind == SpanKind::Internal.as_str()
}

fn is_unset(status: &str) -> bool {
    status == StatusCode::Unset.as_str()
}
