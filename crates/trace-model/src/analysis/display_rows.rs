//! The rows as they are shown: those of the tree, and a placeholder above the children of each missing parent.

use std::collections::HashMap;

use crate::{SpanId, tree::Tree};

use super::{interval::Interval, parents::ParentOrigin, rows::Rows};

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
    pub fn new(rows: &Rows<'_>, tree: &Tree, parents: &[ParentOrigin]) -> Self {
        let mut shown = Self { rows: Vec::with_capacity(rows.len()), index_of: vec![0; rows.len()] };
        for group in groups(rows, parents) {
            let below = u32::from(group.missing_parent.is_some());
            if let Some(id) = group.missing_parent {
                let placeholder = Placeholder { id, interval: group.interval(rows) };
                shown.rows.push(DisplayRow { content: Content::Placeholder(placeholder), depth: 0 });
            }
            for row in group.roots.iter().flat_map(|&root| root..rows[root].end_row) {
                shown.index_of[row] = shown.rows.len();
                let depth = tree.rows[row].depth + below;
                shown.rows.push(DisplayRow { content: Content::Span(row), depth });
            }
        }
        shown
    }
}

/// Rows of the top level that stay together: one, or all children of one missing parent.
pub(super) struct Group {
    pub(super) missing_parent: Option<SpanId>,
    /// By start.
    pub(super) roots: Vec<usize>,
}

impl Group {
    pub(super) fn interval(&self, rows: &Rows<'_>) -> Interval {
        let from = self.roots.iter().map(|&root| rows[root].start).min().unwrap_or_default();
        let to = self.roots.iter().map(|&root| rows[root].end).max().unwrap_or_default();
        Interval { from, to }
    }
}

pub(super) fn groups(rows: &Rows<'_>, parents: &[ParentOrigin]) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut group_of = HashMap::<SpanId, usize>::new();
    for root in rows.roots() {
        let is_missing = parents[root] == ParentOrigin::Missing;
        let missing_parent = rows.span(root).parent.filter(|_| is_missing);
        let next = groups.len();
        let group = missing_parent.map_or(next, |id| *group_of.entry(id).or_insert(next));
        if group == next {
            groups.push(Group { missing_parent, roots: Vec::new() });
        }
        groups[group].roots.push(root);
    }
    groups
}
