//! Finds references that close a cycle, which Jaeger's page cannot display.
//!
//! The page treats the first reference of a span to a span of the same trace as its parent, whether it is the
//! parent or a link. It compares span ids only, and follows parents until there is none. Spans in a cycle are not
//! shown, and for some traces the page stays blank or hangs.

use std::collections::{HashMap, HashSet};

use super::reference::{CHILD_OF, FOLLOWS_FROM, references};
use crate::{id::SpanId, span::Span};

/// References to leave out: index of the span, and index of the reference among its references.
pub(super) type CycleClosers = HashSet<(usize, usize)>;

/// Returns the references that close a cycle. Parents are added first, in the order of the spans, then links.
///
/// A union-find structure, without recursion: the cost of a span does not depend on its depth.
pub(super) fn find_cycle_closers<'s, 'a: 's>(
    spans: &(impl Iterator<Item = &'s Span<'a>> + Clone),
) -> CycleClosers {
    let mut index_of: HashMap<SpanId, usize> = HashMap::new();
    let mut forest = Forest::default();
    for (index, span) in spans.clone().enumerate() {
        index_of.entry(span.span_id).or_insert(index);
        forest.0.push(index);
    }
    let mut closers = CycleClosers::new();
    for ref_type in [CHILD_OF, FOLLOWS_FROM] {
        for (index, span) in spans.clone().enumerate() {
            for (number, reference) in references(span).enumerate() {
                let parent = index_of.get(&reference.span_id).filter(|_| reference.ref_type == ref_type);
                let Some(parent) = parent else { continue };
                if forest.has_parent(index) || forest.attach(index, *parent) {
                    break;
                }
                closers.insert((index, number));
            }
        }
    }
    closers
}

/// Union-find forest: for each span the index of an ancestor, or its own index if it is a root.
#[derive(Default)]
struct Forest(Vec<usize>);

impl Forest {
    fn ancestor(&self, index: usize) -> usize {
        self.0.get(index).copied().unwrap_or(index)
    }

    fn has_parent(&self, index: usize) -> bool {
        self.ancestor(index) != index
    }

    fn set_ancestor(&mut self, index: usize, ancestor: usize) {
        if let Some(entry) = self.0.get_mut(index) {
            *entry = ancestor;
        }
    }

    /// Finds the root with path halving.
    fn root(&mut self, mut index: usize) -> usize {
        while self.has_parent(index) {
            let next = self.ancestor(self.ancestor(index));
            self.set_ancestor(index, next);
            index = next;
        }
        index
    }

    /// Puts a root below `parent`. Returns false, and leaves it a root, if that would close a cycle.
    fn attach(&mut self, index: usize, parent: usize) -> bool {
        let root = self.root(parent);
        self.set_ancestor(index, root);
        root != index
    }
}
