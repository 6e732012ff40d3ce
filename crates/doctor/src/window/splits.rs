//! Calls whose two ends are in different traces, although they belong to one request.
//!
//! A server without a caller and a client without an answer are a pair when the server links to the client; or when method,
//! path and time agree, and neither has another candidate. Where the client asks an address of which no span is known,
//! something without tracing may lie between, which changes the path: then time must do, and ids in the paths.

use std::{collections::BTreeMap, hash::Hash};

use trace_model::{SpanId, TraceId, analysis::ParentOrigin};

use crate::{
    hash::{HashMap, HashSet},
    limits,
};

use super::{
    At, Window,
    calls::{by_enclosure, by_path, is_asked_at, same_id},
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
    let known: HashSet<At> = splits.iter().flat_map(|split| [split.client, split.server]).collect();
    let is_free = |at: &At| !known.contains(at);
    let clients: Vec<At> = clients.into_iter().filter(is_free).collect();
    let servers: Vec<At> = servers.into_iter().filter(is_free).collect();
    splits.extend(past_the_unknown(window, &clients, &servers));
    splits.sort_unstable_by_key(|split| split.client);
    splits
}

/// Caller, the address that it asks, callee and its route.
type Past<'w> = (usize, Option<&'w str>, (usize, &'w str));

/// Roots within calls to an address of which no span is known.
fn past_the_unknown(window: &Window<'_>, clients: &[At], servers: &[At]) -> Vec<Split> {
    let is_unknown = |at: &&At| window.labels(**at).asked.is_some() && !window.calls.is_owned(window, **at);
    let clients: Vec<At> = clients.iter().filter(is_unknown).copied().collect();
    let is_root =
        |at: &&At| window.parent_origin(**at) == ParentOrigin::Root && window.span(**at).link_count == 0;
    let servers: Vec<At> = servers.iter().filter(is_root).copied().collect();
    if clients.len() < limits::REPEATS || servers.len() < limits::REPEATS {
        return Vec::new();
    }
    let matching = by_enclosure(
        window,
        &servers,
        &clients,
        |server, client| window.service(server) != window.service(client),
        |server, client| same_id(window, server, client).is_some(),
    );
    let mut groups = BTreeMap::<Past<'_>, Vec<Split>>::new();
    for (server, client) in matching.pairs {
        let (server, client) = (servers[server], clients[client]);
        let callee = (window.service(server), window.route(server));
        let split = Split { client, server, twin: None, is_linked: false, is_restarted: false };
        groups.entry((window.service(client), window.asked(client), callee)).or_default().push(split);
    }
    let tests = groups.len();
    groups.retain(|_, group| group.len() >= limits::REPEATS);
    if groups.is_empty() {
        return Vec::new();
    }
    let asking = count(clients.iter().map(|at| (window.service(*at), window.asked(*at))));
    let tried = count(servers.iter().map(|at| (window.service(*at), window.route(*at))));
    let is_believable = |((from, address, callee), group): &(Past<'_>, Vec<Split>)| {
        let asking = asking[&(*from, *address)];
        let tried = tried[callee];
        let ids: Option<HashSet<&str>> =
            group.iter().map(|split| same_id(window, split.server, split.client)).collect();
        let ids = ids.filter(|ids| ids.len() == group.len());
        let chance = coincidence::of_pairs(group.len(), tried, share(window, group), ids.as_ref());
        group.len() * 2 >= asking && coincidence::of_any(chance, tests) < limits::CHANCE
    };
    groups.into_iter().filter(is_believable).flat_map(|(_, group)| group).collect()
}

/// How often each of them comes.
fn count<K: Eq + Hash>(keys: impl Iterator<Item = K>) -> HashMap<K, usize> {
    let mut counts = HashMap::default();
    for key in keys {
        *counts.entry(key).or_default() += 1;
    }
    counts
}

/// Servers that link to the client that called them.
fn linked(window: &Window<'_>) -> Vec<Split> {
    if window.calls.uncalled.iter().all(|server| window.span(*server).link_count == 0) {
        return Vec::new();
    }
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
    let mut by_parent = HashMap::<At, Siblings>::default();
    for at in &window.calls.unanswered {
        if let Some(parent) = window.parent(*at) {
            by_parent.entry(parent).and_modify(|known| *known = known.and(*at)).or_insert(Siblings::One(*at));
        }
    }
    let is_twin = |one: At, other: At| {
        let (first, second) = (window.facts(one), window.facts(other));
        window.process(one) == window.process(other)
            && first.path().is_some()
            && (first.path(), &first.method) == (second.path(), &second.method)
            && window.labels(one).asked == window.labels(other).asked
            && window.start(one).abs_diff(window.start(other)) <= TWIN_STARTS
            && window.end(one).abs_diff(window.end(other)) <= TWIN_ENDS
    };
    let mut twins = HashMap::default();
    for siblings in by_parent.into_values() {
        if let Siblings::Two(one, other) = siblings
            && is_twin(one, other)
        {
            twins.insert(one, other);
        }
    }
    twins
}

/// The unanswered clients of one parent: three or more are a fan-out, and no twins.
#[derive(Clone, Copy)]
enum Siblings {
    One(At),
    Two(At, At),
    More,
}

impl Siblings {
    const fn and(self, next: At) -> Self {
        if let Self::One(first) = self { Self::Two(first, next) } else { Self::More }
    }
}

/// The pairs of each hop and route that are no coincidence: they are at the address that was asked, or too many.
fn believable(window: &Window<'_>, pairs: Vec<Split>) -> Vec<Split> {
    let mut groups = BTreeMap::<(usize, usize, &str), Vec<Split>>::new();
    for split in pairs {
        let (from, to) = split.hop(window);
        groups.entry((from, to, window.route(split.server))).or_default().push(split);
    }
    let mut uncalled = BTreeMap::<(usize, &str), usize>::new();
    for server in &window.calls.uncalled {
        *uncalled.entry((window.service(*server), window.route(*server))).or_default() += 1;
    }
    let tests = groups.len();
    let is_believable = |((_, to, route), group): &((usize, usize, &str), Vec<Split>)| {
        let tried = uncalled[&(*to, *route)];
        if group.len() < limits::REPEATS {
            return false;
        }
        if group.iter().all(|split| is_asked_at(window, split.client, split.server)) {
            return true;
        }
        let ids: HashSet<&str> = group.iter().filter_map(|split| window.facts(split.server).path()).collect();
        let chance = coincidence::of_pairs(group.len(), tried, share(window, group), Some(&ids));
        coincidence::of_any(chance, tests) < limits::CHANCE
    };
    groups.into_iter().filter(is_believable).flat_map(|(_, group)| group).collect()
}

/// How much of what goes on falls into the clients of these splits.
fn share(window: &Window<'_>, group: &[Split]) -> f64 {
    let clients: Vec<At> = group.iter().map(|split| split.client).collect();
    window.share(&clients, group.iter().flat_map(|split| [split.client, split.server]))
}
