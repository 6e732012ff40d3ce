//! What is drawn: the rows of a trace in the order of the tree, each with what its row shows.

use std::collections::HashSet;

use anyhow::Context as _;
use trace_model::otlp::{read_traces, traces_to_protobuf};
use trace_model::tree::{Node, layout};
use trace_model::{Span, SpanId, SpanKind, StatusCode, Value};

use super::text::sanitize;

/// A trace as it is drawn.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct View {
    /// In preorder.
    pub(crate) rows: Vec<Row>,
    /// Nanoseconds from the first start to the last end.
    pub(crate) duration: u64,
    /// Parents that are named and have not come.
    pub(crate) missing: Vec<SpanId>,
    /// Spans that are there.
    present: HashSet<SpanId>,
    /// Whether one of them names no parent.
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
    /// A status code or what kind of error it was.
    pub(crate) note: Option<String>,
}

impl View {
    /// From OTLP JSON, `{"resourceSpans": [..]}`.
    pub(crate) fn from_otlp_json(json: &[u8]) -> anyhow::Result<Self> {
        let protobuf = traces_to_protobuf(json).context("the waterfall did not answer OTLP JSON")?;
        let mut spans = Vec::new();
        read_traces(&protobuf, |_, origin, span| {
            spans.push((sanitize(&origin.resource.service_name()), span));
        })
        .context("the waterfall did not answer OTLP JSON")?;
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
            missing: tree.missing_parents,
            present: nodes.iter().map(|node| node.id).collect(),
            has_root: nodes.iter().any(|node| node.parent.is_none()),
        }
    }

    /// Whether it has no gap: the expected span is there, and no parent is missing but the caller's own.
    pub(crate) fn is_complete(&self, expected: Option<SpanId>, remote_parent: Option<SpanId>) -> bool {
        let topped = expected.map_or(self.has_root, |id| self.present.contains(&id));
        topped && self.missing.iter().all(|&id| Some(id) == remote_parent)
    }

    /// How many different services took part.
    pub(crate) fn services(&self) -> usize {
        let names: HashSet<&str> = self.rows.iter().map(|row| row.service.as_str()).collect();
        names.len()
    }

    pub(crate) fn errors(&self) -> usize {
        self.rows.iter().filter(|row| row.error).count()
    }
}

/// The status code of HTTP, else what kind of error it was.
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
