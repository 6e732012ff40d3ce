//! Who calls whom.

use super::{Durations, Node, durations::Counted, gather::Outcome};

/// How many edges are listed; the rest is left out, the least used first.
const MAX_CALLS: usize = 2_000;

/// How one service called another, or a peer that is not traced itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calls {
    pub from: Node,
    pub to: Node,
    /// Of the called half; of the caller's where there is no other.
    pub all: Durations,
}

pub(super) fn calls(mut gathered: Vec<((Node, Node), Vec<Outcome>)>) -> Vec<Calls> {
    gathered.sort_unstable_by_key(|(_, outcomes)| std::cmp::Reverse(outcomes.len()));
    gathered.truncate(MAX_CALLS);
    let mut counted = Counted::default();
    let mut calls: Vec<_> = gathered
        .into_iter()
        .map(|((from, to), outcomes)| {
            for outcome in outcomes {
                counted.add(outcome);
            }
            Calls { from, to, all: counted.take() }
        })
        .collect();
    calls.sort_unstable_by(|a, b| (&a.from, &a.to).cmp(&(&b.from, &b.to)));
    calls
}
