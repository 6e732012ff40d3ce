//! Calls whose two ends are in different traces, although they belong to one request.
//!
//! A server without a caller and a client without an answer are a pair when the server links to the client; or when method,
//! path and time agree, and neither has another candidate.

use std::collections::{BTreeMap, HashMap, HashSet};

use trace_model::{SpanId, TraceId, analysis::ParentOrigin};

use crate::limits;

use super::{
    At, Window,
    calls::{by_path, is_asked_at},
    coincidence,
};

/// Nanoseconds that two client spans of one call may begin apart.
const TWIN_STARTS: u64 = 12_000_000;
/// And end apart.
const TWIN_ENDS: u64 = 3_000_000;

/// A call that was split.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Split {
    pub(crate) client: At,
    pub(crate) server: At,
    /// A second client span of the same call.
    pub(crate) twin: Option<At>,
    /// The server links to the client: the pair is certain.
    pub(crate) is_linked: bool,
    /// The server continues a trace that nobody sent.
    pub(crate) is_restarted: bool,
}

impl Split {
    pub(crate) fn hop(&self, window: &Window<'_>) -> (usize, usize) {
        (window.service(self.client), window.service(self.server))
    }
}

/// All splits that are no coincidence, in the order of the clients.
pub(crate) fn find(window: &Window<'_>) -> Vec<Split> {
    let mut splits = linked(window);
    let known: HashSet<At> = splits.iter().flat_map(|split| [split.client, split.server]).collect();
    let twins = twins(window);
    let seconds: HashSet<At> = twins.values().copied().collect();
    let is_free = |at: &&At| !known.contains(at) && !seconds.contains(at);
    let clients: Vec<At> = window.calls.unanswered.iter().filter(is_free).copied().collect();
    let servers: Vec<At> = window.calls.uncalled.iter().filter(is_free).copied().collect();
    let pairs = by_path(window, &clients, &servers).pairs.into_iter().map(|(client, server)| {
        let (client, server) = (clients[client], servers[server]);
        Split {
            client,
            server,
            twin: twins.get(&client).copied(),
            is_linked: false,
            is_restarted: window.parent_origin(server) == ParentOrigin::Outside,
        }
    });
    splits.extend(believable(window, pairs.collect()));
    splits.sort_unstable_by_key(|split| split.client);
    splits
}

/// Servers that link to the client that called them.
fn linked(window: &Window<'_>) -> Vec<Split> {
    let clients: HashMap<(TraceId, SpanId), At> = window
        .calls
        .unanswered
        .iter()
        .map(|at| ((window.trace(*at).id, window.span(*at).span_id), *at))
        .collect();
    let split = |server: &At| {
        let mut links = window.span(*server).links();
        let client = links.find_map(|link| clients.get(&(link.trace_id?, link.span_id?)).copied())?;
        Some(Split { client, server: *server, twin: None, is_linked: true, is_restarted: false })
    };
    window.calls.uncalled.iter().filter_map(split).collect()
}

/// By the first of two client spans of one call, the second: siblings that ask the same at the same time.
fn twins(window: &Window<'_>) -> HashMap<At, At> {
    let mut by_parent = BTreeMap::<At, Vec<At>>::new();
    for at in &window.calls.unanswered {
        if let Some(parent) = window.parent(*at) {
            by_parent.entry(parent).or_default().push(*at);
        }
    }
    let is_twin = |one: At, other: At| {
        let (first, second) = (window.facts(one), window.facts(other));
        window.process(one) == window.process(other)
            && first.path().is_some()
            && (first.path(), first.asked(), &first.method) == (second.path(), second.asked(), &second.method)
            && window.start(one).abs_diff(window.start(other)) <= TWIN_STARTS
            && window.end(one).abs_diff(window.end(other)) <= TWIN_ENDS
    };
    let mut twins = HashMap::new();
    for siblings in by_parent.values() {
        // Exactly two: three or more are a fan-out.
        if let [one, other] = siblings[..]
            && is_twin(one, other)
        {
            twins.insert(one, other);
        }
    }
    twins
}

/// The pairs of each hop and route that are no coincidence: they are at the address that was asked, or too many.
fn believable(window: &Window<'_>, pairs: Vec<Split>) -> Vec<Split> {
    let mut groups = BTreeMap::<(usize, usize, String), Vec<Split>>::new();
    for split in pairs {
        let (from, to) = split.hop(window);
        groups.entry((from, to, window.route(split.server))).or_default().push(split);
    }
    let mut uncalled = BTreeMap::<(usize, String), usize>::new();
    for server in &window.calls.uncalled {
        *uncalled.entry((window.service(*server), window.route(*server))).or_default() += 1;
    }
    let tests = groups.len();
    let is_believable = |((_, to, route), group): &((usize, usize, String), Vec<Split>)| {
        let tried = uncalled[&(*to, route.clone())];
        if group.len() < limits::REPEATS {
            return false;
        }
        if group.iter().all(|split| is_asked_at(window, split.client, split.server)) {
            return true;
        }
        let times = group.iter().map(|split| (window.start(split.client), window.end(split.client)));
        let ids: HashSet<&str> = group.iter().filter_map(|split| window.facts(split.server).path()).collect();
        let covered = coincidence::covered(times.collect());
        let times = (covered, window.length());
        let chance = coincidence::of_pairs(group.len(), tried, times, Some(&ids));
        coincidence::of_any(chance, tests) < limits::CHANCE
    };
    groups.into_iter().filter(is_believable).flat_map(|(_, group)| group).collect()
}
