//! Encodes batches as OTLP `ExportTraceServiceRequest`s.
//!
//! The spans are encoded already; this adds resource and scopes. Field numbers are those of opentelemetry-proto 1.x,
//! `trace.proto` and `resource.proto`.

use std::borrow::Cow;

use opentelemetry::{InstrumentationScope, Value};

use super::batch::{Batch, Scope};
use super::wire::{Buffer, bytes_length};

/// Encodes requests. The parts that all requests share are encoded once.
#[derive(Debug)]
pub(crate) struct Encoder {
    /// The `resource` field of `ResourceSpans`, with its tag.
    resource: Vec<u8>,
    /// The head of this crate's `ScopeSpans`.
    own_scope: Vec<u8>,
}

impl Encoder {
    pub(crate) fn new<'a>(attributes: impl IntoIterator<Item = (&'a opentelemetry::Key, &'a Value)>) -> Self {
        let mut resource = Buffer::default();
        resource.message(1, |to| {
            for (key, value) in attributes {
                to.attribute(1, key.as_str(), value.into());
            }
        });
        let own = InstrumentationScope::builder("telemetry").with_version(env!("CARGO_PKG_VERSION")).build();
        Self { resource: resource.0, own_scope: scope_head(&own) }
    }

    /// Encodes the request for `batch`.
    pub(crate) fn request(&self, batch: &Batch) -> Vec<u8> {
        let heads: Vec<(Cow<'_, [u8]>, &Scope)> =
            batch.scopes().map(|scope| (self.head_of(scope), scope)).collect();
        // Lengths are computed first, so that all bytes are written once, at their final place.
        let length_of = |(head, scope): &(Cow<'_, [u8]>, &Scope)| head.len() + scope.spans.0.len();
        let scopes_length: usize = heads.iter().map(|scope| bytes_length(2, length_of(scope))).sum();
        let length = self.resource.len() + scopes_length;
        let mut request = Buffer(Vec::with_capacity(bytes_length(1, length)));
        request.head(1, length);
        request.0.extend_from_slice(&self.resource);
        for scope in &heads {
            request.head(2, length_of(scope));
            request.0.extend_from_slice(&scope.0);
            request.0.extend_from_slice(&scope.1.spans.0);
        }
        request.0
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
    if let Some(schema) = scope.schema_url() {
        head.text(3, schema);
    }
    head.0
}
