//! The layer, for a process that has a `tracing` registry with layers of its own.

use std::marker::PhantomData;
use std::sync::atomic::{AtomicBool, Ordering};

use opentelemetry::Context as OtelContext;
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Dispatch, Event, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use super::open_by_id::OpenById;
use super::open_spans::{Entry, OpenSpans};
use super::recorder::Recorder;
use super::{foreign_spans, span_starter};
use crate::filter::Filter;

/// Whether this process has built a layer.
static WAS_BUILT: AtomicBool = AtomicBool::new(false);

/// Whether a subscriber of this process was given a layer.
static WAS_INSTALLED: AtomicBool = AtomicBool::new(false);

/// Whether a registry may have a layer of this crate.
#[inline]
pub(super) fn was_built() -> bool {
    WAS_BUILT.load(Ordering::Relaxed)
}

/// Whether this process has built a layer, and given it to no subscriber yet.
pub(super) fn is_left_over() -> bool {
    was_built() && !WAS_INSTALLED.load(Ordering::Relaxed)
}

/// Records the spans of a registry. Its filter is `Filtered` around it, so that it decides for this layer alone.
#[derive(Debug)]
pub(crate) struct SpanLayer {
    pub(super) recorder: Recorder,
    pub(super) open: OpenById<Entry>,
    /// Whether another layer of this crate records the spans of the registry.
    is_shadowed: AtomicBool,
}

impl SpanLayer {
    pub(crate) fn new(recorder: Recorder) -> Self {
        WAS_BUILT.store(true, Ordering::Relaxed);
        Self { recorder, open: OpenById::new(), is_shadowed: AtomicBool::new(false) }
    }

    /// The filter of the layer.
    pub(crate) fn filter(&self) -> Filter {
        self.recorder.filter.clone()
    }

    fn spans<S>(&self) -> RegistrySpans<'_, S> {
        RegistrySpans { layer: self, registry: PhantomData }
    }
}

/// The open spans of a registry of this type, as a layer sees them.
struct RegistrySpans<'a, S> {
    layer: &'a SpanLayer,
    registry: PhantomData<fn(S)>,
}

impl<S: Subscriber + for<'l> LookupSpan<'l>> OpenSpans for RegistrySpans<'_, S> {
    #[inline]
    fn with_entry<T>(&self, id: &Id, access: impl FnOnce(&mut Entry) -> T) -> Option<T> {
        self.layer.open.with(id, access)
    }

    /// A span that the layer's filter excludes hands on the context of the nearest span around it that is traced.
    fn context_of(&self, id: &Id) -> Option<OtelContext> {
        let context = |entry: &mut Entry| entry.span.context.clone();
        self.with_entry(id, context).or_else(|| {
            let dispatch = self.layer.recorder.dispatch.get()?;
            let registry = dispatch.downcast_ref::<S>()?;
            let mut around = registry.span(id)?.scope();
            around.find_map(|span| self.with_entry(&span.id(), context))
        })
    }
}

impl<S: Subscriber + for<'l> LookupSpan<'l>> Layer<S> for SpanLayer {
    fn on_register_dispatch(&self, dispatch: &Dispatch) {
        WAS_INSTALLED.store(true, Ordering::Relaxed);
        // Of several layers of this crate in one subscriber, only that which its dispatch finds records spans.
        let found = dispatch.downcast_ref::<Self>();
        self.is_shadowed.store(found.is_some_and(|found| !std::ptr::eq(found, self)), Ordering::Relaxed);
        self.recorder.dispatch.register(dispatch, |dispatch, id, access| {
            if let Some(layer) = dispatch.downcast_ref::<Self>() {
                layer.open.with(id, |entry| access(&mut entry.span));
            }
        });
    }

    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        // The filter around this layer has enabled it.
        foreign_spans::warn_of(metadata);
        Interest::always()
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, _: Context<'_, S>) {
        if self.is_shadowed.load(Ordering::Relaxed) {
            return;
        }
        let metadata = attributes.metadata();
        // Before the lock: formatting the fields runs code of the application.
        let mut prepared = span_starter::take_prepared_for(metadata)
            .unwrap_or_else(|| self.recorder.prepare_from_fields(attributes, &self.spans::<S>()));
        self.recorder.starter.run_hooks(&mut prepared);
        let span = prepared.open(id, &self.recorder.dispatch);
        self.open.insert(id, Entry { span, metadata });
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, _: Context<'_, S>) {
        self.recorder.record(id, values, &self.spans::<S>());
    }

    fn on_follows_from(&self, id: &Id, followed: &Id, _: Context<'_, S>) {
        Recorder::link(id, followed, &self.spans::<S>());
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if !self.is_shadowed.load(Ordering::Relaxed) {
            self.recorder.event(event, &self.spans::<S>());
        }
    }

    fn on_enter(&self, id: &Id, _: Context<'_, S>) {
        self.recorder.enter(id, &self.spans::<S>());
    }

    fn on_exit(&self, id: &Id, _: Context<'_, S>) {
        self.recorder.exit(id, &self.spans::<S>());
    }

    fn on_close(&self, id: Id, _: Context<'_, S>) {
        let Some(mut entry) = self.open.remove(&id) else { return };
        if let Some(closed) = entry.span.take_data() {
            self.recorder.close(closed);
        }
    }
}
