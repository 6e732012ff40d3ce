//! The rows of a trace's tree, each with the facts about its span that an analysis needs.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use crate::{
    Nanos, Origin, Resource, Span, SpanKind, StatusCode, Value,
    tree::{self, Flags, Tree},
    value::raw_key,
};

/// `Span.flags`: whether the parent's process is known to be another or the same (`trace.proto`).
const HAS_IS_REMOTE: u32 = 0x100;
const IS_REMOTE: u32 = 0x200;
/// Attributes of a call that was answered, in the conventions of today and of before.
const RESPONSE_STATUS: [&str; 2] = ["http.response.status_code", "http.status_code"];
/// An attribute of a call of gRPC that was answered.
const GRPC_STATUS: &str = "rpc.grpc.status_code";
/// UNKNOWN, `DEADLINE_EXCEEDED`, UNIMPLEMENTED, INTERNAL, UNAVAILABLE, `DATA_LOSS`: errors of a server, by the conventions.
const GRPC_SERVER_ERRORS: [i64; 6] = [2, 4, 12, 13, 14, 15];
/// Attributes of a call to a database, likewise.
const DATABASE_SYSTEM: [&str; 2] = ["db.system.name", "db.system"];
/// Later times are cut to this, 73 years, so that sums cannot overflow.
const LATEST: i64 = i64::MAX / 4;

/// One row: its place in the tree, and facts about its span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, each asked for by name")]
pub struct Row {
    /// The row of the parent; `None` at the top level.
    pub parent: Option<usize>,
    /// The first row after its subtree.
    pub end_row: usize,
    /// The span names a parent that is not in the trace.
    pub is_orphan: bool,
    pub kind: SpanKind,
    /// Nanoseconds since the start of the trace. `end` is never before `start`.
    pub start: i64,
    pub end: i64,
    /// The span came without a start time: its times mean nothing.
    pub has_no_time: bool,
    /// Its status is Error.
    pub is_error: bool,
    /// It has an error, or answered with the status of one, of HTTP or gRPC: some servers set no error then.
    pub has_failed: bool,
    /// The call was answered: it has no error, or one that the callee reported.
    pub is_answered: bool,
    /// Whether the parent was in another process, where the sender says so.
    pub is_parent_remote: Option<bool>,
    /// A call to a database or a cache: no server span can answer it.
    pub is_database_call: bool,
    /// Which of [`Rows::processes`] made it.
    pub process: usize,
}

impl Row {
    /// All but the parent and the process.
    fn new(row: &tree::Row, span: &Span<'_>, trace_start: Nanos) -> Self {
        let offset = |time: Nanos| i64::try_from(time.since(trace_start)).unwrap_or(i64::MAX).min(LATEST);
        let has_no_time = row.flags.contains(Flags::NO_START);
        let start = if has_no_time { 0 } else { offset(span.start) };
        let is_error = span.status.code == StatusCode::Error;
        Self {
            parent: None,
            end_row: row.end,
            is_orphan: row.missing_parent,
            kind: span.kind,
            start,
            end: if has_no_time { start } else { offset(span.end).max(start) },
            has_no_time,
            is_error,
            has_failed: is_error || (span.kind == SpanKind::Server && has_failed_status(span)),
            is_answered: !is_error || has_any_attribute(span, &RESPONSE_STATUS),
            is_parent_remote: (span.flags & HAS_IS_REMOTE != 0).then_some(span.flags & IS_REMOTE != 0),
            is_database_call: span.kind == SpanKind::Client && has_any_attribute(span, &DATABASE_SYSTEM),
            process: 0,
        }
    }

    pub const fn duration(&self) -> i64 {
        self.end - self.start
    }
}

/// What the resource of a span says about who made it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Process {
    pub service: String,
    /// `host.id`, else `host.name`.
    pub host: Option<String>,
    /// `service.instance.id`, else `process.pid`: tells processes of one service and host apart.
    pub instance: Option<String>,
}

impl Process {
    /// Reads it from a resource's attributes.
    pub fn of(resource: &Resource<'_>) -> Self {
        let (mut host_id, mut host_name, mut instance, mut pid) = (None, None, None, None);
        for attribute in resource.attributes() {
            let slot = match attribute.key.as_ref() {
                "host.id" => &mut host_id,
                "host.name" => &mut host_name,
                "service.instance.id" => &mut instance,
                "process.pid" => &mut pid,
                _ => continue,
            };
            *slot = match attribute.value {
                Value::String(text) if !text.is_empty() => Some(text.into_owned()),
                Value::Int(number) => Some(number.to_string()),
                _ => None,
            };
        }
        Self {
            service: resource.service_name().into_owned(),
            host: host_id.or(host_name),
            instance: instance.or(pid),
        }
    }
}

/// The rows of one trace in preorder, and the processes that made their spans.
#[derive(Debug, Clone)]
pub struct Rows<'a> {
    facts: Vec<Row>,
    /// The span of each row.
    spans: Vec<&'a Span<'a>>,
    pub processes: Vec<Process>,
}

impl<'a> Rows<'a> {
    /// Collects the facts of the spans that `tree` lays out.
    ///
    /// # Panics
    /// When `tree` is not the layout of `spans`.
    pub fn new(spans: &'a [(Origin<'a>, Span<'a>)], tree: &Tree) -> Self {
        let started = spans.iter().map(|(_, span)| span.start).filter(|start| !start.is_unset());
        let trace_start = started.min().unwrap_or_default();
        let mut processes = Processes::default();
        let mut ancestors: Vec<usize> = Vec::new();
        let mut rows = Self {
            facts: Vec::with_capacity(spans.len()),
            spans: Vec::with_capacity(spans.len()),
            processes: Vec::new(),
        };
        for (index, row) in tree.rows.iter().enumerate() {
            let (origin, span) = &spans[row.node];
            ancestors.truncate(usize::try_from(row.depth).unwrap_or(usize::MAX));
            let parent = ancestors.last().copied();
            ancestors.push(index);
            let process = processes.index_of(origin);
            rows.facts.push(Row { parent, process, ..Row::new(row, span, trace_start) });
            rows.spans.push(span);
        }
        rows.processes = processes.list;
        rows
    }

    /// The span of a row.
    pub fn span(&self, row: usize) -> &'a Span<'a> {
        self.spans[row]
    }

    pub fn len(&self) -> usize {
        self.facts.len()
    }

    pub fn is_empty(&self) -> bool {
        self.facts.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = (usize, &Row)> {
        self.facts.iter().enumerate()
    }

    /// The rows of the children of a row, by start.
    pub fn children(&self, row: usize) -> impl Iterator<Item = usize> + '_ {
        self.siblings(row + 1, self.facts.get(row).map_or(0, |row| row.end_row))
    }

    /// The rows at the top level.
    pub fn roots(&self) -> impl Iterator<Item = usize> + '_ {
        self.siblings(0, self.facts.len())
    }

    fn siblings(&self, first: usize, end: usize) -> impl Iterator<Item = usize> + '_ {
        let mut next = first;
        std::iter::from_fn(move || {
            let row = next;
            let end_row = self.facts.get(row).filter(|_| row < end)?.end_row;
            next = end_row.max(row + 1);
            Some(row)
        })
    }

    /// The root that the trace is about: the longest span without a parent, or else the longest whose parent is missing.
    pub fn main_root(&self) -> Option<usize> {
        self.roots().max_by_key(|&root| {
            let row = &self.facts[root];
            let is_first = self.spans[root].parent.is_none();
            (is_first, row.is_orphan, row.duration(), std::cmp::Reverse(root))
        })
    }

    /// Whether one clock made the times of both rows, as far as their resources say. `None`: they do not say.
    pub fn share_clock(&self, one: usize, other: usize) -> Option<bool> {
        let (one, other) = (self.facts[one].process, self.facts[other].process);
        if one == other {
            return Some(true);
        }
        match (&self.processes[one].host, &self.processes[other].host) {
            (Some(one), Some(other)) => Some(one == other),
            _ => None,
        }
    }
}

impl std::ops::Index<usize> for Rows<'_> {
    type Output = Row;

    fn index(&self, row: usize) -> &Row {
        &self.facts[row]
    }
}

/// The processes in the order in which the rows name them.
#[derive(Default)]
struct Processes<'a> {
    list: Vec<Process>,
    /// By the bytes of the resource: most spans of a process share one.
    known: HashMap<&'a [u8], usize, RandomState>,
    /// Resources may differ in other attributes.
    by_process: HashMap<Process, usize, RandomState>,
}

impl<'a> Processes<'a> {
    fn index_of(&mut self, origin: &Origin<'a>) -> usize {
        let (list, by_process) = (&mut self.list, &mut self.by_process);
        *self.known.entry(origin.resource.raw).or_insert_with(|| {
            let process = Process::of(&origin.resource);
            *by_process.entry(process).or_insert_with_key(|process| {
                list.push(process.clone());
                list.len() - 1
            })
        })
    }
}

fn has_failed_status(span: &Span<'_>) -> bool {
    span.attributes().any(|attribute| match attribute.key.as_ref() {
        key if RESPONSE_STATUS.contains(&key) => matches!(attribute.value, Value::Int(500..)),
        GRPC_STATUS => matches!(attribute.value, Value::Int(code) if GRPC_SERVER_ERRORS.contains(&code)),
        _ => false,
    })
}

fn has_any_attribute(span: &Span<'_>, keys: &[&str]) -> bool {
    let mut named = span.raw_attributes().filter_map(raw_key);
    named.any(|key| keys.iter().any(|wanted| wanted.as_bytes() == key))
}
