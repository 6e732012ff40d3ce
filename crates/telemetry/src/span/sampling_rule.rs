//! The sampling rule of X-Ray that decided on a trace: it travels in `tracestate`.

use opentelemetry::trace::TraceState;

/// The member of `tracestate`, as in AWS's distributions.
pub(super) const KEY: &str = "xrsr";

/// Adds the rule to a trace state, unless a caller's is in it.
#[cold]
pub(super) fn with_rule(state: &TraceState, rule: Option<&str>) -> TraceState {
    let rule = rule.filter(|_| state.get(KEY).is_none());
    rule.and_then(|rule| state.insert(KEY, rule).ok()).unwrap_or_else(|| state.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_added_once_and_the_callers_stays() {
        let state = with_rule(&TraceState::NONE, Some("21b111cbfe6e8fca"));
        assert_eq!(state.header(), "xrsr=21b111cbfe6e8fca");
        assert_eq!(with_rule(&state, Some("ffff")).header(), state.header());
        let others: TraceState = "a=1".parse().expect("a trace state");
        assert_eq!(with_rule(&others, Some("ffff")).header(), "xrsr=ffff,a=1");
        assert_eq!(with_rule(&others, None).header(), "a=1");
    }
}
