//! The service map: calls between services, and to peers that are not traced.

use std::sync::Arc;

use trace_model::peer::Peer;

use super::{
    durations::{Durations, DurationsBuilder},
    sample::Outcome,
};

/// Edges of the service map. The least used ones are left out.
const MAX_CALLS: usize = 2_000;

/// One end of a call.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CallNode {
    Service(Arc<str>),
    Peer(Peer),
}

impl CallNode {
    pub fn name(&self) -> &Arc<str> {
        match self {
            Self::Service(name) => name,
            Self::Peer(peer) => &peer.name,
        }
    }

    /// `service`, or the kind of the peer.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Service(_) => "service",
            Self::Peer(peer) => peer.kind.as_str(),
        }
    }
}

/// The calls from one service to another, or between a service and a peer that is not traced. The two sides differ where
/// a caller gives up: it waited and failed, while the callee answers later and in time of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallEdge {
    pub caller: CallNode,
    pub callee: CallNode,
    /// As the caller saw them: its client and producer spans. Without spans where the caller records none.
    pub by_caller: Durations,
    /// As the callee saw them. Without spans where the callee is not traced.
    pub by_callee: Durations,
}

impl CallEdge {
    /// Number of calls: the callee's, where it is traced.
    pub const fn count(&self) -> u64 {
        if self.by_callee.spans > 0 { self.by_callee.spans } else { self.by_caller.spans }
    }
}

/// The calls from one node to another.
#[derive(Debug)]
pub(super) struct Calls {
    pub(super) caller: CallNode,
    pub(super) callee: CallNode,
    /// As the caller's client and producer spans saw them.
    pub(super) by_caller: Vec<Outcome>,
    /// As the callee's spans saw them.
    pub(super) by_callee: Vec<Outcome>,
}

pub(super) fn edges(mut calls: Vec<Calls>) -> Vec<CallEdge> {
    calls.sort_unstable_by_key(|calls| std::cmp::Reverse(calls.by_callee.len().max(calls.by_caller.len())));
    calls.truncate(MAX_CALLS);
    let mut builder = DurationsBuilder::default();
    let mut durations = |outcomes| {
        for outcome in outcomes {
            builder.add(outcome);
        }
        builder.take()
    };
    let mut edges: Vec<_> = calls
        .into_iter()
        .map(|Calls { caller, callee, by_caller, by_callee }| CallEdge {
            caller,
            callee,
            by_caller: durations(by_caller),
            by_callee: durations(by_callee),
        })
        .collect();
    edges.sort_unstable_by(|a, b| (&a.caller, &a.callee).cmp(&(&b.caller, &b.callee)));
    edges
}
