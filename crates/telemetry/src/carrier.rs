//! A trace context that waits in a table: written with a row, read by whoever works on the row later.

use std::collections::HashMap;

use opentelemetry::Context;
use opentelemetry::trace::TraceContextExt;
use tracing::Span;

use crate::propagation::w3c::TraceContext;
use crate::propagation::{ExtractorReader, Format, InjectorWriter};
use crate::span;

/// A trace context as the two W3C header values, to be stored as text.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TraceCarrier {
    /// `00-<trace id>-<span id>-<flags>`
    pub traceparent: String,
    /// What other tracing systems added, if anything.
    pub tracestate: Option<String>,
}

impl TraceCarrier {
    /// The context of the current span; `None` outside of any trace.
    pub fn current() -> Option<Self> {
        let mut headers = HashMap::new();
        TraceContext.inject(&span::context_of(&Span::current()), &mut InjectorWriter(&mut headers));
        Some(Self { traceparent: headers.remove("traceparent")?, tracestate: headers.remove("tracestate") })
    }

    /// Makes `span`, not yet entered, a child of the stored context: the same trace goes on.
    ///
    /// A span below one that is not recorded has nothing of its own and is made anew for that: clones from before stay where
    /// they were, and so do values recorded before.
    pub fn set_parent_of(&self, span: &mut Span) {
        span::set_parent(span, &self.context());
    }

    /// Links `span` to the stored context: a trace of its own that says where it comes from.
    pub fn link_from(&self, span: &Span) {
        let span_context = self.context().span().span_context().clone();
        if span_context.is_valid() {
            span::add_link(span, span_context);
        }
    }

    fn context(&self) -> Context {
        let mut headers = HashMap::from([("traceparent".to_owned(), self.traceparent.clone())]);
        if let Some(tracestate) = &self.tracestate {
            headers.insert("tracestate".to_owned(), tracestate.clone());
        }
        TraceContext.extract(&Context::new(), &ExtractorReader(&headers)).unwrap_or_default()
    }
}
