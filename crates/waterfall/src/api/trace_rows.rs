//! The rows of a trace for the page: in preorder, with times as offsets from the start of the trace.

use std::{borrow::Cow, collections::HashMap};

use serde::Serialize;
use trace_model::{
    Nanos, Origin, Span, SpanId, SpanKind, StatusCode,
    analysis::{ClockOffset, ClockTable, Content, DisplayRow, ParentOrigin, Placeholder},
    span_text,
    tree::{Row, Tree},
};

use super::{
    json_number::{clamp_signed_to_safe, clamp_to_safe},
    judged_rows::JudgedRows,
};

/// One span. Fields with their usual value are left out, which is most of a response with 100,000 rows.
#[derive(Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "independent fields of the response")]
pub(super) struct RowJson<'a> {
    id: SpanId,
    /// Left out when the parent is the nearest row above with a lower depth.
    #[serde(skip_serializing_if = "Option::is_none")]
    parent: Option<SpanId>,
    /// Index among the spans that share the id.
    #[serde(skip_serializing_if = "is_default")]
    occurrence: usize,
    /// Left out of a placeholder.
    #[serde(skip_serializing_if = "Option::is_none")]
    service: Option<usize>,
    name: Cow<'a, str>,
    #[serde(skip_serializing_if = "is_internal")]
    kind: &'static str,
    start: u64,
    duration: u64,
    /// Self time; left out when it is the whole duration.
    #[serde(rename = "self", skip_serializing_if = "Option::is_none")]
    self_time: Option<u64>,
    /// The parent did not wait for the span.
    #[serde(skip_serializing_if = "is_default")]
    detached: bool,
    depth: u32,
    #[serde(skip_serializing_if = "is_unset")]
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    /// Why the span failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    /// What a failed call was addressed to.
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<String>,
    /// What became of the span's error, unless it reached the root: `handled` or `background`.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'static str>,
    /// The trace's failure began here; the number of attempts.
    #[serde(skip_serializing_if = "is_default")]
    root_cause: usize,
    #[serde(skip_serializing_if = "is_default")]
    missing_parent: bool,
    /// The row that likely waited for a row whose parent is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    likely_caller: Option<usize>,
    /// A call that likely led to spans whose parent is missing, as another call may have.
    #[serde(skip_serializing_if = "is_default")]
    may_miss_callee: bool,
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
    /// The row stands for a parent that was not received.
    #[serde(skip_serializing_if = "is_default")]
    placeholder: bool,
}

/// All rows of a trace, with times from `start`.
pub(super) fn rows<'a>(
    spans: &[(Origin<'a>, Span<'a>)],
    tree: &Tree,
    judged: &JudgedRows,
    services: &mut Services<'a>,
    clocks: &[ClockOffset],
    start: Nanos,
) -> Vec<RowJson<'a>> {
    let occurrences = occurrences(spans);
    let mut ancestors = Ancestors::default();
    let mut clocks = ClockTable::new(clocks);
    let mut row_of = |shown: &DisplayRow| match shown.content {
        Content::Placeholder(placeholder) => {
            ancestors.push(shown.depth, placeholder.id);
            Some(RowJson { depth: shown.depth, ..RowJson::placeholder(&placeholder) })
        }
        Content::Span(index) => {
            let row = tree.rows.get(index)?;
            let (origin, span) = spans.get(row.node)?;
            let parent = ancestors.push(shown.depth, span.span_id);
            let json = RowJson::new(row, span, start);
            Some(RowJson {
                parent: span.parent.filter(|id| parent != Some(*id)),
                occurrence: occurrences.get(row.node).copied().unwrap_or_default(),
                service: Some(services.index(origin)),
                depth: shown.depth,
                self_time: Some(judged.self_time(index)).filter(|time| *time != json.duration),
                detached: judged.is_detached(index),
                error: judged.error(index),
                root_cause: judged.root_cause(index),
                missing_parent: judged.has_parent(index, ParentOrigin::Missing),
                likely_caller: judged.likely_caller(index),
                may_miss_callee: judged.may_miss_callee(index),
                outside_parent: judged.has_parent(index, ParentOrigin::Outside),
                ahead: clamp_signed_to_safe(clocks.ahead(origin)),
                ..json
            })
        }
    };
    judged.shown().iter().filter_map(&mut row_of).collect()
}

impl<'a> RowJson<'a> {
    /// A row in which every field has its usual value.
    const fn usual(id: SpanId) -> Self {
        Self {
            id,
            parent: None,
            occurrence: 0,
            service: None,
            name: Cow::Borrowed(""),
            kind: SpanKind::Internal.as_str(),
            start: 0,
            duration: 0,
            self_time: None,
            detached: false,
            depth: 0,
            status: StatusCode::Unset.as_str(),
            note: None,
            message: None,
            target: None,
            error: None,
            root_cause: 0,
            missing_parent: false,
            likely_caller: None,
            may_miss_callee: false,
            outside_parent: false,
            ahead: 0,
            events: 0,
            links: 0,
            flags: Vec::new(),
            placeholder: false,
        }
    }

    pub(super) const fn ahead(&self) -> i64 {
        self.ahead
    }

    /// The fields that depend on the span alone. The caller sets those that depend on other spans.
    fn new(row: &Row, span: &Span<'a>, start: Nanos) -> Self {
        Self {
            name: span.name.clone(),
            kind: span.kind.as_str(),
            start: clamp_to_safe(span.start.since(start)),
            duration: clamp_to_safe(span.duration()),
            status: span.status.code.as_str(),
            note: span_text::note(span),
            message: span_text::error_message(span),
            target: span_text::failed_target(span),
            events: span.event_count,
            links: span.link_count,
            flags: row.flags.names().chain(span.invalid_parent.then_some("invalid_parent")).collect(),
            ..Self::usual(span.span_id)
        }
    }

    fn placeholder(placeholder: &Placeholder) -> Self {
        let nanos = |time: i64| clamp_to_safe(u64::try_from(time).unwrap_or_default());
        Self {
            start: nanos(placeholder.interval.from),
            duration: nanos(placeholder.interval.length()),
            self_time: Some(0),
            placeholder: true,
            ..Self::usual(placeholder.id)
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
pub(super) struct Services<'a> {
    pub(super) names: Vec<Cow<'a, str>>,
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

/// For each span, the number of earlier spans with the same id.
fn occurrences(spans: &[(Origin<'_>, Span<'_>)]) -> Vec<usize> {
    let mut seen: HashMap<SpanId, usize> = HashMap::with_capacity(spans.len());
    let mut count = |(_, span): &(Origin<'_>, Span<'_>)| {
        let next = seen.entry(span.span_id).or_default();
        *next += 1;
        *next - 1
    };
    spans.iter().map(&mut count).collect()
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
