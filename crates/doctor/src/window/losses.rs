//! Which spans are missing, as far as the others show: parents that are not there, and calls that nothing answers.

use std::collections::{BTreeMap, BTreeSet};

use trace_model::{SpanId, SpanKind, analysis::ParentOrigin};

use crate::hash::HashSet;

use super::{
    At, Window,
    labels::Label,
    local_parents::{self, LocalParents},
};

/// Whose spans are missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Lost {
    /// A service that sent spans elsewhere.
    Service(usize),
    /// Something at an address of which no span was ever received.
    Address(Label),
    Unknown,
}

/// How it shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Shape {
    /// A parent in the orphan's own process.
    LocalParent,
    /// The same, as far as the kind of the orphan shows: the sender does not say.
    LikelyLocalParent,
    /// A parent in another process.
    RemoteParent,
    /// A parent, of which the sender does not say where it was.
    Parent,
    /// A call to a known service, of which the trace has no span.
    NoAnswer,
}

/// Something that is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Loss {
    pub(crate) shape: Shape,
    pub(crate) lost: Lost,
    /// The orphans of one missing parent, those of its process first; or the client without an answer.
    pub(crate) at: Vec<At>,
    /// The call of this trace that leads to what is missing.
    pub(crate) via: Option<At>,
    /// The missing parent was in the process of its orphans, and nothing shows that it has ended.
    pub(crate) may_run: bool,
}

impl Loss {
    /// The orphan or client that shows the loss best.
    pub(crate) fn first(&self) -> At {
        self.at[0]
    }
}

/// All losses, in the order of traces.
pub(crate) fn find(window: &Window<'_>) -> Vec<Loss> {
    let callers = callers(window);
    let mut unanswered = BTreeMap::<usize, Vec<At>>::new();
    for client in &window.calls.unanswered {
        unanswered.entry(client.trace).or_default().push(*client);
    }
    let mut losses = orphans(window, &callers, &unanswered);
    let servers = servers(window);
    let explained: HashSet<At> = losses.iter().filter_map(|loss| loss.via).collect();
    let paired: HashSet<At> =
        window.splits.iter().flat_map(|split| [Some(split.client), split.twin]).flatten().collect();
    for client in window.calls.unanswered.iter().filter(|at| !explained.contains(at) && !paired.contains(at))
    {
        losses.extend(no_answer(window, &servers, *client));
    }
    losses.sort_by(|one, other| one.at.cmp(&other.at));
    losses
}

/// By trace and service, its server spans with their starts, in order.
type Servers = BTreeMap<(usize, usize), Vec<(u64, At)>>;

fn servers(window: &Window<'_>) -> Servers {
    let mut servers = Servers::new();
    for at in window.all().filter(|at| window.kind(*at) == SpanKind::Server) {
        servers.entry((at.trace, window.service(at))).or_default().push((window.start(at), at));
    }
    for list in servers.values_mut() {
        list.sort_unstable();
    }
    servers
}

/// By callee and route, the services that call it in whole traces.
type Callers<'w> = BTreeMap<(usize, &'w str), BTreeSet<usize>>;

fn callers<'w>(window: &'w Window<'_>) -> Callers<'w> {
    let mut callers = BTreeMap::<_, BTreeSet<usize>>::new();
    for call in &window.calls.whole {
        let key = (window.service(call.server), window.route(call.server));
        callers.entry(key).or_default().insert(window.service(call.client));
    }
    callers
}

fn orphans(window: &Window<'_>, callers: &Callers<'_>, unanswered: &BTreeMap<usize, Vec<At>>) -> Vec<Loss> {
    let mut by_parent = BTreeMap::<(usize, SpanId), Vec<At>>::new();
    for (trace, it) in window.traces.iter().enumerate() {
        for row in it.rows.roots() {
            let at = At { trace, row };
            if let Some(parent) = window.span(at).parent
                && window.parent_origin(at) == ParentOrigin::Missing
            {
                by_parent.entry((trace, parent)).or_default().push(at);
            }
        }
    }
    let local = LocalParents::new(window, by_parent.values_mut());
    let clients = |trace: usize| unanswered.get(&trace).map_or(&[][..], Vec::as_slice);
    by_parent
        .into_iter()
        .map(|((trace, _), at)| orphan(window, callers, clients(trace), &local, at))
        .collect()
}

fn orphan(
    window: &Window<'_>,
    callers: &Callers<'_>,
    unanswered: &[At],
    local: &LocalParents,
    at: Vec<At>,
) -> Loss {
    let first = at[0];
    let service = window.service(first);
    if local_parents::is_local(window, first) {
        let shape = match window.row(first).is_parent_remote {
            Some(_) => Shape::LocalParent,
            None => Shape::LikelyLocalParent,
        };
        let may_run = !local.has_ended(window, &at);
        return Loss { shape, lost: Lost::Service(service), at, via: None, may_run };
    }
    let leads_here = |client: &&At| {
        let known = window.calls.owner(window, **client);
        window.begins_within(**client, first)
            && (window.service(**client) != service || known == Some(service))
    };
    let via =
        unanswered.iter().filter(leads_here).max_by_key(|client| (window.start(**client), **client)).copied();
    let lost = via.map_or_else(
        || {
            let known = callers.get(&(service, window.route(first)));
            let mut known = known.into_iter().flatten();
            known.next().filter(|_| known.next().is_none()).map_or(Lost::Unknown, |only| Lost::Service(*only))
        },
        |via| behind(window, local, via),
    );
    let shape = match window.row(first).is_parent_remote {
        Some(_) => Shape::RemoteParent,
        None => Shape::Parent,
    };
    Loss { shape, lost, at, via, may_run: false }
}

/// Who is asked by a client.
fn behind(window: &Window<'_>, local: &LocalParents, client: At) -> Lost {
    if let Some(owner) = window.calls.owner(window, client) {
        return Lost::Service(owner);
    }
    match window.labels(client).asked {
        // A service that lost a parent in that time may be the one at this address.
        Some(asked) if !window.calls.is_owned(window, client) && !local.are_within(window, client) => {
            Lost::Address(asked)
        }
        _ => Lost::Unknown,
    }
}

/// A call that was answered well by a service that is known, and of which this trace has no span at that time.
fn no_answer(window: &Window<'_>, servers: &Servers, client: At) -> Option<Loss> {
    let row = window.row(client);
    let owner = window.calls.owner(window, client)?;
    let is_well = row.is_answered && !row.is_error && owner != window.service(client);
    let is_there = || {
        let there = servers.get(&(client.trace, owner)).map_or(&[][..], Vec::as_slice);
        let slack = window.slack(client);
        let first = there.partition_point(|(start, _)| start + slack < window.start(client));
        there[first..].first().is_some_and(|(_, at)| window.begins_within(client, *at))
    };
    (is_well && !is_there()).then(|| Loss {
        shape: Shape::NoAnswer,
        lost: Lost::Service(owner),
        at: vec![client],
        via: Some(client),
        may_run: false,
    })
}
