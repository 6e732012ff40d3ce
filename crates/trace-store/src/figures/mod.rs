//! Figures over all spans that are held: rate, errors and durations of each service and operation, over a time and in equal
//! parts of it; who calls whom.
//!
//! The spans are gathered in rounds, each under the lock for as long as it takes to look at some thousand traces; all that
//! is sorted and counted is sorted and counted without it.

mod durations;
mod gather;
mod map;

use std::{collections::HashMap, ops::Deref, sync::Arc};

use trace_model::{Nanos, SpanKind};

use self::{
    durations::Parts,
    gather::{Gathered, Sample},
};
pub use self::{
    durations::{Durations, Series},
    map::Calls,
};
use crate::{index::Index, peer::Peer};

/// How many operations are listed; the rest is left out, the least used first.
const MAX_OPERATIONS: usize = 1_000;

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    /// Spans that start between these, both included.
    pub from: Nanos,
    pub to: Nanos,
    /// In how many equal parts the time is shown; none when zero.
    pub parts: usize,
}

impl Default for Asked {
    /// Of all time, not in parts.
    fn default() -> Self {
        Self { from: Nanos::ZERO, to: Nanos::MAX, parts: 0 }
    }
}

impl Asked {
    fn is_in_time(&self, start: Nanos) -> bool {
        self.from <= start && start <= self.to
    }
}

/// What one operation of a service did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationFigures {
    pub service: Arc<str>,
    pub name: Arc<str>,
    pub kind: SpanKind,
    pub all: Durations,
    pub series: Series,
}

/// What was asked of a service: its spans of kind server or consumer, and those that begin a trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceFigures {
    pub name: Arc<str>,
    pub all: Durations,
    pub series: Series,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figures {
    /// What the series cover: as asked, or what the spans themselves cover, the last day of it at the most.
    pub from: Nanos,
    pub to: Nanos,
    /// By service and name.
    pub operations: Vec<OperationFigures>,
    /// There are more operations than these.
    pub more: bool,
    /// By name.
    pub services: Vec<ServiceFigures>,
    /// By caller and called.
    pub calls: Vec<Calls>,
}

/// One end of a call.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Node {
    Service(Arc<str>),
    Peer(Peer),
}

impl Node {
    pub fn name(&self) -> &Arc<str> {
        match self {
            Self::Service(name) => name,
            Self::Peer(peer) => &peer.name,
        }
    }

    /// `service`, or what kind of peer it is.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Service(_) => "service",
            Self::Peer(peer) => peer.kind.as_str(),
        }
    }
}

pub(crate) fn figures<L: Deref<Target = Index>>(asked: Asked, lock: impl Fn() -> L) -> Figures {
    let Gathered { mut operations, calls } = gather::gather(asked, lock);
    let mut parts = Parts::new(asked, operations.iter().flat_map(|operation| &operation.spans));
    let mut of_services: HashMap<Arc<str>, Vec<&[Sample]>> = HashMap::new();
    for operation in &operations {
        of_services.entry(operation.service.clone()).or_default().push(&operation.spans);
    }
    let mut services: Vec<_> = of_services
        .into_iter()
        .map(|(name, spans)| {
            let entries = spans.into_iter().flatten().filter(|span| span.outcome.is_entry());
            let (all, series) = parts.figures(entries);
            ServiceFigures { name, all, series }
        })
        .collect();
    services.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    let more = operations.len() > MAX_OPERATIONS;
    if more {
        operations.sort_unstable_by_key(|operation| std::cmp::Reverse(operation.spans.len()));
        operations.truncate(MAX_OPERATIONS);
    }
    let mut operations: Vec<_> = operations
        .into_iter()
        .map(|gather::Operation { service, name, kind, spans }| {
            let (all, series) = parts.figures(spans.iter());
            OperationFigures { service, name, kind, all, series }
        })
        .collect();
    operations.sort_unstable_by(|a, b| {
        (&a.service, &a.name, a.kind.as_str()).cmp(&(&b.service, &b.name, b.kind.as_str()))
    });
    Figures { from: parts.from, to: parts.to, operations, more, services, calls: map::calls(calls) }
}
