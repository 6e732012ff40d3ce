//! The trait of a propagation format.

use std::fmt::Debug;

use opentelemetry::Context;

use super::headers::{HeaderReader, HeaderWriter};

/// One way of writing a trace context into headers.
pub(crate) trait Format: Debug + Send + Sync {
    /// Writes the ids of the span in `context`, if it has valid ones.
    fn inject(&self, context: &Context, headers: &mut dyn HeaderWriter);

    /// `context` below what the headers say; `None` where they say nothing, or nothing valid.
    fn extract(&self, context: &Context, headers: &dyn HeaderReader) -> Option<Context>;

    /// The names of its headers.
    fn fields(&self) -> &'static [&'static str];
}
