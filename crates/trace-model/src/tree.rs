//! Who is below whom: the spans of one trace as rows in preorder.
//!
//! [`layout`] answers for any spans in any order: what came twice, what names a parent that never came, what is its
//! own ancestor. Nothing recurses, and beside one sort everything is linear: a chain 10,000 deep and a parent with
//! 100,000 children cost the same per span.
//!
//! - **Order**: roots, and the children of one parent, go by start time, then span id, then order of arrival.
//! - **Missing parent**: the span is a row at the top level with [`Row::missing_parent`].
//! - **Cycle**: the earliest span of the cycle becomes a top-level row with [`Flags::CYCLE`]; the rest hangs below.
//! - **Shared id**: a client and a server span may share one id (Zipkin). The server half goes below the client
//!   half, and what names that id as its parent goes below the server half.
//! - **Duplicate**: any other span whose id was taken gets [`Flags::DUPLICATE`] and stays a leaf beside the first.

use std::collections::HashMap;

use crate::{
    id::SpanId,
    span::{Span, SpanKind},
    time::Nanos,
};

/// What the tree needs to know of a span.
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

/// What is odd about a row.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Flags(u8);

impl Flags {
    /// Its id was taken by another span of the trace.
    pub const DUPLICATE: Self = Self(1);
    /// It was its own ancestor; the tree is cut here.
    pub const CYCLE: Self = Self(2);
    /// It ends before it starts.
    pub const NEGATIVE_DURATION: Self = Self(4);
    /// It shares its id with the client half of the same call.
    pub const SHARED_ID: Self = Self(8);
    /// It came without a start time.
    pub const NO_START: Self = Self(16);
    /// It starts or ends at a time that no clock shows.
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

    const fn insert(&mut self, other: Self) {
        self.0 |= other.0;
    }

    /// The names of the flags that are set.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        Self::NAMES.into_iter().filter(move |(flag, _)| self.contains(*flag)).map(|(_, name)| name)
    }
}

/// One row of the waterfall.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// Which of the nodes this is.
    pub node: usize,
    /// How many rows are above it up to the top level.
    pub depth: u32,
    /// The first row after its subtree: to collapse is to go on from there.
    pub end: usize,
    /// It names a parent that is not there.
    pub missing_parent: bool,
    pub flags: Flags,
}

/// The rows of a trace.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tree {
    /// Every node exactly once, in preorder.
    pub rows: Vec<Row>,
    /// The parents that were named and are not there, each once, in the order of the rows that name them.
    pub missing_parents: Vec<SpanId>,
}

/// Lays out the spans of one trace.
pub fn layout(nodes: &[Node]) -> Tree {
    let mut order: Vec<usize> = (0..nodes.len()).collect();
    order.sort_unstable_by_key(|&node| nodes.get(node).map(|n| (n.start, n.id, node)));

    let mut family = Family::new(nodes, &order);
    family.cut_cycles(nodes, &order);
    let children = Children::new(&family.parents, &order);
    let rows = preorder(nodes, &family, &children, &order);
    let missing_parents = missing_parents(nodes, &rows);
    Tree { rows, missing_parents }
}

/// Each node's one parent, and what is odd about it.
struct Family {
    parents: Vec<Option<usize>>,
    missing: Vec<bool>,
    flags: Vec<Flags>,
}

impl Family {
    fn new(nodes: &[Node], order: &[usize]) -> Self {
        let mut flags = vec![Flags::default(); nodes.len()];
        let halves = Halves::new(nodes, order, &mut flags);
        let mut parents = vec![None; nodes.len()];
        let mut missing = vec![false; nodes.len()];
        for (place, node) in nodes.iter().enumerate() {
            if node.end < node.start {
                flags[place].insert(Flags::NEGATIVE_DURATION);
            }
            if node.start.is_unset() {
                flags[place].insert(Flags::NO_START);
            }
            if node.start.is_implausible() || node.end.is_implausible() {
                flags[place].insert(Flags::IMPLAUSIBLE_TIME);
            }
            if flags[place].contains(Flags::SHARED_ID) {
                parents[place] = halves.outer.get(&node.id).copied();
            } else if let Some(parent) = node.parent {
                parents[place] = halves.inner(parent);
                missing[place] = parents[place].is_none();
            }
        }
        Self { parents, missing, flags }
    }

    /// Follows every node upwards once; where that comes back to where it was, the earliest of the circle is cut off.
    fn cut_cycles(&mut self, nodes: &[Node], order: &[usize]) {
        const UNSEEN: usize = usize::MAX;
        let mut walk_of = vec![UNSEEN; nodes.len()];
        for (walk, &first) in order.iter().enumerate() {
            let mut at = Some(first);
            while let Some(node) = at.filter(|&node| walk_of[node] == UNSEEN) {
                walk_of[node] = walk;
                at = self.parents[node];
            }
            if let Some(entry) = at.filter(|&node| walk_of[node] == walk) {
                self.cut_cycle_at(entry, nodes);
            }
        }
    }

    fn cut_cycle_at(&mut self, entry: usize, nodes: &[Node]) {
        let mut earliest = entry;
        let mut at = self.parents[entry];
        while let Some(node) = at.filter(|&node| node != entry) {
            let key = |place: usize| (nodes[place].start, nodes[place].id, place);
            if key(node) < key(earliest) {
                earliest = node;
            }
            at = self.parents[node];
        }
        self.parents[earliest] = None;
        self.flags[earliest].insert(Flags::CYCLE);
    }
}

/// Which node stands for an id. The halves of a call that share an id are two.
struct Halves {
    outer: HashMap<SpanId, usize>,
    server: HashMap<SpanId, usize>,
}

impl Halves {
    fn new(nodes: &[Node], order: &[usize], flags: &mut [Flags]) -> Self {
        let mut halves = Self { outer: HashMap::with_capacity(nodes.len()), server: HashMap::new() };
        for &place in order {
            let node = nodes[place];
            let Some(&first) = halves.outer.get(&node.id) else {
                halves.outer.insert(node.id, place);
                continue;
            };
            match (nodes[first].kind, node.kind) {
                (SpanKind::Client, SpanKind::Server) if !halves.server.contains_key(&node.id) => {
                    halves.server.insert(node.id, place);
                    flags[place].insert(Flags::SHARED_ID);
                }
                // The server's clock may be early: the client half is the outer one all the same.
                (SpanKind::Server, SpanKind::Client) if !halves.server.contains_key(&node.id) => {
                    halves.outer.insert(node.id, place);
                    halves.server.insert(node.id, first);
                    flags[first].insert(Flags::SHARED_ID);
                }
                _ => flags[place].insert(Flags::DUPLICATE),
            }
        }
        halves
    }

    /// The node that children of this id belong to.
    fn inner(&self, id: SpanId) -> Option<usize> {
        self.server.get(&id).or_else(|| self.outer.get(&id)).copied()
    }
}

/// The children of every node, sorted, in one vector.
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
        for place in 1..starts.len() {
            starts[place] += starts[place - 1];
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

fn preorder(nodes: &[Node], family: &Family, children: &Children, order: &[usize]) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::with_capacity(nodes.len());
    let mut open: Vec<usize> = Vec::new(); // rows whose subtree is not finished
    let mut todo: Vec<(usize, u32)> =
        order.iter().rev().filter(|&&node| family.parents[node].is_none()).map(|&node| (node, 0)).collect();
    while let Some((node, depth)) = todo.pop() {
        close(&mut rows, &mut open, depth);
        open.push(rows.len());
        rows.push(Row {
            node,
            depth,
            end: 0,
            missing_parent: family.missing[node],
            flags: family.flags[node],
        });
        todo.extend(children.of(node).iter().rev().map(|&child| (child, depth + 1)));
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
