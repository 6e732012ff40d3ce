//! Which clocks differ from the root's, and by how much.
//!
//! An answered call bounds the difference of two clocks: its server began after the call was sent and before the answer
//! arrived. A difference is reported only where these bounds exclude zero by more than the clocks' granularity, between
//! two hosts or where the hosts are unknown. A call without an answer bounds nothing: its caller may have given up.
//!
//! The size of a difference is estimated from narrower bounds: most servers also end before the answer has arrived. That
//! is no proof, for a body may be streamed and a span may be held longer.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::SpanKind;

use super::{
    calls::only_server,
    rows::{Process, Rows},
};

/// How many units of its granularity a clock may be off by itself: JavaScript's whole milliseconds were seen 3 ms off.
pub const GRANULES: i64 = 3;

/// The clock of one host, against the clock of the trace's root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClockOffset {
    /// `host.id` or `host.name`; `None` where the service's resource names no host.
    pub host: Option<String>,
    /// The services that ran there, in the order of the rows.
    pub services: Vec<String>,
    /// Nanoseconds that the clock is ahead; negative where it is behind.
    pub ahead: i64,
    /// `ahead` is certain within this much: half of what the calls leave open.
    pub uncertainty: i64,
}

impl ClockOffset {
    /// Whether the process has this clock.
    pub fn is_of(&self, process: &Process) -> bool {
        process.host == self.host && (self.host.is_some() || self.services.contains(&process.service))
    }
}

/// Nanoseconds that the clock of a process is ahead of the root's; 0 where it is not known to differ.
pub(super) fn ahead(clocks: &[ClockOffset], process: &Process) -> i64 {
    clocks.iter().find(|clock| clock.is_of(process)).map_or(0, |clock| clock.ahead)
}

/// What the calls between two clocks say of how far the callee's clock is ahead.
#[derive(Debug, Clone, Copy, Default)]
struct Bounds {
    certain: Range,
    /// Where every server ended before its answer arrived.
    likely: Range,
    granularity: i64,
}

impl Bounds {
    fn exclude_zero(self) -> bool {
        self.certain.low > self.granularity || self.certain.high < -self.granularity
    }

    /// The narrower range, unless its calls contradict each other.
    fn best(self) -> Range {
        if self.likely.is_empty() { self.certain } else { self.likely }
    }

    fn intersect(self, other: Self) -> Self {
        Self {
            certain: self.certain.intersect(other.certain),
            likely: self.likely.intersect(other.likely),
            granularity: self.granularity.max(other.granularity),
        }
    }

    fn plus(self, other: Self) -> Self {
        Self {
            certain: self.certain.plus(other.certain),
            likely: self.likely.plus(other.likely),
            granularity: self.granularity.max(other.granularity),
        }
    }

    /// The same, of the caller's clock against the callee's.
    fn reversed(self) -> Self {
        Self {
            certain: self.certain.reversed(),
            likely: self.likely.reversed(),
            granularity: self.granularity,
        }
    }
}

/// Nanoseconds, both ends included.
#[derive(Debug, Clone, Copy, Default)]
struct Range {
    low: i64,
    high: i64,
}

impl Range {
    fn is_empty(self) -> bool {
        self.low > self.high
    }

    fn intersect(self, other: Self) -> Self {
        Self { low: self.low.max(other.low), high: self.high.min(other.high) }
    }

    fn plus(self, other: Self) -> Self {
        Self { low: self.low.saturating_add(other.low), high: self.high.saturating_add(other.high) }
    }

    fn reversed(self) -> Self {
        Self { low: self.high.saturating_neg(), high: self.low.saturating_neg() }
    }
}

/// The clocks that differ from the root's, each host once, in the order of the rows.
pub fn offsets(rows: &Rows<'_>, granularity: &[i64]) -> Vec<ClockOffset> {
    if rows.processes.len() < 2 {
        return Vec::new();
    }
    let clocks = clock_of_processes(rows);
    let mut edges = BTreeMap::<(usize, usize), Bounds>::new();
    for (caller, call) in rows.iter() {
        let Some(row) = bounding_server(rows, caller).map(|callee| &rows[callee]) else { continue };
        let pair = (clocks[call.process], clocks[row.process]);
        if pair.0 == pair.1 {
            continue;
        }
        let bounds = Bounds {
            certain: Range { low: row.start - call.end, high: row.start - call.start },
            likely: Range { low: row.end - call.end, high: row.start - call.start },
            granularity: granularity[row.process].max(granularity[call.process]) * GRANULES,
        };
        edges.entry(pair).and_modify(|known| *known = known.intersect(bounds)).or_insert(bounds);
    }
    // Calls that contradict each other: no constant offset explains them.
    edges.retain(|_, bounds| !bounds.certain.is_empty());
    let root = rows.main_root().map(|root| clocks[rows[root].process]);
    let mut off = along_calls(root, &edges);
    off.retain(|_, bounds| bounds.exclude_zero());
    if off.is_empty() {
        return Vec::new();
    }
    let services = services_by_clock(rows, &clocks);
    off.into_iter().map(|(clock, bounds)| report(rows, &services[&clock], clock, bounds)).collect()
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
fn along_calls(root: Option<usize>, edges: &BTreeMap<(usize, usize), Bounds>) -> BTreeMap<usize, Bounds> {
    let Some(root) = root else { return BTreeMap::new() };
    let mut neighbours = BTreeMap::<usize, Vec<(usize, Bounds)>>::new();
    for ((from, to), bounds) in edges {
        neighbours.entry(*from).or_default().push((*to, *bounds));
        neighbours.entry(*to).or_default().push((*from, bounds.reversed()));
    }
    let mut known = BTreeMap::from([(root, Bounds::default())]);
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

fn report(rows: &Rows<'_>, services: &[&str], clock: usize, bounds: Bounds) -> ClockOffset {
    let best = bounds.best();
    ClockOffset {
        host: rows.processes[clock].host.clone(),
        services: services.iter().map(|service| (*service).to_owned()).collect(),
        ahead: i64::midpoint(best.low, best.high),
        uncertainty: best.high.saturating_sub(best.low) / 2,
    }
}
