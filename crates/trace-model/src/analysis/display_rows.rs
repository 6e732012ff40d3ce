//! The rows as they are shown: those of the tree, and a placeholder above the children of each missing parent. A
//! placeholder stands below what likely waited for its children, so that all views add up time alike.

use std::collections::{BTreeMap, HashMap};

use crate::{SpanId, tree::Tree};

use super::{
    groups::{Group, groups},
    interval::Interval,
    likely_callers::LikelyCallers,
    parents::ParentOrigin,
    rows::Rows,
};

/// One row as it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DisplayRow {
    pub content: Content,
    /// Number of rows above it that enclose it.
    pub depth: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// A row of the tree.
    Span(usize),
    Placeholder(Placeholder),
}

/// Stands for a parent that was not received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placeholder {
    pub id: SpanId,
    /// From the start of its first child to the end of its last: the parent itself may have run longer.
    pub interval: Interval,
}

/// All rows of a trace as they are shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DisplayRows {
    /// In preorder.
    pub rows: Vec<DisplayRow>,
    /// By row of the tree: its index in `rows`.
    pub index_of: Vec<usize>,
}

impl DisplayRows {
    /// Children of one missing parent follow each other, at the place of the first.
    pub fn new(rows: &Rows<'_>, tree: &Tree, parents: &[ParentOrigin], callers: &LikelyCallers) -> Self {
        let groups = groups(rows, parents);
        let is_below = |group: &Group| likely_caller(group, callers).is_some();
        let (below, top): (Vec<Group>, Vec<Group>) = groups.into_iter().partition(is_below);
        let below = Below::new(rows, tree, callers, below);
        let mut shown = Self { rows: Vec::with_capacity(rows.len()), index_of: vec![0; rows.len()] };
        for group in &top {
            shown.push_group(rows, tree, &below, group);
        }
        shown
    }

    /// Moves each placeholder to where its children are shown, by the starts and durations of all rows.
    pub fn place_placeholders(&self, start: &mut [u64], duration: &mut [u64]) {
        // By depth: the extent of the rows below the next row of a lower depth.
        let mut extents: Vec<Option<(u64, u64)>> = Vec::new();
        for (row, (start, duration)) in self.rows.iter().zip(start.iter_mut().zip(duration)).rev() {
            let depth = usize::try_from(row.depth).unwrap_or(usize::MAX);
            extents.resize(depth + 2, None);
            let below = extents.pop().flatten();
            if let (Content::Placeholder(_), Some((from, to))) = (row.content, below) {
                (*start, *duration) = (from, to - from);
            }
            let own = (*start, start.saturating_add(*duration));
            let merged = |known: (u64, u64)| (known.0.min(own.0), known.1.max(own.1));
            extents[depth] = Some(extents[depth].map_or(own, merged));
        }
    }

    /// Adds a group of the top level and all that is likely below its rows. Traces that lost many spans nest deeply.
    fn push_group(&mut self, rows: &Rows<'_>, tree: &Tree, below: &Below, group: &Group) {
        let mut pending = Vec::new();
        self.begin(rows, group, 0, &mut pending);
        while let Some(subtree) = pending.last_mut() {
            if let Some(next) = below.get(subtree) {
                subtree.inserted += 1;
                let depth = subtree.depth + next.depth;
                self.begin(rows, &next.group, depth, &mut pending);
            } else if subtree.next == subtree.end {
                pending.pop();
            } else {
                let row = subtree.next;
                (subtree.next, subtree.inserted) = (row + 1, 0);
                self.index_of[row] = self.rows.len();
                let depth = subtree.depth + tree.rows[row].depth;
                self.rows.push(DisplayRow { content: Content::Span(row), depth });
            }
        }
    }

    /// Adds the placeholder of a group, if it has one, and leaves its rows pending.
    fn begin(&mut self, rows: &Rows<'_>, group: &Group, depth: u32, pending: &mut Vec<Subtree>) {
        let has_placeholder = group.missing_parent.is_some();
        if let Some(id) = group.missing_parent {
            let placeholder = Placeholder { id, interval: group.interval(rows) };
            self.rows.push(DisplayRow { content: Content::Placeholder(placeholder), depth });
        }
        let depth = depth + u32::from(has_placeholder);
        let subtree =
            |&root: &usize| Subtree { root, next: root, end: rows[root].end_row, depth, inserted: 0 };
        pending.extend(group.roots.iter().rev().map(subtree));
    }
}

/// A row of the top level with its descendants.
struct Subtree {
    root: usize,
    /// The next row to show.
    next: usize,
    end: usize,
    /// Depth at which `root` is shown.
    depth: u32,
    /// Number of groups before `next` that are shown already.
    inserted: usize,
}

/// Groups below what likely waited for them.
struct Below {
    /// By the row that comes after a group, or at which the subtree of what waited for it ends: the deepest first, then
    /// by start.
    before: HashMap<usize, Vec<Inserted>>,
}

struct Inserted {
    /// Number of rows of the tree that enclose the group.
    depth: u32,
    group: Group,
}

impl Below {
    fn new(rows: &Rows<'_>, tree: &Tree, callers: &LikelyCallers, groups: Vec<Group>) -> Self {
        let mut by_caller = BTreeMap::<usize, Vec<(i64, Group)>>::new();
        for group in groups {
            let Some(caller) = likely_caller(&group, callers) else { continue };
            by_caller.entry(caller).or_default().push((group.interval(rows).from, group));
        }
        let mut before = HashMap::<usize, Vec<Inserted>>::new();
        // From the last caller: a caller that ends where one above it ends comes first, as it is deeper.
        for (caller, mut groups) in by_caller.into_iter().rev() {
            groups.sort_by_key(|(start, _)| *start);
            let mut later = rows.children(caller).peekable();
            for (start, group) in groups {
                while later.next_if(|&child| rows[child].start <= start).is_some() {}
                let place = later.peek().copied().unwrap_or(rows[caller].end_row);
                before.entry(place).or_default().push(Inserted { depth: tree.rows[caller].depth + 1, group });
            }
        }
        Self { before }
    }

    /// The next group before the next row of a subtree, or after its last.
    fn get(&self, subtree: &Subtree) -> Option<&Inserted> {
        // What ends where a subtree begins belongs to the subtree before it.
        let is_begun = subtree.next > subtree.root;
        self.before.get(&subtree.next).filter(|_| is_begun)?.get(subtree.inserted)
    }
}

/// What likely waited for all rows of a group.
fn likely_caller(group: &Group, callers: &LikelyCallers) -> Option<usize> {
    group.missing_parent.and_then(|_| callers.of(*group.roots.first()?))
}
