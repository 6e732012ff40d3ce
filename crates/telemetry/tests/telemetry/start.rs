//! Starts telemetry for the tests of spans: here with `init`. `tests/layer` runs the same tests with the layer.

use telemetry::{Service, Telemetry};

/// Whether spans below one that is not sampled share its state.
pub(crate) const SHARES_STATE: bool = true;

pub(crate) fn start(service: Service<'_>, variable: &dyn Fn(&str) -> Option<String>) -> Telemetry {
    telemetry::init_from(service, variable).expect("telemetry starts")
}
