//! Which clocks differ from the root's, and by how much.
//!
//! An answered call bounds the difference of two clocks: its server began after the call was sent and before the answer
//! arrived. A difference is reported only where these bounds exclude zero by more than the clocks' granularity, between
//! two hosts or where the hosts are unknown. A call without an answer bounds nothing: its caller may have given up.
//!
//! The size of a difference is estimated from narrower bounds: most servers also end before the answer has arrived. That
//! is no proof, for a body may be streamed and a span may be held longer.

use std::collections::BTreeMap;

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
    let clocks = clock_of_processes(rows);
    let mut edges = BTreeMap::<(usize, usize), Bounds>::new();
    for (callee, row) in rows.iter() {
        let Some(caller) = row.parent else { continue };
        let pair = (clocks[rows[caller].process], clocks[row.process]);
        if pair.0 == pair.1 || !bounds_clocks(rows, caller, callee) {
            continue;
        }
        let call = &rows[caller];
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
    along_calls(root, &edges)
        .into_iter()
        .filter_map(|(clock, bounds)| report(rows, &clocks, clock, bounds))
        .collect()
}

/// For each process, the first process that shares its clock: one on the same host, or itself.
fn clock_of_processes(rows: &Rows<'_>) -> Vec<usize> {
    let same = |process: usize| {
        let host = rows.processes[process].host.as_ref()?;
        rows.processes.iter().position(|other| other.host.as_ref() == Some(host))
    };
    (0..rows.processes.len()).map(|process| same(process).unwrap_or(process)).collect()
}

/// Whether the callee's span must begin inside the caller's.
fn bounds_clocks(rows: &Rows<'_>, client: usize, server: usize) -> bool {
    let (call, answer) = (&rows[client], &rows[server]);
    call.kind == SpanKind::Client
        && answer.kind == SpanKind::Server
        && call.is_answered
        && !call.has_no_time
        && !answer.has_no_time
        && only_server(rows, client) == Some(server)
}

/// The bounds of each clock against the root's, added up along the calls.
fn along_calls(root: Option<usize>, edges: &BTreeMap<(usize, usize), Bounds>) -> BTreeMap<usize, Bounds> {
    let Some(root) = root else { return BTreeMap::new() };
    let mut known = BTreeMap::from([(root, Bounds::default())]);
    let mut pending = vec![root];
    while let Some(clock) = pending.pop() {
        let base = known[&clock];
        for ((from, to), bounds) in edges {
            let (other, bounds) = match (*from == clock, *to == clock) {
                (true, _) => (*to, *bounds),
                (_, true) => (*from, bounds.reversed()),
                _ => continue,
            };
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

fn report(rows: &Rows<'_>, clocks: &[usize], clock: usize, bounds: Bounds) -> Option<ClockOffset> {
    if !bounds.exclude_zero() {
        return None;
    }
    let mut services: Vec<String> = Vec::new();
    for (process, own) in rows.processes.iter().zip(clocks) {
        if *own == clock && !services.contains(&process.service) {
            services.push(process.service.clone());
        }
    }
    let best = bounds.best();
    Some(ClockOffset {
        host: rows.processes[clock].host.clone(),
        services,
        ahead: i64::midpoint(best.low, best.high),
        uncertainty: best.high.saturating_sub(best.low) / 2,
    })
}
