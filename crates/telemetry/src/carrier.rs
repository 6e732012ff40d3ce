//! A trace context that is stored with a row or message, so that later work on it joins the trace.

use std::collections::HashMap;

use opentelemetry::Context;
use opentelemetry::trace::TraceContextExt;
use tracing::Span;

use crate::propagation::w3c::TraceContext;
use crate::propagation::{ExtractorReader, Format, InjectorWriter};
use crate::span;

/// A trace context as the two W3C header values, to be stored as text.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct TraceCarrier {
    /// `00-<trace id>-<span id>-<flags>`
    pub traceparent: String,
    /// Members of other tracing systems, if there are any.
    pub tracestate: Option<String>,
}

impl TraceCarrier {
    /// The context that was stored.
    pub const fn new(traceparent: String, tracestate: Option<String>) -> Self {
        Self { traceparent, tracestate }
    }

    /// The context of the current span, or `None` outside of a trace.
    pub fn current() -> Option<Self> {
        let mut headers = HashMap::new();
        TraceContext.inject(&span::context_of(&Span::current()), &mut InjectorWriter(&mut headers));
        Some(Self { traceparent: headers.remove("traceparent")?, tracestate: headers.remove("tracestate") })
    }

    /// Makes `span` a child of the stored context, which continues its trace. The span must not have been entered yet.
    ///
    /// A span below a non-recording one has no state of its own, and is created anew. Earlier clones of it, and values
    /// recorded on them, keep their old parent.
    pub fn set_parent_of(&self, span: &mut Span) {
        span::set_parent(span, &self.context());
    }

    /// Links `span` to the stored context. The span keeps its own trace.
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
