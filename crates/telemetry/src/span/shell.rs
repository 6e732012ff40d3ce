//! What stores the spans of a `tracing` subscriber and calls the recorder: this crate's subscriber, or its layer.

use tracing::Dispatch;
use tracing::span::Id;

use super::layer::{self, SpanLayer};
use super::open_span::OpenSpan;
use super::open_spans::OpenSpans;
use super::recorder::Recorder;
use super::slab;
use super::subscriber::SpanSubscriber;

/// The shell of a `tracing` subscriber.
pub(super) enum Shell<'d> {
    Subscriber(&'d SpanSubscriber),
    Layer(&'d SpanLayer),
}

impl<'d> Shell<'d> {
    /// `None` for a subscriber that this crate is no part of.
    #[inline]
    pub(super) fn of(dispatch: &'d Dispatch) -> Option<Self> {
        // The question for a layer passes through all layers of a registry.
        if layer::was_built()
            && let Some(layer) = dispatch.downcast_ref()
        {
            return Some(Self::Layer(layer));
        }
        dispatch.downcast_ref().map(Self::Subscriber)
    }

    #[inline]
    pub(super) fn recorder(&self) -> &'d Recorder {
        match self {
            Self::Subscriber(subscriber) => &subscriber.recorder,
            Self::Layer(layer) => &layer.recorder,
        }
    }

    /// Whether the span stands for itself and its parent.
    pub(super) fn shares_slot(&self, id: &Id) -> bool {
        matches!(self, Self::Subscriber(_)) && slab::is_shared(id)
    }

    /// Calls `access` with an open span under its lock. `access` must not run code of the application, or create, enter or
    /// close a span.
    #[inline]
    pub(super) fn with_open_span<T>(&self, id: &Id, access: impl FnOnce(&mut OpenSpan) -> T) -> Option<T> {
        match self {
            Self::Subscriber(subscriber) => subscriber.with_open_span(id, access),
            Self::Layer(layer) => layer.open.with(id, |entry| access(&mut entry.span)),
        }
    }
}
