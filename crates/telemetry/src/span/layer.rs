//! The layer, for a process that has a `tracing` registry with layers of its own.
//!
//! The open spans are in the registry, each in the extensions of its span.

use opentelemetry::Context as OtelContext;
use parking_lot::Mutex;
use tracing::span::{Attributes, Id, Record};
use tracing::{Dispatch, Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::{LookupSpan, SpanRef};

use super::open_spans::{Entry, OpenSpans};
use super::recorder::Recorder;
use super::span_stack::Owner;
use super::span_starter;
use crate::filter::Filter;

/// Records the spans of a registry. Its filter is `Filtered` around it, so that it decides for this layer alone.
#[derive(Debug)]
pub(crate) struct SpanLayer {
    pub(super) recorder: Recorder,
    /// Finds an open span in the registry; `None` until the layer is part of a subscriber.
    find: Option<Find>,
}

/// Calls its argument with an open span. The type of the registry is known only to this function.
type Find = fn(&Dispatch, Owner, &Id, &mut dyn FnMut(&mut Entry));

/// An open span in the extensions of the registry.
///
/// It has a lock of its own, because the lock of the extensions is held by other layers while they run code of the
/// application: reading extensions within another reader is possible, and writing is not.
#[derive(Debug)]
struct Slot {
    owner: Owner,
    entry: Mutex<Entry>,
}

impl SpanLayer {
    pub(crate) fn new(recorder: Recorder) -> Self {
        Self { recorder, find: None }
    }

    /// Calls `access` with an open span of `dispatch`, the subscriber that this layer is part of, under the span's lock.
    /// `access` must not create, enter or close a span.
    pub(super) fn with_entry<T>(
        &self,
        dispatch: &Dispatch,
        id: &Id,
        access: impl FnOnce(&mut Entry) -> T,
    ) -> Option<T> {
        let (mut access, mut result) = (Some(access), None);
        let find = self.find?;
        find(dispatch, self.recorder.owner, id, &mut |entry| {
            result = access.take().map(|access| access(entry));
        });
        result
    }

    /// The filter of the layer.
    pub(crate) fn filter(&self) -> Filter {
        self.recorder.filter.clone()
    }

    fn spans<'a, S>(&'a self, registry: &'a Context<'a, S>) -> RegistrySpans<'a, S> {
        RegistrySpans { layer: self, registry }
    }
}

/// The open spans of a registry, as a layer sees them.
struct RegistrySpans<'a, S> {
    layer: &'a SpanLayer,
    registry: &'a Context<'a, S>,
}

impl<S: Subscriber + for<'l> LookupSpan<'l>> OpenSpans for RegistrySpans<'_, S> {
    #[inline]
    fn with_entry<T>(&self, id: &Id, access: impl FnOnce(&mut Entry) -> T) -> Option<T> {
        with_entry(&self.registry.span(id)?, self.layer.recorder.owner, access)
    }

    /// A span that the layer's filter excludes hands on the context of the nearest span around it that is traced.
    fn context_of(&self, id: &Id) -> Option<OtelContext> {
        let context = |entry: &mut Entry| entry.span.context.clone();
        self.with_entry(id, context).or_else(|| {
            let dispatch = self.layer.recorder.dispatch.get()?;
            let registry = dispatch.downcast_ref::<S>()?;
            let mut around = registry.span(id)?.scope();
            around.find_map(|span| with_entry(&span, self.layer.recorder.owner, context))
        })
    }
}

/// Calls `access` with the open span of `owner` in these extensions.
#[inline]
fn with_entry<T, S: for<'l> LookupSpan<'l>>(
    span: &SpanRef<'_, S>,
    owner: Owner,
    access: impl FnOnce(&mut Entry) -> T,
) -> Option<T> {
    let extensions = span.extensions();
    let slot = extensions.get::<Slot>().filter(|slot| slot.owner == owner)?;
    let mut entry = slot.entry.lock();
    Some(access(&mut entry))
}

fn find<S: Subscriber + for<'l> LookupSpan<'l>>(
    dispatch: &Dispatch,
    owner: Owner,
    id: &Id,
    access: &mut dyn FnMut(&mut Entry),
) {
    if let Some(span) = dispatch.downcast_ref::<S>().and_then(|registry| registry.span(id)) {
        with_entry(&span, owner, access);
    }
}

impl<S: Subscriber + for<'l> LookupSpan<'l>> Layer<S> for SpanLayer {
    fn on_layer(&mut self, _: &mut S) {
        self.find = Some(find::<S>);
    }

    fn on_register_dispatch(&self, dispatch: &Dispatch) {
        self.recorder.dispatch.register(dispatch, |dispatch, id, access| {
            if let Some(layer) = dispatch.downcast_ref::<Self>() {
                layer.with_entry(dispatch, id, |entry| access(&mut entry.span));
            }
        });
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let metadata = attributes.metadata();
        // Before the lock of the extensions: formatting the fields runs code of the application.
        let mut prepared = span_starter::take_prepared_for(metadata)
            .unwrap_or_else(|| self.recorder.prepare_from_fields(attributes, &self.spans(&context)));
        let open_span = prepared.open(id, &self.recorder.dispatch);
        let mut extensions = span.extensions_mut();
        // A second layer of this crate in the same registry leaves the spans to the first.
        if extensions.get_mut::<Slot>().is_none() {
            let entry = Mutex::new(Entry { span: open_span, metadata });
            extensions.insert(Slot { owner: self.recorder.owner, entry });
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        self.recorder.record(id, values, &self.spans(&context));
    }

    fn on_follows_from(&self, id: &Id, followed: &Id, context: Context<'_, S>) {
        Recorder::link(id, followed, &self.spans(&context));
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        self.recorder.event(event, &self.spans(&context));
    }

    fn on_enter(&self, id: &Id, context: Context<'_, S>) {
        self.recorder.enter(id, &self.spans(&context));
    }

    fn on_exit(&self, id: &Id, context: Context<'_, S>) {
        self.recorder.exit(id, &self.spans(&context));
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        self.spans(&context).with_open_span(&id, |span| self.recorder.close(span));
    }
}
