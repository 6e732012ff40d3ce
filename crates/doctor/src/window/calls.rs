//! Calls between services: those with both spans, those without an answer, and requests without a caller.

use std::collections::{BTreeMap, BTreeSet};

use trace_model::{SpanKind, analysis::ParentOrigin};

use crate::{hash::HashMap, limits};

use super::{
    At, Window,
    address::last_segment,
    labels::Label,
    matching::{Matching, one_to_one},
};

/// A call with both spans: the server's parent is the client.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Whole {
    pub(crate) client: At,
    pub(crate) server: At,
}

/// Addresses, and the services that were seen behind each.
#[derive(Default)]
pub(crate) struct Owners(HashMap<Label, BTreeSet<usize>>);

impl Owners {
    fn add(&mut self, address: Label, service: usize) {
        self.0.entry(address).or_default().insert(service);
    }

    fn of(&self, address: Label) -> Option<&BTreeSet<usize>> {
        self.0.get(&address)
    }
}

/// All calls of the window. Lists are in the order of traces and rows.
#[derive(Default)]
pub(crate) struct Calls {
    pub(crate) whole: Vec<Whole>,
    /// Clients of a call that no server span of the trace answers.
    pub(crate) unanswered: Vec<At>,
    /// Servers whose caller is not in the trace, which has no other beginning: roots, and calls from outside.
    pub(crate) uncalled: Vec<At>,
    /// By the address that clients asked, and that answered them.
    pub(crate) reached: Owners,
    /// By the address that servers were asked for.
    own: Owners,
    /// All clients of calls, by the request that they are made for.
    pub(crate) of_request: HashMap<At, Vec<At>>,
    /// The local ports of the connections that a request opened.
    pub(crate) ports_of_request: HashMap<At, Vec<u16>>,
    /// Whole calls by caller and callee.
    pub(crate) whole_hops: BTreeMap<(usize, usize), Vec<Whole>>,
}

impl Calls {
    pub(super) fn new(window: &Window<'_>) -> Self {
        let mut calls = Self::default();
        for at in window.all() {
            match window.kind(at) {
                SpanKind::Client if window.facts(at).is_call(SpanKind::Client) => {
                    calls.add_client(window, at);
                }
                SpanKind::Server => calls.add_server(window, at),
                _ => {}
            }
            if let Some(port) = window.facts(at).local_port
                && let Some(request) = window.request(at)
            {
                calls.ports_of_request.entry(request).or_default().push(port);
            }
        }
        calls
    }

    fn add_client(&mut self, window: &Window<'_>, client: At) {
        if let Some(request) = window.request(client) {
            self.of_request.entry(request).or_default().push(client);
        }
        let servers = window.children(client).filter(|child| window.kind(*child) == SpanKind::Server);
        let before = self.whole.len();
        for server in servers {
            let whole = Whole { client, server };
            self.whole.push(whole);
            let hop = (window.service(client), window.service(server));
            self.whole_hops.entry(hop).or_default().push(whole);
            if let Some(asked) = window.labels(client).asked {
                self.reached.add(asked, hop.1);
            }
        }
        if self.whole.len() == before {
            self.unanswered.push(client);
        }
    }

    fn add_server(&mut self, window: &Window<'_>, server: At) {
        if matches!(window.parent_origin(server), ParentOrigin::Root | ParentOrigin::Outside) {
            self.uncalled.push(server);
        }
        if let Some(own) = window.labels(server).own {
            self.own.add(own, window.service(server));
        }
    }

    /// Whether a span is the client of a call that no server span of the trace answers.
    pub(crate) fn is_unanswered(&self, at: At) -> bool {
        self.unanswered.binary_search(&at).is_ok()
    }

    /// Whether a service answered at the address that a client asks, in any trace.
    pub(crate) fn reaches(&self, window: &Window<'_>, client: At, service: usize) -> bool {
        let Some(asked) = window.labels(client).asked else { return false };
        self.reached.of(asked).is_some_and(|services| services.contains(&service))
    }

    /// The only service that is known behind the address that a client asks.
    pub(crate) fn owner(&self, window: &Window<'_>, client: At) -> Option<usize> {
        let asked = window.labels(client).asked?;
        let owners = self.own.of(asked).or_else(|| self.reached.of(asked))?;
        let mut owners = owners.iter().copied();
        owners.next().filter(|_| owners.next().is_none())
    }

    /// Whether some service is known behind the address that a client asks.
    pub(crate) fn is_owned(&self, window: &Window<'_>, client: At) -> bool {
        let asked = window.labels(client).asked;
        asked.is_some_and(|asked| self.own.of(asked).or_else(|| self.reached.of(asked)).is_some())
    }
}

/// Pairs unanswered clients with uncalled servers in other traces: same method, same path, the server begins within the
/// client's time; one to one.
pub(crate) fn by_path(window: &Window<'_>, clients: &[At], servers: &[At]) -> Matching {
    let mut by_path = HashMap::<&str, Vec<(u64, usize)>>::default();
    for (index, server) in servers.iter().enumerate() {
        if let Some(path) = window.facts(*server).path() {
            by_path.entry(path).or_default().push((window.start(*server), index));
        }
    }
    for list in by_path.values_mut() {
        list.sort_unstable();
    }
    let candidates = clients.iter().map(|client| {
        let list = window.facts(*client).path().and_then(|path| by_path.get(path));
        let list = list.map_or(&[][..], Vec::as_slice);
        let slack = window.slack(*client);
        let from = list.partition_point(|(start, _)| start + slack < window.start(*client));
        let end = window.end(*client);
        // Among so many, nothing can be told.
        if list.get(from + limits::OPEN_SPANS).is_some_and(|(start, _)| *start <= end) {
            return Vec::new();
        }
        let within = list[from..].iter().take_while(|(start, _)| *start <= end);
        let fits = |server: At| {
            server.trace != client.trace
                && window.service(server) != window.service(*client)
                && is_same_method(window, *client, server)
        };
        let fitting = within.map(|(_, index)| *index).filter(|index| fits(servers[*index]));
        choose(fitting, |index| is_asked_at(window, *client, servers[index]))
    });
    one_to_one(&candidates.collect::<Vec<_>>(), servers.len())
}

/// Pairs spans with the open spans that enclose them and fit; where some of them fit better, with those.
pub(crate) fn by_enclosure(
    window: &Window<'_>,
    inner: &[At],
    outer: &[At],
    fits: impl Fn(At, At) -> bool,
    fits_better: impl Fn(At, At) -> bool,
) -> Matching {
    let mut by_start: Vec<(Interval, usize)> =
        outer.iter().enumerate().map(|(index, at)| (Interval::of(window, *at), index)).collect();
    by_start.sort_unstable_by_key(|(interval, index)| (interval.start, *index));
    let candidates = inner.iter().map(|inside| {
        let own = Interval::of(window, *inside);
        let begun = by_start.partition_point(|(interval, _)| interval.start <= own.start + own.slack);
        let open = by_start[..begun].iter().rev().take(limits::OPEN_SPANS);
        let open = open.filter(|(interval, _)| interval.encloses(own)).map(|(_, index)| *index);
        let fitting = open.filter(|index| {
            let outside = outer[*index];
            outside.trace != inside.trace && fits(*inside, outside)
        });
        choose(fitting, |index| fits_better(*inside, outer[index]))
    });
    one_to_one(&candidates.collect::<Vec<_>>(), outer.len())
}

/// The time of a span, apart from the span: it is compared with many others.
#[derive(Clone, Copy)]
struct Interval {
    start: u64,
    end: u64,
    slack: u64,
}

impl Interval {
    fn of(window: &Window<'_>, at: At) -> Self {
        Self { start: window.start(at), end: window.end(at), slack: window.slack(at) }
    }

    /// As [`Window::encloses`].
    fn encloses(self, inner: Self) -> bool {
        let slack = self.slack.max(inner.slack);
        inner.start + slack >= self.start && inner.start <= self.end && inner.end <= self.end + slack
    }
}

/// Whether both spans have the same path.
pub(crate) fn is_same_path(window: &Window<'_>, one: At, other: At) -> bool {
    let path = window.labels(one).path;
    path.is_some()
        && path == window.labels(other).path
        && window.facts(one).path() == window.facts(other).path()
}

/// The last segment of both paths, if it is the same: an id, most likely.
pub(crate) fn same_id<'w>(window: &'w Window<'_>, one: At, other: At) -> Option<&'w str> {
    let last = |at: At| window.facts(at).path().and_then(last_segment);
    last(one).filter(|id| last(other) == Some(id))
}

/// Whether the server was asked for at the address that the client asks.
pub(crate) fn is_asked_at(window: &Window<'_>, client: At, server: At) -> bool {
    let asked = window.labels(client).asked;
    asked.is_some() && asked == window.labels(server).own
}

fn is_same_method(window: &Window<'_>, client: At, server: At) -> bool {
    let [one, other] = [client, server].map(|at| &window.facts(at).method);
    one.is_empty() || other.is_empty() || one == other
}

/// The better ones of these candidates, else all, in order. None where they are more than [`limits::CANDIDATES`]: among so
/// many, nothing can be told.
fn choose(candidates: impl Iterator<Item = usize>, is_better: impl Fn(usize) -> bool) -> Vec<usize> {
    let (mut all, mut better) = (Vec::new(), Vec::new());
    for candidate in candidates {
        if all.len() <= limits::CANDIDATES {
            all.push(candidate);
        }
        if is_better(candidate) {
            better.push(candidate);
        }
        if better.len() > limits::CANDIDATES {
            return Vec::new();
        }
    }
    let mut chosen = if better.is_empty() { all } else { better };
    if chosen.len() > limits::CANDIDATES {
        return Vec::new();
    }
    chosen.sort_unstable();
    chosen
}
