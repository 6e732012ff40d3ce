//! The open spans of a shell.

use opentelemetry::Context;
use tracing::Metadata;
use tracing::span::Id;

use super::open_span::OpenSpan;
use crate::otlp::SpanData;

/// An open span, and the metadata of its callsite.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) span: OpenSpan,
    pub(super) metadata: &'static Metadata<'static>,
}

/// The open spans of a shell.
pub(super) trait OpenSpans {
    /// Calls `access` with an open span, under its lock; `None` for the id of a span that is closed, or not traced.
    /// `access` must not create, enter or close a span.
    fn with_entry<T>(&self, id: &Id, access: impl FnOnce(&mut Entry) -> T) -> Option<T>;

    /// The context for children of a span.
    fn context_of(&self, id: &Id) -> Option<Context> {
        self.with_open_span(id, |span| span.context.clone())
    }

    /// [`Self::with_entry`] without the metadata.
    #[inline]
    fn with_open_span<T>(&self, id: &Id, access: impl FnOnce(&mut OpenSpan) -> T) -> Option<T> {
        self.with_entry(id, |entry| access(&mut entry.span))
    }

    /// Calls `access` with the data of a recording span, under its lock.
    #[inline]
    fn with_data<T>(&self, id: &Id, access: impl FnOnce(&mut SpanData) -> T) -> Option<T> {
        self.with_open_span(id, |span| span.data.as_deref_mut().map(access))?
    }
}
