//! What the application adds to the settings of the environment.

use opentelemetry::KeyValue;
use opentelemetry_sdk::trace::ShouldSample;

use crate::export::custom::Consumer;

/// What [`Builder`](super::Builder) collects for the start, whether of a subscriber or of a layer.
#[derive(Debug, Default)]
pub(super) struct Additions {
    /// Attributes of the resource.
    pub(super) resource: Vec<KeyValue>,
    /// Span processors and exporters.
    pub(super) consumers: Vec<Box<dyn Consumer>>,
    /// The sampler, in place of that of the settings.
    pub(super) sampler: Option<Box<dyn ShouldSample>>,
}
