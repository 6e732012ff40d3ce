//! A span processor and a sampler of the application, with `init`.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use opentelemetry::trace::{Link, Span as _, SpanKind, TraceId, TraceState, Tracer};
use opentelemetry::{Context, KeyValue, global};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{
    SamplingDecision, SamplingResult, ShouldSample, Span, SpanData, SpanProcessor,
};
use telemetry::{InitError, Telemetry};
use tracing::info_span;

use super::{SERVICE, work};

/// Counts nothing and exports nothing: marks spans at their start, and passes the names of finished ones on.
#[derive(Debug)]
struct Names(Sender<String>);

impl SpanProcessor for Names {
    fn on_start(&self, span: &mut Span, _: &Context) {
        span.set_attribute(KeyValue::new("app.seen", true));
    }

    fn on_end(&self, span: SpanData) {
        let scope = span.instrumentation_scope.name();
        let _ = self.0.send(format!("{} of {scope}", span.name));
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

/// Drops spans by their name.
#[derive(Clone, Debug)]
struct ByName;

impl ShouldSample for ByName {
    fn should_sample(
        &self,
        _: Option<&Context>,
        _: TraceId,
        name: &str,
        _: &SpanKind,
        _: &[KeyValue],
        _: &[Link],
    ) -> SamplingResult {
        let decision = match name {
            "explicit" | "dropped" => SamplingDecision::Drop,
            "recorded only" => SamplingDecision::RecordOnly,
            _ => SamplingDecision::RecordAndSample,
        };
        SamplingResult { decision, attributes: Vec::new(), trace_state: TraceState::NONE }
    }
}

/// Prints what the processor has seen.
pub(super) fn own_parts() -> Result<Telemetry, InitError> {
    let (sender, names): (_, Receiver<String>) = channel();
    let telemetry =
        telemetry::builder(SERVICE).with_span_processor(Names(sender)).with_sampler(ByName).init()?;
    work();
    info_span!("around").in_scope(|| {
        for name in ["of the api", "dropped", "recorded only"] {
            global::tracer("api").start(name).end();
        }
    });
    if let Err(failure) = telemetry.flush(Duration::from_secs(20)) {
        println!("{failure}");
    }
    for name in names.try_iter() {
        println!("{name}");
    }
    Ok(telemetry)
}
