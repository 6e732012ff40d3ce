//! The propagation formats that the environment chose, in their order.

use std::fmt::Debug;

use opentelemetry::Context;
use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};

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
    pub(super) baggage: Option<BaggageFormat>,
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
                // Reading the environment has rejected other names.
                _ => {}
            }
        }
        let mut fields: Vec<String> =
            traces.iter().flat_map(|format| format.fields()).map(ToString::to_string).collect();
        fields.extend(baggage.iter().map(|_| BaggageFormat::FIELD.to_owned()));
        Self { traces, baggage, fields }
    }

    /// Reads the first format that has a valid context. Formats are never mixed.
    pub(super) fn extract(&self, context: &Context, headers: &dyn HeaderReader) -> Context {
        let extracted = self.traces.iter().find_map(|format| format.extract(context, headers));
        let context = extracted.unwrap_or_else(|| context.clone());
        match &self.baggage {
            Some(baggage) => baggage.extract(context, headers),
            None => context,
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
