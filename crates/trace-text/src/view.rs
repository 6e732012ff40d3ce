//! A trace in rows, as `trace_model::analysis` orders and judges them.

use std::collections::HashSet;

use thiserror::Error;
use trace_model::analysis::{Analysis, Content, LikelyTrace, ParentOrigin, Placeholder, extent};
use trace_model::otlp::{DecodeError, JsonError, read_traces, traces_to_protobuf};
use trace_model::peer::Peer;
use trace_model::tree::Flags;
use trace_model::{Origin, Span, SpanId, SpanKind, StatusCode, Value};

use crate::findings::{Finding, Judged};
use crate::text::{sanitize, truncate};

/// Columns of a status or error type after a name.
const MAX_NOTE_WIDTH: usize = 32;

/// A trace to be shown as text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct View {
    /// In preorder.
    pub rows: Vec<Row>,
    /// Nanoseconds from the first start to the last end.
    pub duration: u64,
    pub findings: Vec<Finding>,
    /// Parents within this system that were not received. A caller outside is not among them.
    pub missing_parents: Vec<SpanId>,
    /// Parent ids that name no span of the trace, a caller's outside among them.
    unknown_parents: Vec<SpanId>,
    /// Ids of the spans.
    present: HashSet<SpanId>,
    /// Whether the trace begins with a span without a parent, or with a request from outside.
    has_beginning: bool,
}

/// The text is not a trace in OTLP JSON.
#[derive(Debug, Error)]
pub enum NotOtlp {
    #[error(transparent)]
    Json(#[from] JsonError),
    #[error(transparent)]
    Message(#[from] DecodeError),
}

/// What became of a span's error.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RowError {
    #[default]
    None,
    /// It did not reach the root: a caller handled it.
    Handled,
    /// Nobody waited for the work that failed.
    Background,
    /// It reached the root.
    Reached,
    /// The failure of the trace began here.
    RootCause,
}

/// One span, or the placeholder of a missing parent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// Of the span, or of the parent that is missing.
    pub id: Option<SpanId>,
    pub depth: usize,
    pub name: String,
    pub service: String,
    pub kind: &'static str,
    /// Nanoseconds after the first start.
    pub start: u64,
    pub duration: u64,
    /// Nanoseconds in which the row's parent waited for it and no child of its own ran.
    pub self_time: u64,
    pub error: RowError,
    pub placeholder: bool,
    /// HTTP status code, error type or status message.
    pub note: Option<String>,
    /// Receiver of a call, where it has no span in the trace.
    pub peer: Option<String>,
}

impl View {
    /// Builds the view from OTLP JSON, `{"resourceSpans": [..]}`.
    ///
    /// # Errors
    /// [`NotOtlp`].
    pub fn from_otlp_json(json: &[u8]) -> Result<Self, NotOtlp> {
        let protobuf = traces_to_protobuf(json)?.protobuf;
        let mut spans = Vec::new();
        read_traces(&protobuf, |_, origin, span| spans.push((*origin, span)))?;
        Ok(Self::of(&spans))
    }

    /// Builds the view from the spans of one trace.
    pub fn of(spans: &[(Origin<'_>, Span<'_>)]) -> Self {
        let likely = LikelyTrace::new(spans);
        let (tree, analysis) = (&likely.tree, &likely.analysis);
        let (first, last) = extent(spans);
        let rows = analysis.display_rows.rows.iter().filter_map(|shown| {
            let row = match shown.content {
                Content::Placeholder(placeholder) => Row::placeholder(&placeholder, shown.depth > 0),
                Content::Span(index) => {
                    let row = tree.rows.get(index)?;
                    let (origin, span) = spans.get(row.node)?;
                    let has_no_start = row.flags.contains(Flags::NO_START);
                    Row {
                        id: Some(span.span_id),
                        name: sanitize(&span.name),
                        service: sanitize(&origin.resource.service_name()),
                        kind: span.kind.as_str(),
                        start: span.start.since(first),
                        duration: if has_no_start { 0 } else { span.duration() },
                        self_time: self_time(analysis, index),
                        error: RowError::of(analysis, index, span),
                        note: note(span),
                        peer: peer(analysis, index, span),
                        ..Row::default()
                    }
                }
            };
            Some(Row { depth: usize::try_from(shown.depth).unwrap_or(usize::MAX), ..row })
        });
        let mut rows: Vec<Row> = rows.collect();
        if likely.has_skew() {
            let (mut start, mut duration): (Vec<u64>, Vec<u64>) =
                rows.iter().map(|row| (row.start, row.duration)).unzip();
            analysis.display_rows.place_placeholders(&mut start, &mut duration);
            for (row, (start, duration)) in rows.iter_mut().zip(start.into_iter().zip(duration)) {
                (row.start, row.duration) = (start, duration);
            }
        }
        let order: Vec<usize> = tree.rows.iter().map(|row| row.node).collect();
        let missing: HashSet<SpanId> = order
            .iter()
            .zip(&analysis.parents)
            .filter(|(_, parent)| **parent == ParentOrigin::Missing)
            .filter_map(|(node, _)| spans.get(*node)?.1.parent)
            .collect();
        Self {
            rows,
            duration: last.since(first),
            findings: Judged { spans, nodes: &order, analysis, duration: likely.duration() }.findings(),
            missing_parents: tree.missing_parents.iter().copied().filter(|id| missing.contains(id)).collect(),
            unknown_parents: tree.missing_parents.clone(),
            present: spans.iter().map(|(_, span)| span.span_id).collect(),
            has_beginning: analysis.root.is_some_and(|root| {
                matches!(analysis.parents[root], ParentOrigin::Root | ParentOrigin::Outside)
            }),
        }
    }

    #[cfg(test)]
    pub(crate) fn with_rows(rows: Vec<Row>) -> Self {
        Self { rows, ..Self::default() }
    }

    /// Whether the trace has no gap: the expected span has arrived, and no parent is missing except the remote one. If none
    /// is expected, a trace that was called from outside has none either.
    pub fn is_complete(&self, expected: Option<SpanId>, remote_parent: Option<SpanId>) -> bool {
        match expected {
            Some(id) => {
                let is_remote = |&parent: &SpanId| Some(parent) == remote_parent;
                self.present.contains(&id) && self.unknown_parents.iter().all(is_remote)
            }
            None => self.has_beginning && self.missing_parents.is_empty(),
        }
    }

    /// The rows without the placeholders.
    fn span_rows(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(|row| !row.placeholder)
    }

    pub fn spans(&self) -> usize {
        self.span_rows().count()
    }

    /// Number of distinct services.
    pub fn services(&self) -> usize {
        let names: HashSet<&str> = self.span_rows().map(|row| row.service.as_str()).collect();
        names.len()
    }

    pub fn errors(&self) -> usize {
        self.rows.iter().filter(|row| row.error != RowError::None).count()
    }
}

impl Row {
    /// What follows the name: a mark of the error and what became of it, the HTTP status or error type, and the receiver of a
    /// call that has no span.
    pub fn suffix(&self) -> String {
        let mark = match self.error {
            RowError::None => "",
            RowError::Handled => " handled",
            RowError::Background => " in the background",
            RowError::Reached => " ✗",
            RowError::RootCause => " ✗ root cause",
        };
        let note = self.note.as_ref().map(|note| format!(" {}", truncate(note, MAX_NOTE_WIDTH)));
        let peer = self.peer.as_ref().map(|peer| format!(" → {}", truncate(peer, MAX_NOTE_WIDTH)));
        format!("{mark}{}{}", note.unwrap_or_default(), peer.unwrap_or_default())
    }

    /// It stands below another row only where that likely waited for its children.
    fn placeholder(placeholder: &Placeholder, is_likely: bool) -> Self {
        let nanos = |time: i64| u64::try_from(time).unwrap_or_default();
        Self {
            id: Some(placeholder.id),
            name: format!("missing parent {}", placeholder.id),
            start: nanos(placeholder.interval.from),
            duration: nanos(placeholder.interval.length()),
            placeholder: true,
            note: is_likely.then(|| "likely here".to_owned()),
            ..Self::default()
        }
    }
}

impl RowError {
    fn of(analysis: &Analysis, row: usize, span: &Span<'_>) -> Self {
        let errors = &analysis.errors;
        if errors.root_cause.is_some_and(|cause| cause.row == row) {
            Self::RootCause
        } else if errors.handled.binary_search(&row).is_ok() {
            Self::Handled
        } else if errors.background.binary_search(&row).is_ok() {
            Self::Background
        } else if span.status.code == StatusCode::Error {
            Self::Reached
        } else {
            Self::None
        }
    }

    /// Whether it is shown as a failure of the trace.
    pub const fn has_reached_root(self) -> bool {
        matches!(self, Self::Reached | Self::RootCause)
    }
}

fn peer(analysis: &Analysis, row: usize, span: &Span<'_>) -> Option<String> {
    analysis.without_callee.binary_search(&row).ok()?;
    Peer::of(span).map(|peer| sanitize(&peer.name))
}

fn self_time(analysis: &Analysis, row: usize) -> u64 {
    let time = analysis.intervals.self_time.get(row).copied().unwrap_or_default();
    u64::try_from(time).unwrap_or_default()
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
