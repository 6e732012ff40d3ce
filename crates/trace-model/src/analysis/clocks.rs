//! Which clocks differ from the root's, and by how much.
//!
//! An answered call bounds the difference of two clocks, see `clock_bounds`. A difference is reported only where
//! these bounds exclude zero by more than the clocks' granularity, between two hosts or where the hosts are unknown. A call
//! without an answer bounds nothing: its caller may have given up.
//!
//! A clock belongs to a host. Where the host is unknown, it belongs to one process: replicas of a service may run anywhere.
//!
//! The size of a difference is estimated from narrower bounds: most servers also end before the answer has arrived. That
//! is no proof, for a body may be streamed and a span may be held longer.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::SpanKind;

use super::{
    calls::only_server,
    clock_bounds::Bounds,
    rows::{Process, Rows},
};

/// How many units of its granularity a clock may be off by itself: JavaScript's whole milliseconds were seen 3 ms off.
pub const GRANULES: i64 = 3;

/// The bounds between two clocks: the callers' and the callees'.
type Edges = BTreeMap<(usize, usize), Bounds>;

/// The clock of one host or process, against the clock of the trace's root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClockOffset {
    /// `host.id` or `host.name`; `None` where the service's resource names no host.
    pub host: Option<String>,
    /// The process where its host is unknown: `service.instance.id` or `process.pid`.
    pub instance: Option<String>,
    /// The services that ran there, in the order of the rows.
    pub services: Vec<String>,
    /// Another process of these services has another clock, so that their names do not say which clock it is.
    pub is_replica: bool,
    /// Nanoseconds that the clock is ahead; negative where it is behind.
    pub ahead: i64,
    /// `ahead` is certain within this much: half of what the calls leave open.
    pub uncertainty: i64,
    /// A span began before it was called. Otherwise the only sign are calls that seem to begin after their answer, and a
    /// short job that was queued looks the same.
    pub is_certain: bool,
}

/// Which of several clocks a process has.
#[derive(Debug)]
pub struct ClocksByProcess<'c> {
    clocks: &'c [ClockOffset],
    indexes: HashMap<Place<'c>, usize>,
}

/// A host; or a service, and its instance if it names one.
#[derive(Debug, PartialEq, Eq, Hash)]
enum Place<'a> {
    Host(&'a str),
    Instance(&'a str, Option<&'a str>),
}

impl<'c> ClocksByProcess<'c> {
    pub fn new(clocks: &'c [ClockOffset]) -> Self {
        let mut indexes = HashMap::new();
        for (index, clock) in clocks.iter().enumerate() {
            match &clock.host {
                Some(host) => {
                    indexes.entry(Place::Host(host)).or_insert(index);
                }
                None => indexes.extend(
                    clock.services.iter().map(|it| (Place::Instance(it, clock.instance.as_deref()), index)),
                ),
            }
        }
        Self { clocks, indexes }
    }

    /// The index of the clock; `None` where the process's clock is not known to differ.
    pub fn index_of(&self, process: &Process) -> Option<usize> {
        let place = match &process.host {
            Some(host) => Place::Host(host),
            None => Place::Instance(&process.service, process.instance.as_deref()),
        };
        self.indexes.get(&place).copied()
    }

    /// Whether no clock differs.
    pub(super) const fn is_empty(&self) -> bool {
        self.clocks.is_empty()
    }

    /// Nanoseconds that the clock of a process is ahead of the root's; 0 where it is not known to differ.
    pub(super) fn ahead(&self, process: &Process) -> i64 {
        self.index_of(process).and_then(|index| self.clocks.get(index)).map_or(0, |clock| clock.ahead)
    }
}

/// The clocks that differ from the root's, each once, in the order of the rows.
pub fn offsets(rows: &Rows<'_>, granularity: &[i64]) -> Vec<ClockOffset> {
    if rows.processes.len() < 2 {
        return Vec::new();
    }
    let clocks = clock_of_processes(rows);
    let edges = edges(rows, &clocks, granularity);
    let root = rows.main_root().map(|root| clocks[rows[root].process]);
    let mut off = along_calls(root, &edges);
    off.retain(|_, bounds| bounds.show_difference());
    if off.is_empty() {
        return Vec::new();
    }
    let out_of_step = out_of_step(&edges, &off);
    let services = services_by_clock(rows, &clocks);
    let replicated = replicated_services(&services);
    let report = |(clock, bounds): (usize, Bounds)| {
        let (ahead, uncertainty) = bounds.estimate();
        let Process { host, instance, .. } = &rows.processes[clock];
        let services = &services[&clock];
        ClockOffset {
            host: host.clone(),
            instance: instance.clone().filter(|_| host.is_none()),
            is_replica: services.iter().any(|service| replicated.contains(service)),
            services: services.iter().map(|service| (*service).to_owned()).collect(),
            ahead,
            uncertainty,
            is_certain: bounds.prove_difference() || out_of_step.contains(&clock),
        }
    };
    off.into_iter().map(report).collect()
}

/// The bounds of all pairs of clocks between which there are calls.
fn edges(rows: &Rows<'_>, clocks: &[usize], granularity: &[i64]) -> Edges {
    let mut edges = Edges::new();
    for (caller, call) in rows.iter() {
        let Some(callee) = bounding_server(rows, caller).map(|callee| &rows[callee]) else { continue };
        let pair = (clocks[call.process], clocks[callee.process]);
        if pair.0 == pair.1 {
            continue;
        }
        let granularity = granularity[callee.process].max(granularity[call.process]) * GRANULES;
        let Some(bounds) = Bounds::of(call, callee, granularity) else { continue };
        edges.entry(pair).and_modify(|known| *known = known.intersect(bounds)).or_insert(bounds);
    }
    edges.retain(|_, bounds| !bounds.is_contradiction());
    edges
}

/// For each process, the first process that shares its clock: one on the same host, or itself.
fn clock_of_processes<'r>(rows: &'r Rows<'_>) -> Vec<usize> {
    let mut hosts = HashMap::new();
    let processes = rows.processes.iter().enumerate();
    let clock = |(index, process): (usize, &'r Process)| {
        process.host.as_deref().map_or(index, |host| *hosts.entry(host).or_insert(index))
    };
    processes.map(clock).collect()
}

/// The server whose span must begin inside the client's.
fn bounding_server(rows: &Rows<'_>, client: usize) -> Option<usize> {
    let call = &rows[client];
    let is_answered_call = call.kind == SpanKind::Client && call.is_answered && !call.has_no_time;
    if is_answered_call { only_server(rows, client) } else { None }
}

/// The bounds of each clock against the root's, added up along the calls.
fn along_calls(root: Option<usize>, edges: &Edges) -> BTreeMap<usize, Bounds> {
    let Some(root) = root else { return BTreeMap::new() };
    let mut neighbours = BTreeMap::<usize, Vec<(usize, Bounds)>>::new();
    for ((from, to), bounds) in edges {
        neighbours.entry(*from).or_default().push((*to, *bounds));
        neighbours.entry(*to).or_default().push((*from, bounds.reversed()));
    }
    let mut known = BTreeMap::from([(root, Bounds::SAME)]);
    let mut pending = vec![root];
    while let Some(clock) = pending.pop() {
        let base = known[&clock];
        for (other, bounds) in neighbours.remove(&clock).unwrap_or_default() {
            if known.contains_key(&other) {
                continue;
            }
            known.insert(other, base.plus(bounds));
            pending.push(other);
        }
    }
    known.remove(&root);
    known
}

/// The clocks of which a call proves that they differ from one that agrees with the root's.
fn out_of_step(edges: &Edges, off: &BTreeMap<usize, Bounds>) -> BTreeSet<usize> {
    let proofs = edges.iter().filter(|(_, bounds)| bounds.prove_difference());
    let odd_one =
        |(caller, callee): (usize, usize)| match (off.contains_key(&caller), off.contains_key(&callee)) {
            (true, false) => Some(caller),
            (false, true) => Some(callee),
            _ => None,
        };
    proofs.filter_map(|(pair, _)| odd_one(*pair)).collect()
}

/// The services of each clock, each once, in the order of the rows.
fn services_by_clock<'r>(rows: &'r Rows<'_>, clocks: &[usize]) -> HashMap<usize, Vec<&'r str>> {
    let mut services = HashMap::<usize, Vec<&str>>::new();
    let mut known = BTreeSet::new();
    for (process, clock) in rows.processes.iter().zip(clocks) {
        if known.insert((*clock, process.service.as_str())) {
            services.entry(*clock).or_default().push(&process.service);
        }
    }
    services
}

/// The services that ran by several clocks.
fn replicated_services<'r>(services: &HashMap<usize, Vec<&'r str>>) -> BTreeSet<&'r str> {
    let mut known = BTreeSet::new();
    services.values().flatten().copied().filter(|service| !known.insert(*service)).collect()
}
