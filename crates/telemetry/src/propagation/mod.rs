//! What is read from and written to headers.

pub(crate) mod w3c;

use std::sync::OnceLock;

use opentelemetry::propagation::{TextMapCompositePropagator, TextMapPropagator};
use opentelemetry_sdk::propagation::BaggagePropagator;

type Propagator = Box<dyn TextMapPropagator + Send + Sync>;

/// The propagator that `OTEL_PROPAGATORS` chose. Without a start there is still one: propagation must not depend on export.
pub(crate) fn current() -> &'static dyn TextMapPropagator {
    static CURRENT: OnceLock<Propagator> = OnceLock::new();
    &**CURRENT.get_or_init(|| {
        Box::new(TextMapCompositePropagator::new(vec![
            Box::new(w3c::TraceContext),
            Box::new(BaggagePropagator::new()),
        ]))
    })
}
