//! The spans of a batch as documents.
//!
//! A subsegment is nested in its parent when the batch has both and the document stays small enough. Otherwise it is a
//! document of its own, with the ids of its trace and parent, by which X-Ray puts it in its place.

use std::collections::HashMap;

use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_sdk::Resource;
use serde_json::{Map, Value};

use super::annotations::MOST_PER_TRACE;
use super::document::{Role, document, id_around, segment_around, trace_id};
use super::fit::{self, Fitted, MOST_BYTES};
use super::origin::Service;
use crate::export::hex;

/// Subsegments within each other in one document. Deeper ones are documents of their own.
const DEEPEST: usize = 16;

/// Bits of `Span.flags` (`trace.proto`): whether 0x200 is meaningful, and whether the parent is remote.
const HAS_IS_REMOTE: u32 = 0x100;
const IS_REMOTE: u32 = 0x200;

/// Writes the documents of this process.
#[derive(Debug)]
pub(in crate::xray) struct Translator {
    service: Service,
}

/// The documents of a batch.
#[derive(Debug, Default)]
pub(in crate::xray) struct Documents {
    /// JSON objects of at most 64,000 bytes.
    pub(in crate::xray) documents: Vec<Vec<u8>>,
    /// How many of them had to be cut.
    pub(in crate::xray) cut: usize,
}

/// A span of the batch with its document.
struct Node<'a> {
    span: &'a Span,
    role: Role,
    own: Map<String, Value>,
    /// The places of the subsegments in it.
    nested: Vec<usize>,
}

impl Translator {
    pub(in crate::xray) fn new(resource: &Resource) -> Self {
        Self { service: Service::new(resource) }
    }

    /// The documents of `spans`.
    pub(in crate::xray) fn documents(&self, spans: &[Span]) -> Documents {
        let mut annotations_left: HashMap<&[u8], usize> = HashMap::new();
        let mut nodes: Vec<Node<'_>> = spans
            .iter()
            .map(|span| {
                let role = Role::of(span, has_local_parent(span));
                let left = annotations_left.entry(&span.trace_id).or_insert(MOST_PER_TRACE);
                Node { span, role, own: document(span, role, &self.service, left), nested: Vec::new() }
            })
            .collect();
        let roots = nest(&mut nodes);
        let mut documents = Documents::default();
        for root in roots {
            self.add(&nodes, root, &mut documents);
        }
        documents
    }

    /// Adds the document of a node with all nested ones, or several when that one is too large.
    fn add(&self, nodes: &[Node<'_>], at: usize, to: &mut Documents) {
        let Some(node) = nodes.get(at) else { return };
        let whole = self.placed(node, assembled(nodes, at));
        if fit::length(&whole) <= MOST_BYTES {
            return to.push(whole);
        }
        match node.role {
            Role::Segment => to.push(self.placed(node, node.own.clone())),
            Role::Subsegment => to.push(independent(node.span, node.own.clone())),
            Role::Alone => {
                to.push(in_trace(node.span, segment_around(node.span, &self.service)));
                let mut call = independent(node.span, node.own.clone());
                call.insert("parent_id".to_owned(), id_around(node.span).into());
                to.push(call);
            }
        }
        for &at in &node.nested {
            self.add(nodes, at, to);
        }
    }

    /// Puts a document in its place: a segment in its trace, a call of none into a segment that is made for it.
    fn placed(&self, node: &Node<'_>, document: Map<String, Value>) -> Map<String, Value> {
        match node.role {
            Role::Segment => in_trace(node.span, document),
            Role::Subsegment => independent(node.span, document),
            Role::Alone => {
                let mut segment = segment_around(node.span, &self.service);
                segment.insert("subsegments".to_owned(), Value::Array(vec![document.into()]));
                in_trace(node.span, segment)
            }
        }
    }
}

/// A document with the ids of its trace and parent.
fn in_trace(span: &Span, mut document: Map<String, Value>) -> Map<String, Value> {
    document.insert("trace_id".to_owned(), trace_id(&span.trace_id).into());
    if !span.parent_span_id.is_empty() {
        document.insert("parent_id".to_owned(), hex(&span.parent_span_id).into());
    }
    document
}

/// A subsegment that is sent without its segment.
fn independent(span: &Span, mut document: Map<String, Value>) -> Map<String, Value> {
    document.insert("type".to_owned(), "subsegment".into());
    in_trace(span, document)
}

impl Documents {
    fn push(&mut self, document: Map<String, Value>) {
        let Fitted { bytes, is_cut } = fit::fit(document);
        self.documents.push(bytes);
        self.cut += usize::from(is_cut);
    }
}

/// Whether the parent is a span of this process. Without flags it is taken for one.
fn has_local_parent(span: &Span) -> bool {
    let is_remote = span.flags & HAS_IS_REMOTE != 0 && span.flags & IS_REMOTE != 0;
    !span.parent_span_id.is_empty() && !is_remote
}

/// Puts each subsegment into its parent where the batch has both. Returns the places of all others.
fn nest(nodes: &mut [Node<'_>]) -> Vec<usize> {
    let places: HashMap<(&[u8], &[u8]), usize> = nodes
        .iter()
        .enumerate()
        .map(|(at, node)| ((node.span.trace_id.as_slice(), node.span.span_id.as_slice()), at))
        .collect();
    let parents: Vec<Option<usize>> = nodes
        .iter()
        .map(|node| match node.role {
            Role::Subsegment => places.get(&(&node.span.trace_id, &node.span.parent_span_id)).copied(),
            Role::Segment | Role::Alone => None,
        })
        .collect();
    let mut roots = Vec::new();
    for at in 0..nodes.len() {
        let parent = parents.get(at).copied().flatten().filter(|_| ends_within(DEEPEST, at, &parents));
        match parent.and_then(|parent| nodes.get_mut(parent)) {
            Some(parent) => parent.nested.push(at),
            None => roots.push(at),
        }
    }
    roots
}

/// Whether the way up from a node ends after at most `steps`. It does not in a circle, which only a broken sender makes.
fn ends_within(steps: usize, from: usize, parents: &[Option<usize>]) -> bool {
    let up = |at: &usize| parents.get(*at).copied().flatten();
    std::iter::successors(Some(from), up).nth(steps + 1).is_none()
}

/// The document of a node with its subsegments. The depth is at most [`DEEPEST`].
fn assembled(nodes: &[Node<'_>], at: usize) -> Map<String, Value> {
    let Some(node) = nodes.get(at) else { return Map::new() };
    let mut document = node.own.clone();
    if !node.nested.is_empty() {
        let nested = node.nested.iter().map(|&at| Value::Object(assembled(nodes, at)));
        document.insert("subsegments".to_owned(), nested.collect());
    }
    document
}
