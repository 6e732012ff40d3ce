//! The service map: calls between services, and to peers that are not traced.

use std::sync::Arc;

use super::{
    durations::{Durations, DurationsBuilder},
    sample::Outcome,
};
use crate::attributes::Peer;

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

/// The calls from one service to another, or between a service and a peer that is not traced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallEdge {
    pub caller: CallNode,
    pub callee: CallNode,
    /// Of the server side; of the client side where no other is traced.
    pub durations: Durations,
}

pub(super) fn edges(mut samples: Vec<((CallNode, CallNode), Vec<Outcome>)>) -> Vec<CallEdge> {
    samples.sort_unstable_by_key(|(_, outcomes)| std::cmp::Reverse(outcomes.len()));
    samples.truncate(MAX_CALLS);
    let mut builder = DurationsBuilder::default();
    let mut edges: Vec<_> = samples
        .into_iter()
        .map(|((caller, callee), outcomes)| {
            for outcome in outcomes {
                builder.add(outcome);
            }
            CallEdge { caller, callee, durations: builder.take() }
        })
        .collect();
    edges.sort_unstable_by(|a, b| (&a.caller, &a.callee).cmp(&(&b.caller, &b.callee)));
    edges
}
