//! The rows of a trace for the page, in columns: of 100,000 rows that is a third of the bytes, and the browser makes no
//! object of each. Row numbers count from 0 in preorder; times are offsets from the start of the trace.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use serde::Serialize;
use trace_model::{
    Nanos, Origin, Span, SpanId, SpanKind,
    analysis::{ClockOffset, ClockTable, Content, DisplayRow, ParentOrigin, Placeholder},
    peer::Peer,
    span_text,
    tree::{Row, Tree},
};

use super::{
    columns::{Marks, Sparse, Texts},
    json_number::{clamp_signed_to_safe, clamp_to_safe},
    judged_rows::JudgedRows,
};

/// The columns up to `depth` have a value for each row.
#[derive(Debug, Default, Serialize)]
pub(super) struct RowsJson<'a> {
    id: Vec<SpanId>,
    /// What `name` has indexes into.
    names: Vec<Cow<'a, str>>,
    name: Vec<usize>,
    /// Indexes into the services of the trace. A placeholder has none.
    service: Vec<Option<usize>>,
    /// By OTLP's numbers.
    kind: Vec<u8>,
    start: Vec<u64>,
    duration: Vec<u64>,
    depth: Vec<u32>,
    /// Left out when the parent is the nearest row above with a lower depth.
    #[serde(skip_serializing_if = "Sparse::is_empty")]
    parent: Sparse<SpanId>,
    /// Index among the spans that share the id.
    #[serde(skip_serializing_if = "Sparse::is_empty")]
    occurrence: Sparse<usize>,
    /// Self time; left out when it is the whole duration.
    #[serde(rename = "self", skip_serializing_if = "Sparse::is_empty")]
    self_time: Sparse<u64>,
    /// The parent did not wait for the span.
    #[serde(skip_serializing_if = "Marks::is_empty")]
    detached: Marks,
    /// By OTLP's numbers.
    #[serde(skip_serializing_if = "Sparse::is_empty")]
    status: Sparse<u8>,
    #[serde(skip_serializing_if = "Sparse::is_empty")]
    note: Sparse<String>,
    /// Why the span failed.
    #[serde(skip_serializing_if = "Sparse::is_empty")]
    message: Sparse<String>,
    /// What a call or message without a span of its receiver was addressed to: an index into the peers of the trace.
    #[serde(skip_serializing_if = "Sparse::is_empty")]
    peer: Sparse<usize>,
    /// What became of the span's error, unless it reached the root: `handled` or `background`.
    #[serde(skip_serializing_if = "Sparse::is_empty")]
    error: Sparse<&'static str>,
    /// The trace's failure began here; the number of attempts.
    #[serde(skip_serializing_if = "Sparse::is_empty")]
    root_cause: Sparse<usize>,
    #[serde(skip_serializing_if = "Marks::is_empty")]
    missing_parent: Marks,
    /// The row that likely waited for a row whose parent is missing.
    #[serde(skip_serializing_if = "Sparse::is_empty")]
    likely_caller: Sparse<usize>,
    /// A call that likely led to spans whose parent is missing, as another call may have.
    #[serde(skip_serializing_if = "Marks::is_empty")]
    may_miss_callee: Marks,
    /// The parent is a span of a caller outside this system.
    #[serde(skip_serializing_if = "Marks::is_empty")]
    outside_parent: Marks,
    /// Nanoseconds that the clock of the span's host is ahead of the root's.
    #[serde(skip_serializing_if = "Sparse::is_empty")]
    ahead: Sparse<i64>,
    #[serde(skip_serializing_if = "Sparse::is_empty")]
    events: Sparse<u32>,
    #[serde(skip_serializing_if = "Sparse::is_empty")]
    links: Sparse<u32>,
    #[serde(skip_serializing_if = "Sparse::is_empty")]
    flags: Sparse<Vec<&'static str>>,
    /// The row stands for a parent that was not received.
    #[serde(skip_serializing_if = "Marks::is_empty")]
    placeholder: Marks,
}

/// The receiver of a call, as the caller's span names it.
#[derive(Debug, Serialize)]
pub(super) struct PeerJson {
    name: Arc<str>,
    kind: &'static str,
}

/// The spans whose times are shown, the tree that orders them, and the time from which they count.
#[derive(Clone, Copy)]
pub(super) struct Layout<'s, 'a> {
    pub(super) spans: &'s [(Origin<'a>, Span<'a>)],
    pub(super) tree: &'s Tree,
    pub(super) start: Nanos,
}

/// All rows of a trace.
pub(super) fn rows<'a>(
    Layout { spans, tree, start }: Layout<'_, 'a>,
    judged: &JudgedRows,
    services: &mut Services<'a>,
    peers: &mut Peers,
    clocks: &[ClockOffset],
) -> RowsJson<'a> {
    let occurrences = occurrences(spans);
    let mut ancestors = Ancestors::default();
    let mut names = Texts::default();
    let mut clocks = ClockTable::new(clocks);
    let mut rows = RowsJson::with_capacity(judged.shown().len());
    for DisplayRow { content, depth } in judged.shown() {
        rows.depth.push(*depth);
        match content {
            Content::Placeholder(placeholder) => {
                ancestors.push(*depth, placeholder.id);
                rows.push_placeholder(placeholder, &mut names);
            }
            Content::Span(index) => {
                let row = &tree.rows[*index];
                let (origin, span) = &spans[row.node];
                let above = ancestors.push(*depth, span.span_id);
                let at = rows.push_span(row, span, start, &mut names);
                rows.service.push(Some(services.index(origin)));
                rows.parent.push(at, span.parent.filter(|id| above != Some(*id)));
                rows.occurrence.push_unusual(at, occurrences[row.node]);
                rows.ahead.push_unusual(at, clamp_signed_to_safe(clocks.ahead(origin)));
                rows.push_judgement(at, *index, judged);
                let peer = judged.is_without_callee(*index).then(|| Peer::of(span)).flatten();
                rows.peer.push(at, peer.map(|peer| peers.index_of(peer)));
            }
        }
    }
    rows.names = names.list;
    judged.place_placeholders(&mut rows.start, &mut rows.duration);
    rows
}

impl<'a> RowsJson<'a> {
    fn with_capacity(count: usize) -> Self {
        Self {
            id: Vec::with_capacity(count),
            name: Vec::with_capacity(count),
            service: Vec::with_capacity(count),
            kind: Vec::with_capacity(count),
            start: Vec::with_capacity(count),
            duration: Vec::with_capacity(count),
            depth: Vec::with_capacity(count),
            ..Self::default()
        }
    }

    /// Adds what depends on the span alone, and returns the number of the row.
    fn push_span(&mut self, row: &Row, span: &Span<'a>, start: Nanos, names: &mut Texts<'a>) -> usize {
        let at = self.id.len();
        self.id.push(span.span_id);
        self.name.push(names.index_of(span.name.clone()));
        self.kind.push(span.kind.to_otlp());
        self.start.push(clamp_to_safe(span.start.since(start)));
        self.duration.push(clamp_to_safe(span.duration()));
        self.status.push_unusual(at, span.status.code.to_otlp());
        self.note.push(at, span_text::note(span));
        self.message.push(at, span_text::error_message(span));
        self.events.push_unusual(at, span.event_count);
        self.links.push_unusual(at, span.link_count);
        let flags = row.flags.names().chain(span.invalid_parent.then_some("invalid_parent"));
        self.flags.push_unusual(at, flags.collect());
        at
    }

    /// Adds what the analysis says of row `index` of the tree.
    fn push_judgement(&mut self, at: usize, index: usize, judged: &JudgedRows) {
        let self_time = Some(judged.self_time(index)).filter(|time| self.duration.last() != Some(time));
        self.self_time.push(at, self_time);
        self.detached.push(at, judged.is_detached(index));
        self.error.push(at, judged.error(index));
        self.root_cause.push_unusual(at, judged.root_cause(index));
        self.missing_parent.push(at, judged.has_parent(index, ParentOrigin::Missing));
        self.likely_caller.push(at, judged.likely_caller(index));
        self.may_miss_callee.push(at, judged.may_miss_callee(index));
        self.outside_parent.push(at, judged.has_parent(index, ParentOrigin::Outside));
    }

    fn push_placeholder(&mut self, placeholder: &Placeholder, names: &mut Texts<'a>) {
        let nanos = |time: i64| clamp_to_safe(u64::try_from(time).unwrap_or_default());
        let at = self.id.len();
        self.id.push(placeholder.id);
        self.name.push(names.index_of(Cow::Borrowed("")));
        self.service.push(None);
        self.kind.push(SpanKind::Internal.to_otlp());
        self.start.push(nanos(placeholder.interval.from));
        self.duration.push(nanos(placeholder.interval.length()));
        self.self_time.push(at, Some(0));
        self.placeholder.push(at, true);
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
    pub(super) names: Texts<'a>,
    /// Indexes by the encoded resource, which most spans of a service share.
    indexes: HashMap<&'a [u8], usize>,
}

impl<'a> Services<'a> {
    fn index(&mut self, origin: &Origin<'a>) -> usize {
        let names = &mut self.names;
        let index = || names.index_of(origin.resource.service_name());
        *self.indexes.entry(origin.resource.raw).or_insert_with(index)
    }
}

/// The peers, in the order of their first row.
#[derive(Default)]
pub(super) struct Peers {
    pub(super) list: Vec<PeerJson>,
    indexes: BTreeMap<Peer, usize>,
}

impl Peers {
    fn index_of(&mut self, peer: Peer) -> usize {
        let list = &mut self.list;
        *self.indexes.entry(peer).or_insert_with_key(|Peer { kind, name }| {
            list.push(PeerJson { name: name.clone(), kind: kind.as_str() });
            list.len() - 1
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
