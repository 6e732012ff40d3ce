//! Serialization of several traces, each read only while it is written, so that one trace is in memory at a time.

use serde::{
    Serialize, Serializer,
    ser::{Error, SerializeSeq},
};
use trace_model::{
    TraceId, jaeger,
    otlp::{resource_logs, resource_spans},
};
use trace_store::{LocatedLogs, LocatedTrace, Store, StoredLogs, StoredTrace};

use super::streaming_body::BodyWriter;

/// Traces, and the writer that they are serialized to.
#[derive(Clone, Copy)]
pub(super) struct TraceSerializer<'w> {
    pub(super) store: &'w Store,
    pub(super) ids: &'w [TraceId],
    pub(super) writer: &'w BodyWriter,
}

impl<'w> TraceSerializer<'w> {
    /// The spans of each trace. Traces that were evicted in the meantime are left out.
    fn traces<E: Error>(self) -> impl Iterator<Item = Result<StoredTrace, E>> + use<'w, E> {
        let located = self.ids.iter().filter_map(move |id| self.store.locate(*id));
        LocatedTrace::try_read_each(located.map(move |trace| {
            self.writer.reserve(trace.bytes()).map_err(E::custom)?;
            Ok(trace)
        }))
    }

    /// The log records of each trace, by time.
    fn logs<E: Error>(self) -> impl Iterator<Item = Result<StoredLogs, E>> + use<'w, E> {
        let located = self.ids.iter().filter_map(move |id| self.store.locate_logs(*id, usize::MAX));
        LocatedLogs::try_read_each(located.map(move |logs| {
            self.writer.reserve(logs.bytes()).map_err(E::custom)?;
            Ok(logs)
        }))
    }

    pub(super) fn has_logs(self) -> bool {
        self.ids.iter().any(|id| self.store.locate_logs(*id, 0).is_some_and(|logs| logs.has_more()))
    }
}

/// OTLP's `resourceSpans`.
pub(super) struct ResourceSpans<'w>(pub(super) TraceSerializer<'w>);

impl Serialize for ResourceSpans<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        for trace in self.0.traces() {
            for group in resource_spans(&trace?.spans()) {
                list.serialize_element(&group)?;
            }
        }
        list.end()
    }
}

/// OTLP's `resourceLogs`.
pub(super) struct ResourceLogs<'w>(pub(super) TraceSerializer<'w>);

impl Serialize for ResourceLogs<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        for logs in self.0.logs() {
            let logs = logs?;
            let records: Vec<_> = logs.records().collect();
            for group in resource_logs(&records) {
                list.serialize_element(&group)?;
            }
        }
        list.end()
    }
}

/// The `data` of Jaeger's responses.
pub(super) struct JaegerTraces<'w> {
    pub(super) traces: TraceSerializer<'w>,
    /// Whether references that form a cycle are kept, as in a file. Jaeger's page cannot show them.
    pub(super) keep_cycles: bool,
}

impl Serialize for JaegerTraces<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        for trace in self.traces.traces() {
            let trace = trace?;
            let spans = trace.spans();
            let trace = jaeger::Trace::new(trace.trace_id, &spans);
            list.serialize_element(&if self.keep_cycles { trace } else { trace.without_cycles() })?;
        }
        list.end()
    }
}
