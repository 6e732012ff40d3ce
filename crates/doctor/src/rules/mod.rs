//! The rules, one a file, and the table of all.
//!
//! Each file has the same shape: a constant `RULE`, and the function that finds it. A rule explains spans by claiming them.
//! So the order of the table matters: what is certain comes first, and what explains the rest last.

mod attribute_missing;
mod attribute_type;
mod caller_outside;
mod calls_apart;
mod calls_in_a_row;
mod client_never_ended;
mod client_not_instrumented;
mod client_twice;
mod clock_skew;
mod context_leaked;
mod context_lost;
mod context_lost_in_process;
mod context_of_another_request;
mod duplicate_ids;
mod end_before_start;
mod entry_kind;
mod error_swallowed;
mod exception_not_recorded;
mod exports_nothing;
mod header_dropped;
mod header_forwarded;
mod header_injected_twice;
mod hidden_hop;
mod message_without_context;
mod names_with_ids;
mod parent_is_sibling;
mod parent_missing;
mod parent_rewritten;
mod propagators_differ;
mod public_endpoint;
mod retry_hidden;
mod retry_storm;
mod sampled_apart;
mod sampled_flag;
mod secret_in_attribute;
mod server_outlives_client;
mod server_twice;
mod several_roots;
mod span_never_ended;
mod spans_dropped;
mod split_hops;
mod status_unset;
mod timeout_longer;
mod trace_restarted;
mod unknown_service;
mod untraced_hop;
mod work_after_caller;
mod wrong_unit;

use crate::rule::Rule;

/// All rules, in the order in which they explain spans.
pub const RULES: &[Rule] = &[
    // Times and ids, which the other rules rely on.
    duplicate_ids::RULE,
    clock_skew::RULE,
    wrong_unit::RULE,
    end_before_start::RULE,
    several_roots::RULE,
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
    header_injected_twice::RULE,
    header_forwarded::RULE,
    parent_rewritten::RULE,
    sampled_apart::RULE,
    sampled_flag::RULE,
    span_never_ended::RULE,
    client_never_ended::RULE,
    spans_dropped::RULE,
    exports_nothing::RULE,
    parent_missing::RULE,
    context_leaked::RULE,
    retry_storm::RULE,
    // What spans say.
    unknown_service::RULE,
    secret_in_attribute::RULE,
    // Remarks, the rarest first: a trace has one at most.
    retry_hidden::RULE,
    hidden_hop::RULE,
    timeout_longer::RULE,
    work_after_caller::RULE,
    entry_kind::RULE,
    error_swallowed::RULE,
    exception_not_recorded::RULE,
    status_unset::RULE,
    names_with_ids::RULE,
    caller_outside::RULE,
    calls_in_a_row::RULE,
    calls_apart::RULE,
    server_outlives_client::RULE,
    attribute_type::RULE,
    attribute_missing::RULE,
];
