//! The propagation formats that the environment chose, in their order.

use std::fmt::Debug;

use opentelemetry::Context;
use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::TraceContextExt;

use super::b3::B3;
use super::baggage::BaggageFormat;
use super::format::Format;
use super::headers::{ExtractorReader, HeaderReader, HeaderWriter, InjectorWriter};
use super::{w3c, xray};
use crate::env::Propagation;

/// The formats of `OTEL_PROPAGATORS`, in their order.
#[derive(Debug)]
pub(crate) struct Formats {
    traces: Vec<Box<dyn Format>>,
    /// The place of W3C's among them.
    w3c: Option<usize>,
    pub(super) baggage: Option<BaggageFormat>,
    fields: Vec<String>,
}

impl Formats {
    pub(crate) fn new(propagation: &Propagation) -> Self {
        let mut traces: Vec<Box<dyn Format>> = Vec::new();
        let mut w3c = None;
        let mut baggage = None;
        for format in &propagation.formats {
            match format.as_str() {
                "tracecontext" => {
                    w3c = Some(traces.len());
                    traces.push(Box::new(w3c::TraceContext));
                }
                "b3" => traces.push(Box::new(B3::Single)),
                "b3multi" => traces.push(Box::new(B3::Multi)),
                "xray" => traces.push(Box::new(xray::XRay)),
                "baggage" => baggage = Some(BaggageFormat { allow: propagation.baggage_allow.clone() }),
                // Reading the environment has rejected other names.
                _ => {}
            }
        }
        let mut fields: Vec<String> =
            traces.iter().flat_map(|format| format.fields()).map(ToString::to_string).collect();
        fields.extend(baggage.iter().map(|_| BaggageFormat::FIELD.to_owned()));
        Self { traces, w3c, baggage, fields }
    }

    /// Reads the last format that has a valid context, as other SDKs do. Contexts of different spans are never mixed: only if
    /// the headers of W3C name the same span, its `tracestate` is kept.
    ///
    /// The trace id alone, which a load balancer adds in X-Ray's format, counts only if no format has a span.
    pub(super) fn extract(&self, context: &Context, headers: &dyn HeaderReader) -> Context {
        let mut without_span = None;
        let with_span = self.traces.iter().enumerate().rev().find_map(|(place, format)| {
            let extracted = format.extract(context, headers)?;
            if extracted.span().span_context().is_remote() {
                return Some(self.with_trace_state(place, extracted, headers));
            }
            without_span.get_or_insert(extracted);
            None
        });
        let context = with_span.or(without_span).unwrap_or_else(|| context.clone());
        match &self.baggage {
            Some(baggage) => baggage.extract(context, headers),
            None => context,
        }
    }

    /// Adds the `tracestate` of W3C's headers to the context that the format at `place` has read, if that is another format and
    /// both name the same span.
    fn with_trace_state(&self, place: usize, extracted: Context, headers: &dyn HeaderReader) -> Context {
        let is_other = self.w3c.is_some_and(|w3c| w3c != place);
        if is_other && !w3c::has_trace_state(&extracted) {
            w3c::with_trace_state_of_same_span(&extracted, headers).unwrap_or(extracted)
        } else {
            extracted
        }
    }

    pub(super) fn inject(&self, context: &Context, headers: &mut dyn HeaderWriter, with_baggage: bool) {
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
