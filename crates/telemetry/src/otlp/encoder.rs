//! Encodes batches as OTLP `ExportTraceServiceRequest`s.
//!
//! The spans are encoded already; this adds resource and scopes. Field numbers are those of opentelemetry-proto 1.x,
//! `trace.proto` and `resource.proto`.

use std::borrow::Cow;

use bytes::Bytes;
use opentelemetry::InstrumentationScope;
use opentelemetry_sdk::Resource;

use super::batch::{Batch, Scope};
use super::wire::{Buffer, bytes_length};
use crate::semconv;

/// Encodes requests. The parts that all requests share are encoded once.
#[derive(Debug)]
pub(crate) struct Encoder {
    /// The fields of `ResourceSpans` other than its scopes.
    resource: Vec<u8>,
    /// The head of this crate's `ScopeSpans`.
    own_scope: Vec<u8>,
}

impl Encoder {
    pub(crate) fn new(resource: &Resource) -> Self {
        let mut head = Buffer::default();
        head.message(1, |to| {
            for (key, value) in resource {
                to.attribute(1, key.as_str(), value.into());
            }
        });
        head.text(3, resource.schema_url().unwrap_or_default());
        Self { resource: head.0, own_scope: scope_head(&semconv::scope()) }
    }

    /// Encodes the request for `batch`, as a whole.
    pub(crate) fn request(&self, batch: &Batch) -> Vec<u8> {
        self.pieces(batch).concat()
    }

    /// Encodes the request for `batch`, as pieces that follow each other. The spans are not copied.
    pub(crate) fn pieces(&self, batch: &Batch) -> Vec<Bytes> {
        let heads: Vec<(Cow<'_, [u8]>, &Scope)> =
            batch.scopes().map(|scope| (self.head_of(scope), scope)).collect();
        let length_of = |(head, scope): &(Cow<'_, [u8]>, &Scope)| head.len() + scope.spans.as_slice().len();
        let scopes_length: usize = heads.iter().map(|scope| bytes_length(2, length_of(scope))).sum();
        let length = self.resource.len() + scopes_length;
        let mut head = Buffer::default();
        head.head(1, length);
        head.0.extend_from_slice(&self.resource);
        let mut pieces = Vec::with_capacity(2 * heads.len() + 1);
        for scope in &heads {
            head.head(2, length_of(scope));
            head.0.extend_from_slice(&scope.0);
            pieces.extend([std::mem::take(&mut head).0.into(), scope.1.spans.share()]);
        }
        // Without a scope, there is only the resource.
        pieces.extend((!head.0.is_empty()).then(|| head.0.into()));
        pieces
    }

    pub(super) fn resource_length(&self) -> usize {
        self.resource.len()
    }

    pub(super) fn scope_length(&self, scope: &Scope) -> usize {
        self.head_of(scope).len()
    }

    fn head_of(&self, scope: &Scope) -> Cow<'_, [u8]> {
        scope.name.as_ref().map_or(Cow::Borrowed(&*self.own_scope), |name| scope_head(name).into())
    }
}

/// Encodes the fields of `ScopeSpans` other than its spans.
fn scope_head(scope: &InstrumentationScope) -> Vec<u8> {
    let mut head = Buffer::default();
    head.message(1, |to| {
        to.text(1, scope.name());
        to.text(2, scope.version().unwrap_or_default());
        to.attributes(3, scope.attributes());
    });
    head.text(3, scope.schema_url().unwrap_or_default());
    head.0
}
