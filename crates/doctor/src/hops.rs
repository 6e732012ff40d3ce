//! How often the context arrived, for each pair of services.
//!
//! - **Propagated**: the server span is a child of the client span.
//! - **Lost**: both spans are there, in different traces; or a rule joined them.
//! - **Unknown**: the client span has no server span, although the callee sends spans elsewhere. Either they are missing, or
//!   the context was lost and nothing tells which request was this one.

use std::collections::BTreeMap;

use trace_model::Nanos;

use crate::{
    finding::SpanRef,
    hash::HashSet,
    window::{At, Window},
};

/// The calls from one service to another, or inside one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HopCount {
    pub from: String,
    pub to: String,
    pub propagated: usize,
    pub lost: usize,
    pub unknown: usize,
    /// The last call whose context arrived.
    pub last_good: Option<Example>,
    /// The last call whose context was lost.
    pub last_bad: Option<Example>,
}

/// A call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Example {
    pub caller: SpanRef,
    pub callee: SpanRef,
    /// When the callee began.
    pub time: Nanos,
}

#[derive(Default)]
struct Counts {
    propagated: Vec<(At, At)>,
    lost: Vec<(At, At)>,
    unknown: usize,
}

/// All hops, by caller and callee. `joined`: callers and callees that rules found in different traces.
pub(crate) fn count(window: &Window<'_>, joined: &[(At, At)]) -> Vec<HopCount> {
    let mut hops = BTreeMap::<(usize, usize), Counts>::new();
    let between = |(caller, callee): (At, At)| (window.service(caller), window.service(callee));
    for call in &window.calls.whole {
        let pair = (call.client, call.server);
        hops.entry(between(pair)).or_default().propagated.push(pair);
    }
    let split = window.splits.iter().map(|split| (split.client, split.server));
    let mut callers: HashSet<At> = window.splits.iter().filter_map(|split| split.twin).collect();
    let mut served = HashSet::default();
    for pair in split.chain(joined.iter().copied()).filter(|(caller, callee)| caller.trace != callee.trace) {
        callers.insert(pair.0);
        if served.insert(pair.1) {
            hops.entry(between(pair)).or_default().lost.push(pair);
        }
    }
    for client in window.calls.unanswered.iter().filter(|client| !callers.contains(client)) {
        let owner = window.calls.owner(window, *client);
        if let Some(owner) = owner.filter(|owner| *owner != window.service(*client)) {
            hops.entry((window.service(*client), owner)).or_default().unknown += 1;
        }
    }
    let name = |service: usize| window.services[service].clone();
    let mut named: Vec<HopCount> = hops
        .into_iter()
        .map(|((from, to), counts)| HopCount {
            from: name(from),
            to: name(to),
            propagated: counts.propagated.len(),
            lost: counts.lost.len(),
            unknown: counts.unknown,
            last_good: last(window, &counts.propagated),
            last_bad: last(window, &counts.lost),
        })
        .collect();
    named.sort_by(|one, other| (&one.from, &one.to).cmp(&(&other.from, &other.to)));
    named
}

fn last(window: &Window<'_>, calls: &[(At, At)]) -> Option<Example> {
    let (client, server) = calls.iter().max_by_key(|(_, server)| (window.start(*server), *server))?;
    Some(Example {
        caller: window.reference(*client),
        callee: window.reference(*server),
        time: window.time(*server),
    })
}
