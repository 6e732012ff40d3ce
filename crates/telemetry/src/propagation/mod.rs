//! What is read from and written to headers.

pub(crate) mod w3c;

use std::sync::OnceLock;

use opentelemetry::propagation::{TextMapCompositePropagator, TextMapPropagator};
use opentelemetry_sdk::propagation::BaggagePropagator;

use crate::env::Propagation;

/// A trace state that OpenTelemetry's own type cannot hold (Level 2 allows more keys than it does), as it came.
#[derive(Clone, Debug)]
pub(crate) struct RawTraceState(pub(crate) std::sync::Arc<str>);

type Propagator = Box<dyn TextMapPropagator + Send + Sync>;

static CURRENT: OnceLock<Propagator> = OnceLock::new();

/// The propagator that `OTEL_PROPAGATORS` chose. Before the start it is the default one.
pub(crate) fn current() -> &'static dyn TextMapPropagator {
    &**CURRENT.get_or_init(|| composite(&["tracecontext".to_owned(), "baggage".to_owned()]))
}

/// Makes the chosen formats the process's, for OpenTelemetry's own API too.
pub(crate) fn install(propagation: &Propagation) {
    CURRENT.get_or_init(|| composite(&propagation.formats));
    opentelemetry::global::set_text_map_propagator(TextMapCompositePropagator::new(vec![composite(
        &propagation.formats,
    )]));
}

fn composite(formats: &[String]) -> Propagator {
    let parts = formats.iter().filter_map(|format| -> Option<Propagator> {
        match format.as_str() {
            "tracecontext" => Some(Box::new(w3c::TraceContext)),
            "baggage" => Some(Box::new(BaggagePropagator::new())),
            _ => None,
        }
    });
    Box::new(TextMapCompositePropagator::new(parts.collect()))
}
