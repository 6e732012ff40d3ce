//! Span processors and exporters of the application as destinations: each has a queue and a thread of its own.

use std::any::type_name;
use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use opentelemetry::Context;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{Span, SpanData, SpanExporter, SpanProcessor};

use super::block_on::block_on;
use super::pending::Pending;
use super::sink::{Accepted, Failure, Sink};
use super::span_export::NamedSink;
use crate::error_chain;
use crate::otlp::Batch;

/// A span processor or exporter of the application.
pub(crate) trait Consumer: Debug + Send + Sync {
    /// The name of its type, also as `otel.component.type`.
    fn kind(&self) -> &'static str;

    fn set_resource(&mut self, resource: &Resource);

    /// Hands finished spans over, within `limit` where that can be bounded.
    fn consume(&self, spans: Vec<SpanData>, limit: Duration) -> Result<Accepted, Failure>;

    fn force_flush(&self) -> OTelSdkResult;

    fn shutdown(&self, limit: Duration) -> OTelSdkResult;

    /// The processor, which sees the start of spans, too; `None` for an exporter.
    fn processor(&self) -> Option<&dyn SpanProcessor> {
        None
    }
}

/// A processor of the application.
#[derive(Debug)]
pub(crate) struct Processor<P>(pub(crate) P);

impl<P: SpanProcessor> Consumer for Processor<P> {
    fn kind(&self) -> &'static str {
        type_name::<P>()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.0.set_resource(resource);
    }

    /// A panic concerns one span.
    fn consume(&self, spans: Vec<SpanData>, _: Duration) -> Result<Accepted, Failure> {
        let mut accepted = Accepted::default();
        for span in spans {
            if let Err(panic) = guarded(|| self.0.on_end(span)) {
                accepted.rejected += 1;
                accepted.message = format!("{} panicked in on_end: {panic}", self.kind());
            }
        }
        Ok(accepted)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.0.force_flush()
    }

    fn shutdown(&self, limit: Duration) -> OTelSdkResult {
        self.0.shutdown_with_timeout(limit)
    }

    fn processor(&self) -> Option<&dyn SpanProcessor> {
        Some(&self.0)
    }
}

/// An exporter of the application.
#[derive(Debug)]
pub(crate) struct Exporter<E>(pub(crate) E);

impl<E: SpanExporter> Consumer for Exporter<E> {
    fn kind(&self) -> &'static str {
        type_name::<E>()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.0.set_resource(resource);
    }

    /// Nothing is tried again: that is the exporter's responsibility.
    fn consume(&self, spans: Vec<SpanData>, limit: Duration) -> Result<Accepted, Failure> {
        let failed = |why: String| Failure::Permanent(format!("{}: {why}", self.kind()));
        match guarded(|| block_on(self.0.export(spans), limit)) {
            Ok(Some(Ok(()))) => Ok(Accepted::default()),
            Ok(Some(Err(error))) => Err(failed(error.to_string())),
            Ok(None) => Err(failed(format!("export took longer than {limit:?}"))),
            Err(panic) => Err(failed(format!("export panicked: {panic}"))),
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.0.force_flush()
    }

    fn shutdown(&self, limit: Duration) -> OTelSdkResult {
        self.0.shutdown_with_timeout(limit)
    }
}

/// All processors and exporters of the application, in the order in which they were added.
#[derive(Clone, Debug, Default)]
pub(crate) struct Consumers(Vec<Arc<dyn Consumer>>);

impl Consumers {
    /// Tells each the resource.
    pub(crate) fn new(consumers: Vec<Box<dyn Consumer>>, resource: &Resource) -> Self {
        let shared = |mut consumer: Box<dyn Consumer>| {
            consumer.set_resource(resource);
            Arc::from(consumer)
        };
        Self(consumers.into_iter().map(shared).collect())
    }

    /// A destination for each.
    pub(crate) fn sinks(&self) -> impl Iterator<Item = NamedSink> {
        let sink = |consumer: &Arc<dyn Consumer>| -> NamedSink {
            (consumer.kind(), Box::new(CustomSink(Arc::clone(consumer))))
        };
        self.0.iter().map(sink)
    }

    /// Whether any of them sees the start of spans.
    pub(crate) fn see_starts(&self) -> bool {
        self.0.iter().any(|consumer| consumer.processor().is_some())
    }

    /// Calls every processor's `on_start`. Returns what panicked.
    pub(crate) fn on_start(&self, span: &mut Span, parent: &Context) -> Vec<String> {
        let mut panics = Vec::new();
        for consumer in &self.0 {
            let Some(processor) = consumer.processor() else { continue };
            if let Err(panic) = guarded(|| processor.on_start(span, parent)) {
                panics.push(format!("{} panicked in on_start: {panic}", consumer.kind()));
            }
        }
        panics
    }

    /// Flushes all at once, until `deadline`. Returns whether all succeeded.
    pub(crate) fn flush(&self, deadline: Instant) -> bool {
        self.each(deadline, "force_flush", |consumer, _| consumer.force_flush())
    }

    /// Shuts all down at once, until `deadline`. Returns whether all succeeded.
    pub(crate) fn shutdown(&self, deadline: Instant) -> bool {
        self.each(deadline, "shutdown", |consumer, limit| consumer.shutdown(limit))
    }

    fn each(
        &self,
        deadline: Instant,
        method: &'static str,
        call: fn(&dyn Consumer, Duration) -> OTelSdkResult,
    ) -> bool {
        let limit = deadline.saturating_duration_since(Instant::now());
        let begin = |consumer: &Arc<dyn Consumer>| {
            let consumer = Arc::clone(consumer);
            Pending::begin(move || {
                let outcome = guarded(|| call(&*consumer, limit).map_err(|error| error.to_string()));
                let failure = outcome.flatten().err();
                if let Some(reason) = &failure {
                    let kind = consumer.kind();
                    tracing::warn!(target: "telemetry::export", reason, "{method} of {kind} failed");
                }
                failure.is_none()
            })
        };
        let pending: Vec<Pending> = self.0.iter().map(begin).collect();
        let succeeded: Vec<bool> = pending.into_iter().map(|pending| pending.wait(deadline)).collect();
        !succeeded.contains(&false)
    }
}

/// Decodes batches for one processor or exporter.
#[derive(Debug)]
struct CustomSink(Arc<dyn Consumer>);

impl Sink for CustomSink {
    fn send(&mut self, batch: &Batch, limit: Duration) -> Result<Accepted, Failure> {
        self.0.consume(batch.to_sdk(), limit)
    }
}

/// Runs code of the application. A panic becomes its message.
pub(crate) fn guarded<T>(call: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(call)).map_err(|panic| error_chain::of_panic(&*panic))
}
