//! Lists of traces in their wire forms, read one after another while they are written: none is held for those before it.

use serde::{
    Serialize, Serializer,
    ser::{Error, SerializeSeq},
};
use trace_model::{
    TraceId, jaeger,
    otlp::{resource_logs, resource_spans},
};
use trace_store::{Store, StoredLogs, StoredTrace};

use super::streaming_body::Out;

/// Traces, and what they are written to.
#[derive(Clone, Copy)]
pub(super) struct TraceSerializer<'w> {
    pub(super) store: &'w Store,
    pub(super) ids: &'w [TraceId],
    pub(super) out: &'w Out,
}

impl<'w> TraceSerializer<'w> {
    /// One that has gone in the meantime is left out.
    fn traces<E: Error>(self) -> impl Iterator<Item = Result<StoredTrace, E>> + use<'w, E> {
        self.ids.iter().filter_map(move |id| self.store.locate(*id)).map(move |trace| {
            self.out.hold(trace.bytes()).map_err(E::custom)?;
            Ok(trace.read())
        })
    }

    /// The log records of each, by time.
    fn logs<E: Error>(self) -> impl Iterator<Item = Result<StoredLogs, E>> + use<'w, E> {
        self.ids.iter().filter_map(move |id| self.store.locate_logs(*id, usize::MAX)).map(move |logs| {
            self.out.hold(logs.bytes()).map_err(E::custom)?;
            Ok(logs.read())
        })
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
            for part in resource_spans(&trace?.spans()) {
                list.serialize_element(&part)?;
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
            for part in resource_logs(&records) {
                list.serialize_element(&part)?;
            }
        }
        list.end()
    }
}

/// What stands in `data` of Jaeger's answers.
pub(super) struct JaegerTraces<'w> {
    pub(super) listed: TraceSerializer<'w>,
    /// As a file says it, and as Jaeger's page cannot show it.
    pub(super) keep_cycles: bool,
}

impl Serialize for JaegerTraces<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        for trace in self.listed.traces() {
            let trace = trace?;
            let spans = trace.spans();
            let trace = jaeger::Trace::new(trace.trace_id, &spans);
            list.serialize_element(&if self.keep_cycles { trace } else { trace.without_cycles() })?;
        }
        list.end()
    }
}
