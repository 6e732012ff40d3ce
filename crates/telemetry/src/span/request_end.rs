//! Tells sampling rules how requests ended, sampled or not: X-Ray raises the rate of a rule when many fail.

use opentelemetry::trace::TraceContextExt;
use tracing::Span;

use super::access::with_open_span;
use super::sampling_rule;
use super::shell::Shell;
use crate::sampler::SharedRules;

/// Tells the sampling rules how the request of a server span ended.
pub(crate) fn observe_end(span: &Span, is_fault: bool) {
    if !SharedRules::exist() {
        return;
    }
    tracing::dispatcher::get_default(|dispatch| {
        let Some(shell) = Shell::of(dispatch) else { return };
        // Where no rule can be boosted, this is all.
        let Some(rules) = shell.recorder().starter.sampler.rules(None).filter(|rules| rules.observes())
        else {
            return;
        };
        let seen = with_open_span(span, |open| {
            let active = open.context.span();
            let ids = active.span_context();
            ids.trace_state().get(sampling_rule::KEY).map(|rule| (rule.to_owned(), ids.is_sampled()))
        });
        if let Some(Some((rule, sampled))) = seen {
            rules.observe(&rule, sampled, is_fault);
        }
    });
}
