//! The rules, one a file, and the table of all.
//!
//! Each file has the same shape: a constant `RULE`, and the function that finds it. A rule explains spans by claiming them.
//! So the order of the table matters: what is certain comes first, and what explains the rest last.

mod client_not_instrumented;
mod client_twice;
mod context_lost;
mod context_lost_in_process;
mod context_of_another_request;
mod exports_nothing;
mod header_dropped;
mod message_without_context;
mod parent_is_sibling;
mod parent_missing;
mod parent_rewritten;
mod propagators_differ;
mod public_endpoint;
mod sampled_apart;
mod server_twice;
mod span_never_ended;
mod spans_dropped;
mod split_hops;
mod trace_restarted;
mod untraced_hop;

use crate::rule::Rule;

/// All rules, in the order in which they explain spans.
pub const RULES: &[Rule] = &[
    // One request in several traces.
    public_endpoint::RULE,
    client_twice::RULE,
    trace_restarted::RULE,
    propagators_differ::RULE,
    untraced_hop::RULE,
    header_dropped::RULE,
    context_lost::RULE,
    context_lost_in_process::RULE,
    context_of_another_request::RULE,
    client_not_instrumented::RULE,
    message_without_context::RULE,
    // One trace, with spans missing or at the wrong place.
    server_twice::RULE,
    parent_is_sibling::RULE,
    parent_rewritten::RULE,
    sampled_apart::RULE,
    span_never_ended::RULE,
    spans_dropped::RULE,
    exports_nothing::RULE,
    parent_missing::RULE,
];
