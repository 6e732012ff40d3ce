//! View model of the drawing: one row a span, in tree order.

use std::collections::HashSet;

use anyhow::Context as _;
use trace_model::otlp::{read_traces, traces_to_protobuf};
use trace_model::tree::{Node, layout};
use trace_model::{Span, SpanId, SpanKind, StatusCode, Value};

use super::text::sanitize;

/// A trace to be drawn.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct View {
    /// In preorder.
    pub(crate) rows: Vec<Row>,
    /// Nanoseconds from the first start to the last end.
    pub(crate) duration: u64,
    /// Parent ids that name no span of the trace.
    pub(crate) missing_parents: Vec<SpanId>,
    /// Ids of the spans.
    present: HashSet<SpanId>,
    /// Whether one of the spans has no parent id.
    has_root: bool,
}

/// One span.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) depth: usize,
    pub(crate) name: String,
    pub(crate) service: String,
    pub(crate) kind: &'static str,
    /// Nanoseconds after the first start.
    pub(crate) start: u64,
    pub(crate) duration: u64,
    pub(crate) error: bool,
    /// HTTP status code, error type or status message.
    pub(crate) note: Option<String>,
}

impl View {
    /// Builds the view from OTLP JSON, `{"resourceSpans": [..]}`.
    pub(crate) fn from_otlp_json(json: &[u8]) -> anyhow::Result<Self> {
        let protobuf = traces_to_protobuf(json).context("the response of the waterfall is not OTLP JSON")?;
        let mut spans = Vec::new();
        read_traces(&protobuf, |_, origin, span| {
            spans.push((sanitize(&origin.resource.service_name()), span));
        })
        .context("the response of the waterfall is not OTLP JSON")?;
        Ok(Self::of(&spans))
    }

    fn of(spans: &[(String, Span<'_>)]) -> Self {
        let nodes: Vec<Node> = spans.iter().map(|(_, span)| Node::from(span)).collect();
        let tree = layout(&nodes);
        let first = nodes.iter().map(|node| node.start).min().unwrap_or_default();
        let last = nodes.iter().map(|node| node.end).max().unwrap_or_default();
        let rows = tree.rows.iter().filter_map(|row| {
            let (service, span) = spans.get(row.node)?;
            Some(Row {
                depth: usize::try_from(row.depth).unwrap_or(usize::MAX),
                name: sanitize(&span.name),
                service: service.clone(),
                kind: span.kind.as_str(),
                start: span.start.since(first),
                duration: span.duration(),
                error: span.status.code == StatusCode::Error,
                note: note(span),
            })
        });
        Self {
            rows: rows.collect(),
            duration: last.since(first),
            missing_parents: tree.missing_parents,
            present: nodes.iter().map(|node| node.id).collect(),
            has_root: nodes.iter().any(|node| node.parent.is_none()),
        }
    }

    /// Whether the trace has no gap: the expected span has arrived, and no parent is missing except the remote one.
    pub(crate) fn is_complete(&self, expected: Option<SpanId>, remote_parent: Option<SpanId>) -> bool {
        let has_top = expected.map_or(self.has_root, |id| self.present.contains(&id));
        has_top && self.missing_parents.iter().all(|&id| Some(id) == remote_parent)
    }

    /// Number of distinct services.
    pub(crate) fn services(&self) -> usize {
        let names: HashSet<&str> = self.rows.iter().map(|row| row.service.as_str()).collect();
        names.len()
    }

    pub(crate) fn errors(&self) -> usize {
        self.rows.iter().filter(|row| row.error).count()
    }
}

/// The HTTP status code, else the error type, else the status message of a failed span.
fn note(span: &Span<'_>) -> Option<String> {
    let mut error_type = None;
    for attribute in span.attributes() {
        match (attribute.key.as_ref(), attribute.value) {
            ("http.response.status_code", Value::Int(code)) => return Some(code.to_string()),
            ("error.type", Value::String(text)) => error_type = Some(sanitize(&text)),
            _ => {}
        }
    }
    error_type.or_else(|| {
        let failed = span.status.code == StatusCode::Error && !span.status.message.is_empty();
        (failed && span.kind != SpanKind::Unspecified).then(|| sanitize(&span.status.message))
    })
}
