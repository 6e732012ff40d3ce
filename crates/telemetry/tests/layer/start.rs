//! Starts telemetry for the tests of spans: here with the layer, beside a layer that sees every span and event.

use telemetry::{Service, Telemetry};
use tracing_subscriber::prelude::*;

/// Whether spans below one that is not sampled share its state. In a registry each span has its own.
pub(crate) const SHARES_STATE: bool = false;

pub(crate) fn start(service: Service<'_>, variable: &dyn Fn(&str) -> Option<String>) -> Telemetry {
    let (layer, telemetry) = telemetry::layer_from(service, variable).expect("telemetry starts");
    let everything = tracing_subscriber::fmt::layer().json().with_writer(std::io::sink);
    tracing_subscriber::registry().with(everything).with(layer).init();
    // Some tests use OpenTelemetry's API.
    telemetry.install_globally();
    telemetry
}
