//! Tree layout: the spans of one trace as rows in preorder.
//!
//! [`layout`] accepts any spans in any order: duplicates, spans with a missing parent, cycles. It does not
//! recurse. Apart from one sort it is linear: a chain 10,000 deep and a parent with 100,000 children cost the same
//! per span.
//!
//! - **Order**: roots, and the children of one parent, are sorted by start time, then span id, then order of
//!   arrival.
//! - **Missing parent**: the span becomes a top-level row with [`Row::missing_parent`].
//! - **Cycle**: the earliest span of the cycle becomes a top-level row with [`Flags::CYCLE`], the others are below
//!   it.
//! - **Shared id**: a client and a server span may share one id (Zipkin). The server span becomes a child of the
//!   client span, and spans that name this id as their parent become children of the server span.
//! - **Duplicate**: any other span with an id that is taken gets [`Flags::DUPLICATE`] and has no children.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use crate::{
    id::SpanId,
    origin::Origin,
    span::{Span, SpanKind},
    time::Nanos,
};

/// The fields of a span that the layout depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Node {
    pub id: SpanId,
    pub parent: Option<SpanId>,
    pub kind: SpanKind,
    pub start: Nanos,
    pub end: Nanos,
}

impl From<&Span<'_>> for Node {
    fn from(span: &Span<'_>) -> Self {
        Self { id: span.span_id, parent: span.parent, kind: span.kind, start: span.start, end: span.end }
    }
}

/// Anomalies of a row.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Flags(u8);

impl Flags {
    /// Another span of the trace has the same id.
    pub const DUPLICATE: Self = Self(1);
    /// The span was its own ancestor. The cycle is broken here.
    pub const CYCLE: Self = Self(2);
    /// The span ends before it starts.
    pub const NEGATIVE_DURATION: Self = Self(4);
    /// The server span of a call that shares its id with the client span.
    pub const SHARED_ID: Self = Self(8);
    /// The span has no start time.
    pub const NO_START: Self = Self(16);
    /// The start or end time is implausible (2100 or later).
    pub const IMPLAUSIBLE_TIME: Self = Self(32);

    const NAMES: [(Self, &'static str); 6] = [
        (Self::DUPLICATE, "duplicate"),
        (Self::CYCLE, "cycle"),
        (Self::NEGATIVE_DURATION, "negative_duration"),
        (Self::SHARED_ID, "shared_id"),
        (Self::NO_START, "no_start_time"),
        (Self::IMPLAUSIBLE_TIME, "implausible_time"),
    ];

    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// What is wrong with the times of a node.
    fn of_times(node: &Node) -> Self {
        let mut flags = Self::default();
        if node.end < node.start {
            flags.insert(Self::NEGATIVE_DURATION);
        }
        if node.start.is_unset() {
            flags.insert(Self::NO_START);
        }
        if node.start.is_implausible() || node.end.is_implausible() {
            flags.insert(Self::IMPLAUSIBLE_TIME);
        }
        flags
    }

    const fn insert(&mut self, other: Self) {
        self.0 |= other.0;
    }

    /// Names of the flags that are set.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        Self::NAMES.into_iter().filter(move |(flag, _)| self.contains(*flag)).map(|(_, name)| name)
    }
}

/// One row of the waterfall.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// Index of the node.
    pub node: usize,
    /// Number of ancestors.
    pub depth: u32,
    /// Index of the first row after the subtree. A collapsed row continues there.
    pub end: usize,
    /// The span has a parent id that names no span of the trace.
    pub missing_parent: bool,
    pub flags: Flags,
}

/// The rows of a trace.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tree {
    /// Every node exactly once, in preorder.
    pub rows: Vec<Row>,
    /// Parent ids that name no span of the trace, without duplicates, in row order.
    pub missing_parents: Vec<SpanId>,
}

/// Lays out the spans of one trace: [`layout`] of their nodes.
pub fn layout_spans(spans: &[(Origin<'_>, Span<'_>)]) -> Tree {
    let nodes: Vec<Node> = spans.iter().map(|(_, span)| Node::from(span)).collect();
    layout(&nodes)
}

/// Lays out the spans of one trace.
pub fn layout(nodes: &[Node]) -> Tree {
    // Many traces have one span. It needs no index.
    if let [node] = nodes
        && node.parent != Some(node.id)
    {
        return only_row(node);
    }
    let mut order: Vec<usize> = (0..nodes.len()).collect();
    order.sort_unstable_by_key(|&node| nodes.get(node).map(|n| (n.start, n.id, node)));

    let mut parents = Parents::new(nodes, &order);
    parents.break_cycles(nodes, &order);
    let children = Children::new(&parents.parent_of, &order);
    let rows = preorder(nodes, &parents, &children, &order);
    let missing_parents = missing_parents(nodes, &rows);
    Tree { rows, missing_parents }
}

fn only_row(node: &Node) -> Tree {
    let row = Row {
        node: 0,
        depth: 0,
        end: 1,
        missing_parent: node.parent.is_some(),
        flags: Flags::of_times(node),
    };
    Tree { rows: vec![row], missing_parents: node.parent.into_iter().collect() }
}

/// Parent and anomalies of each node.
struct Parents {
    parent_of: Vec<Option<usize>>,
    missing: Vec<bool>,
    flags: Vec<Flags>,
}

impl Parents {
    fn new(nodes: &[Node], order: &[usize]) -> Self {
        let mut flags = vec![Flags::default(); nodes.len()];
        let spans = SpanIndex::new(nodes, order, &mut flags);
        let mut parent_of = vec![None; nodes.len()];
        let mut missing = vec![false; nodes.len()];
        for (index, node) in nodes.iter().enumerate() {
            flags[index].insert(Flags::of_times(node));
            if flags[index].contains(Flags::SHARED_ID) {
                parent_of[index] = spans.first.get(&node.id).copied();
            } else if let Some(parent) = node.parent {
                parent_of[index] = spans.parent_target(parent);
                missing[index] = parent_of[index].is_none();
            }
        }
        Self { parent_of, missing, flags }
    }

    /// Walks up from each node, visiting every node once. A walk that meets itself has found a cycle, which is
    /// then broken.
    fn break_cycles(&mut self, nodes: &[Node], order: &[usize]) {
        const UNVISITED: usize = usize::MAX;
        let mut walk_of = vec![UNVISITED; nodes.len()];
        for (walk, &first) in order.iter().enumerate() {
            let mut at = Some(first);
            while let Some(node) = at.filter(|&node| walk_of[node] == UNVISITED) {
                walk_of[node] = walk;
                at = self.parent_of[node];
            }
            if let Some(entry) = at.filter(|&node| walk_of[node] == walk) {
                self.break_cycle_at(entry, nodes);
            }
        }
    }

    fn break_cycle_at(&mut self, entry: usize, nodes: &[Node]) {
        let mut earliest = entry;
        let mut at = self.parent_of[entry];
        while let Some(node) = at.filter(|&node| node != entry) {
            let key = |index: usize| (nodes[index].start, nodes[index].id, index);
            if key(node) < key(earliest) {
                earliest = node;
            }
            at = self.parent_of[node];
        }
        self.parent_of[earliest] = None;
        self.flags[earliest].insert(Flags::CYCLE);
    }
}

/// Nodes by span id. A client and a server span that share an id are kept apart.
struct SpanIndex {
    /// The first node with the id, or the client span of a shared id.
    first: HashMap<SpanId, usize, RandomState>,
    server: HashMap<SpanId, usize, RandomState>,
}

impl SpanIndex {
    fn new(nodes: &[Node], order: &[usize], flags: &mut [Flags]) -> Self {
        let first = HashMap::with_capacity_and_hasher(nodes.len(), RandomState::default());
        let mut spans = Self { first, server: HashMap::default() };
        for &index in order {
            let node = nodes[index];
            let Some(&first) = spans.first.get(&node.id) else {
                spans.first.insert(node.id, index);
                continue;
            };
            match (nodes[first].kind, node.kind) {
                (SpanKind::Client, SpanKind::Server) if !spans.server.contains_key(&node.id) => {
                    spans.server.insert(node.id, index);
                    flags[index].insert(Flags::SHARED_ID);
                }
                // Clock skew may put the server span first. The client span is the parent all the same.
                (SpanKind::Server, SpanKind::Client) if !spans.server.contains_key(&node.id) => {
                    spans.first.insert(node.id, index);
                    spans.server.insert(node.id, first);
                    flags[first].insert(Flags::SHARED_ID);
                }
                _ => flags[index].insert(Flags::DUPLICATE),
            }
        }
        spans
    }

    /// The node that becomes the parent of spans with this parent id.
    fn parent_target(&self, id: SpanId) -> Option<usize> {
        self.server.get(&id).or_else(|| self.first.get(&id)).copied()
    }
}

/// Children of every node, sorted, in one vector.
struct Children {
    starts: Vec<usize>,
    sorted: Vec<usize>,
}

impl Children {
    fn new(parents: &[Option<usize>], order: &[usize]) -> Self {
        let mut starts = vec![0; parents.len() + 1];
        for parent in parents.iter().flatten() {
            starts[parent + 1] += 1;
        }
        for index in 1..starts.len() {
            starts[index] += starts[index - 1];
        }
        let mut next = starts.clone();
        let mut sorted = vec![0; starts.last().copied().unwrap_or(0)];
        for &node in order {
            if let Some(parent) = parents[node] {
                sorted[next[parent]] = node;
                next[parent] += 1;
            }
        }
        Self { starts, sorted }
    }

    fn of(&self, node: usize) -> &[usize] {
        &self.sorted[self.starts[node]..self.starts[node + 1]]
    }
}

fn preorder(nodes: &[Node], parents: &Parents, children: &Children, order: &[usize]) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::with_capacity(nodes.len());
    let mut open: Vec<usize> = Vec::new(); // rows whose subtree is still growing
    let mut pending: Vec<(usize, u32)> = order
        .iter()
        .rev()
        .filter(|&&node| parents.parent_of[node].is_none())
        .map(|&node| (node, 0))
        .collect();
    while let Some((node, depth)) = pending.pop() {
        close(&mut rows, &mut open, depth);
        open.push(rows.len());
        rows.push(Row {
            node,
            depth,
            end: 0,
            missing_parent: parents.missing[node],
            flags: parents.flags[node],
        });
        pending.extend(children.of(node).iter().rev().map(|&child| (child, depth + 1)));
    }
    close(&mut rows, &mut open, 0);
    rows
}

/// Ends the subtrees of all rows at `depth` or deeper.
fn close(rows: &mut [Row], open: &mut Vec<usize>, depth: u32) {
    let end = rows.len();
    while let Some(row) = open.pop_if(|row| rows[*row].depth >= depth) {
        rows[row].end = end;
    }
}

fn missing_parents(nodes: &[Node], rows: &[Row]) -> Vec<SpanId> {
    let mut seen = std::collections::HashSet::new();
    rows.iter()
        .filter(|row| row.missing_parent)
        .filter_map(|row| nodes[row.node].parent)
        .filter(|parent| seen.insert(*parent))
        .collect()
}
