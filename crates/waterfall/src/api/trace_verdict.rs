//! What the analysis of a whole trace says, for the trace list: the list and the page of a trace agree.

use std::{
    collections::HashMap,
    mem,
    sync::{Mutex, PoisonError},
};

use trace_model::{TraceId, analysis::LikelyTrace};
use trace_store::StoredTrace;

use super::judged_rows::{JudgedRows, LateWorkJson};

/// Verdicts in each of the two generations of the cache.
const GENERATION: usize = 10_000;

/// What the list says of a trace beyond its counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TraceVerdict {
    /// An error reached the root.
    pub(super) has_failed: bool,
    /// Errors that were handled.
    pub(super) handled: usize,
    /// Errors of work that no caller waited for.
    pub(super) background: usize,
    /// Parents within this system that were not received.
    pub(super) missing: usize,
    /// The request came from outside this system.
    pub(super) is_from_outside: bool,
    /// The duration by one clock, when clocks likely differ.
    pub(super) likely_duration: Option<u64>,
    pub(super) late_work: Option<LateWorkJson>,
}

impl TraceVerdict {
    pub(super) fn new(trace: &StoredTrace) -> Self {
        let spans = trace.spans();
        let likely = LikelyTrace::new(&spans);
        let likely_duration = likely.has_skew().then(|| likely.duration());
        let LikelyTrace { tree, analysis, .. } = likely;
        let judged = JudgedRows::new(analysis, Vec::new());
        Self {
            has_failed: judged.has_failed(),
            handled: judged.handled_errors(),
            background: judged.background_errors(),
            missing: judged.missing_parents(&spans, &tree).len(),
            is_from_outside: judged.is_from_outside(),
            likely_duration,
            late_work: judged.late_work(),
        }
    }
}

/// Verdicts by trace and version. A verdict that no listing has used for a generation is dropped.
#[derive(Debug, Default)]
pub(super) struct VerdictCache(Mutex<Generations>);

#[derive(Debug, Default)]
struct Generations {
    young: HashMap<TraceId, (u64, TraceVerdict)>,
    old: HashMap<TraceId, (u64, TraceVerdict)>,
}

impl VerdictCache {
    pub(super) fn get(&self, id: TraceId, version: u64) -> Option<TraceVerdict> {
        let mut generations = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, verdict)) = generations.young.get(&id).filter(|(of, _)| *of == version) {
            return Some(*verdict);
        }
        let (_, verdict) = generations.old.remove(&id).filter(|(of, _)| *of == version)?;
        generations.insert(id, version, verdict);
        Some(verdict)
    }

    pub(super) fn insert(&self, id: TraceId, version: u64, verdict: TraceVerdict) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(id, version, verdict);
    }
}

impl Generations {
    fn insert(&mut self, id: TraceId, version: u64, verdict: TraceVerdict) {
        if self.young.len() >= GENERATION {
            self.old = mem::take(&mut self.young);
        }
        self.young.insert(id, (version, verdict));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VERDICT: TraceVerdict = TraceVerdict {
        has_failed: false,
        handled: 0,
        background: 0,
        missing: 0,
        is_from_outside: false,
        likely_duration: None,
        late_work: None,
    };

    fn id(number: u128) -> TraceId {
        TraceId::from_bytes(&number.to_be_bytes()).unwrap()
    }

    #[test]
    fn the_cache_keeps_what_is_used_and_is_bounded() {
        let cache = VerdictCache::default();
        for number in 1..=5 * GENERATION as u128 {
            cache.insert(id(number), 1, VERDICT);
            assert!(cache.get(id(1), 1).is_some(), "used all the time");
        }
        assert_eq!(cache.get(id(2), 1), None);
        assert_eq!(cache.get(id(1), 2), None, "another version");
        let generations = cache.0.lock().unwrap();
        assert!(generations.young.len() + generations.old.len() <= 2 * GENERATION);
    }
}
