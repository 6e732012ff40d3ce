//! References that run in a circle. Jaeger's page takes the first reference of a span to one of its trace for the way up,
//! be it to the parent or a link, and looks at span ids alone. It follows the way to its end: of spans in a circle it shows
//! nothing, and of some traces it is blank or stands still.

use std::collections::{HashMap, HashSet};

use super::reference::{CHILD_OF, FOLLOWS_FROM, references};
use crate::{id::SpanId, span::Span};

/// References to be left out: the place of the span, and that of the reference among its references.
pub(super) type Cut = HashSet<(usize, usize)>;

/// What closes a circle: parents in the order of the spans, then links. Nothing recurses, and a span costs the same
/// however deep it is.
pub(super) fn cycles<'s, 'a: 's>(spans: &(impl Iterator<Item = &'s Span<'a>> + Clone)) -> Cut {
    let mut places: HashMap<SpanId, usize> = HashMap::new();
    let mut tops = Tops::default();
    for (place, span) in spans.clone().enumerate() {
        places.entry(span.span_id).or_insert(place);
        tops.0.push(place);
    }
    let mut cut = Cut::new();
    for ref_type in [CHILD_OF, FOLLOWS_FROM] {
        for (place, span) in spans.clone().enumerate() {
            for (number, reference) in references(span).enumerate() {
                let above = places.get(&reference.span_id).filter(|_| reference.ref_type == ref_type);
                let Some(above) = above else { continue };
                if tops.is_below(place) || tops.hang(place, *above) {
                    break;
                }
                cut.insert((place, number));
            }
        }
    }
    cut
}

/// For each span one that is above it, or itself where none is.
#[derive(Default)]
struct Tops(Vec<usize>);

impl Tops {
    fn above(&self, place: usize) -> usize {
        self.0.get(place).copied().unwrap_or(place)
    }

    fn is_below(&self, place: usize) -> bool {
        self.above(place) != place
    }

    fn set(&mut self, place: usize, above: usize) {
        if let Some(entry) = self.0.get_mut(place) {
            *entry = above;
        }
    }

    /// The way is half as long when it is gone again.
    fn top(&mut self, mut place: usize) -> usize {
        while self.is_below(place) {
            let next = self.above(self.above(place));
            self.set(place, next);
            place = next;
        }
        place
    }

    /// Puts a span that has none above it below another; not where that would close a circle.
    fn hang(&mut self, place: usize, above: usize) -> bool {
        let top = self.top(above);
        self.set(place, top);
        top != place
    }
}
