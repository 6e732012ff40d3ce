//! Rows of the top level that stay together: the children of one missing parent.

use std::collections::HashMap;

use crate::SpanId;

use super::{interval::Interval, parents::ParentOrigin, rows::Rows};

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
