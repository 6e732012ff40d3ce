//! What is read from and written to headers.
//!
//! - `w3c`, `b3`, `xray`: trace contexts, each after its own specification, strictly
//! - `baggage`: application values
//! - `policy`: what a stranger's headers mean, and where baggage may go
//! - `headers`: what they read, and what they write

mod b3;
mod baggage;
mod headers;
mod hex;
mod policy;
#[cfg(test)]
mod tests;
pub(crate) mod w3c;
mod xray;

use std::fmt::Debug;
use std::sync::{Arc, OnceLock};

use opentelemetry::Context;
use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};

use crate::env::Propagation;
use b3::B3;
use baggage::BaggageFormat;
pub(crate) use headers::{ExtractorReader, HeaderReader, HeaderWriter, InjectorWriter};
use headers::{only, only_text};
pub(crate) use policy::Policy;

/// A trace state that OpenTelemetry's own type cannot hold (Level 2 allows more keys than it does), as it came.
#[derive(Clone, Debug)]
pub(crate) struct RawTraceState(pub(crate) Arc<str>);

/// A trace that was prepared without a span: its id goes on, below nobody.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TraceIdOnly {
    pub(crate) trace_id: TraceId,
    pub(crate) sampled: Option<bool>,
}

/// A remote parent that left the decision on sampling to us.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SamplingDeferred;

static POLICY: OnceLock<Policy> = OnceLock::new();

/// What the environment chose. Before the start it is the default.
pub(crate) fn policy() -> &'static Policy {
    POLICY.get_or_init(|| Policy::new(&Propagation::default()))
}

/// Makes the chosen formats the process's, for OpenTelemetry's own API too.
pub(crate) fn install(propagation: &Propagation) {
    POLICY.get_or_init(|| Policy::new(propagation));
    opentelemetry::global::set_text_map_propagator(Formats::new(propagation));
}

/// One way of writing a trace context into headers.
pub(crate) trait Format: Debug + Send + Sync {
    /// Writes the ids of the span in `context`, if it has valid ones.
    fn inject(&self, context: &Context, headers: &mut dyn HeaderWriter);

    /// `context` below what the headers say; `None` where they say nothing, or nothing valid.
    fn extract(&self, context: &Context, headers: &dyn HeaderReader) -> Option<Context>;

    /// The names of its headers.
    fn fields(&self) -> &'static [&'static str];
}

/// The formats of `OTEL_PROPAGATORS`, in their order.
#[derive(Debug)]
pub(crate) struct Formats {
    traces: Vec<Box<dyn Format>>,
    baggage: Option<BaggageFormat>,
    fields: Vec<String>,
}

impl Formats {
    pub(crate) fn new(propagation: &Propagation) -> Self {
        let mut traces: Vec<Box<dyn Format>> = Vec::new();
        let mut baggage = None;
        for format in &propagation.formats {
            match format.as_str() {
                "tracecontext" => traces.push(Box::new(w3c::TraceContext)),
                "b3" => traces.push(Box::new(B3::Single)),
                "b3multi" => traces.push(Box::new(B3::Multi)),
                "xray" => traces.push(Box::new(xray::XRay)),
                "baggage" => baggage = Some(BaggageFormat { allow: propagation.baggage_allow.clone() }),
                // The environment's reader knows no others.
                _ => {}
            }
        }
        let mut fields: Vec<String> =
            traces.iter().flat_map(|format| format.fields()).map(ToString::to_string).collect();
        fields.extend(baggage.iter().map(|_| BaggageFormat::FIELD.to_owned()));
        Self { traces, baggage, fields }
    }

    /// The first format that has a context gives it: nothing of another format's mixes with it.
    fn extract(&self, context: &Context, headers: &dyn HeaderReader) -> Context {
        let found = self.traces.iter().find_map(|format| format.extract(context, headers));
        let traced = found.unwrap_or_else(|| context.clone());
        match &self.baggage {
            Some(baggage) => baggage.extract(traced, headers),
            None => traced,
        }
    }

    fn inject(&self, context: &Context, headers: &mut dyn HeaderWriter, with_baggage: bool) {
        for format in &self.traces {
            format.inject(context, headers);
        }
        if with_baggage && self.baggage.is_some() {
            BaggageFormat::inject(context, headers);
        }
    }
}

impl TextMapPropagator for Formats {
    fn inject_context(&self, context: &Context, injector: &mut dyn Injector) {
        self.inject(context, &mut InjectorWriter(injector), true);
    }

    fn extract_with_context(&self, context: &Context, extractor: &dyn Extractor) -> Context {
        self.extract(context, &ExtractorReader(extractor))
    }

    fn fields(&self) -> FieldIter<'_> {
        FieldIter::new(&self.fields)
    }
}

/// `context` below a remote span of a format that has no state of its own.
fn remote(context: &Context, trace_id: TraceId, span_id: SpanId, sampled: Option<bool>) -> Context {
    let flags = TraceFlags::NOT_SAMPLED.with_sampled(sampled.unwrap_or(false));
    let span_context = SpanContext::new(trace_id, span_id, flags, true, TraceState::NONE);
    let context = if sampled.is_none() { context.with_value(SamplingDeferred) } else { context.clone() };
    context.with_remote_span_context(span_context)
}
