//! The trait of a propagation format.

use std::fmt::Debug;

use opentelemetry::Context;

use super::headers::{HeaderReader, HeaderWriter};

/// A format of a trace context in headers.
pub(crate) trait Format: Debug + Send + Sync {
    /// Writes the ids of the span in `context`, if it has valid ones.
    fn inject(&self, context: &Context, headers: &mut dyn HeaderWriter);

    /// Adds the remote span of the headers to `context`. `None` when the headers have no valid one.
    fn extract(&self, context: &Context, headers: &dyn HeaderReader) -> Option<Context>;

    /// The names of the headers.
    fn fields(&self) -> &'static [&'static str];
}
