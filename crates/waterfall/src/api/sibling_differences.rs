//! What distinguishes a span from its siblings: attributes whose value differs from the one that most siblings share.
//!
//! Siblings have the same parent, service and name. An attribute with as many values as siblings, such as an id, says
//! nothing: only a value that more than half of the siblings share is usual.

use std::{borrow::Cow, collections::HashMap};

use serde::Serialize;
use trace_model::{Attribute, Origin, Span};

use super::attribute_values::{ValueJson, ValueLimit};

/// Siblings that a span is compared with: the first ones.
const MAX_SIBLINGS: usize = 200;
/// Attributes of each span that are compared.
const MAX_ATTRIBUTES: usize = 500;
/// Differences listed, and values in them.
const MAX_DIFFERENCES: usize = 50;
const MAX_VALUES: usize = 500;
/// Fewer siblings have nothing usual.
const MIN_SIBLINGS: usize = 2;

#[derive(Serialize)]
pub(super) struct SiblingsJson<'a> {
    /// Siblings that the span was compared with.
    compared: usize,
    differences: Vec<DifferenceJson<'a>>,
}

/// An attribute that the span has and its siblings do not, or the other way around, or with another value.
#[derive(Serialize)]
struct DifferenceJson<'a> {
    key: Cow<'a, str>,
    /// The usual value, which `shared_by` siblings have. Null when they lack the attribute.
    usual: Option<ValueJson<'a>>,
    shared_by: usize,
}

/// How many siblings have an attribute, and how many each of its values.
#[derive(Default)]
struct Values<'a> {
    spans: usize,
    counts: HashMap<&'a [u8], (usize, Option<Attribute<'a>>)>,
}

/// Compares a span with its siblings among the spans of its trace. None without enough of them.
pub(super) fn compare<'a>(
    spans: &[(Origin<'a>, Span<'a>)],
    origin: &Origin<'_>,
    span: &Span<'_>,
) -> Option<SiblingsJson<'a>> {
    let parent = span.parent?;
    let service = origin.resource.service_name();
    let siblings = || {
        spans
            .iter()
            .filter(|(other, sibling)| {
                sibling.parent == Some(parent)
                    && sibling.span_id != span.span_id
                    && sibling.name == span.name
                    && other.resource.service_name() == service
            })
            .take(MAX_SIBLINGS)
    };
    let compared = siblings().count();
    if compared < MIN_SIBLINGS {
        return None;
    }
    let mut keys: HashMap<Cow<'a, str>, Values<'a>> = HashMap::new();
    for (_, sibling) in siblings() {
        let attributes = sibling.attributes().zip(sibling.raw_attributes());
        for (attribute, raw) in attributes.take(MAX_ATTRIBUTES) {
            let values = keys.entry(attribute.key.clone()).or_default();
            values.spans += 1;
            let (count, first) = values.counts.entry(raw).or_default();
            *count += 1;
            first.get_or_insert(attribute);
        }
    }
    let own: HashMap<_, _> = span
        .attributes()
        .zip(span.raw_attributes())
        .take(MAX_ATTRIBUTES)
        .map(|(attribute, raw)| (attribute.key.into_owned(), raw))
        .collect();
    Some(SiblingsJson { compared, differences: differences(keys, &own, compared) })
}

fn differences<'a>(
    mut keys: HashMap<Cow<'a, str>, Values<'a>>,
    own: &HashMap<String, &[u8]>,
    compared: usize,
) -> Vec<DifferenceJson<'a>> {
    let is_usual = |count: usize| count * 2 > compared;
    let limit = ValueLimit::new(MAX_VALUES);
    let mut found = Vec::new();
    // An attribute that no sibling has is absent from `keys`.
    for key in own.keys() {
        if !keys.contains_key(key.as_str()) {
            keys.insert(Cow::Owned(key.clone()), Values::default());
        }
    }
    for (key, values) in keys {
        let raw = own.get(key.as_ref());
        let absent = compared.saturating_sub(values.spans);
        let usual = values.counts.into_iter().find(|(_, (count, _))| is_usual(*count));
        match (usual, raw) {
            (Some((usual, (count, Some(first)))), raw) if raw.is_none_or(|raw| *raw != usual) => {
                found.push(DifferenceJson {
                    key,
                    usual: limit.take().then(|| ValueJson::new(first.value, &limit)),
                    shared_by: count,
                });
            }
            (None, Some(_)) if is_usual(absent) => {
                found.push(DifferenceJson { key, usual: None, shared_by: absent });
            }
            _ => {}
        }
    }
    // What fewest siblings have comes first.
    found.sort_by(|a, b| b.shared_by.cmp(&a.shared_by).then_with(|| a.key.cmp(&b.key)));
    found.truncate(MAX_DIFFERENCES);
    found
}
