//! Which spans are examined: each once, and only of traces that have arrived.
//!
//! Parts of a trace arrive seconds apart, children before parents. So a trace is examined when nothing of it arrived for a
//! while: three times the usual lag between a span's end and its arrival, measured for each service, and at least 10 s.

use std::collections::{BTreeMap, HashMap, HashSet};

use trace_model::{Nanos, Origin, Span, TraceId};

use crate::{Received, limits};

/// The spans to examine.
#[derive(Default)]
pub(crate) struct Intake<'a> {
    /// By trace, in the order of ids; the spans of a trace by start, then id.
    pub(crate) groups: Vec<Vec<(Origin<'a>, Span<'a>)>>,
    /// Traces of which something may still arrive.
    pub(crate) arriving: usize,
    /// Traces beyond [`limits::SPANS`].
    pub(crate) left_out: usize,
}

impl<'a> Intake<'a> {
    pub(crate) fn new(received: &[Received<'a>], now: Nanos) -> Self {
        let lags = Lags::measure(received);
        let mut traces = BTreeMap::<TraceId, Arrived<'_, 'a>>::new();
        let mut known = HashSet::new();
        for one in received {
            // An exporter that retries sends the same bytes twice.
            if known.insert((one.origin.resource.raw, one.span.raw())) {
                traces.entry(one.span.trace_id).or_default().add(one, &lags);
            }
        }
        let mut intake = Self::default();
        let mut settled: Vec<Arrived<'_, 'a>> = Vec::new();
        for trace in traces.into_values() {
            if trace.is_arriving(now) {
                intake.arriving += 1;
            } else {
                settled.push(trace);
            }
        }
        // The newest stay.
        settled.sort_by_key(|trace| (std::cmp::Reverse(trace.last), trace.id()));
        let mut room = limits::SPANS;
        settled.retain(|trace| {
            let fits = trace.spans.len() <= room;
            room -= if fits { trace.spans.len() } else { 0 };
            intake.left_out += usize::from(!fits);
            fits
        });
        settled.sort_by_key(Arrived::id);
        intake.groups = settled.into_iter().map(Arrived::into_spans).collect();
        intake
    }
}

/// What arrived of one trace.
#[derive(Default)]
struct Arrived<'r, 'a> {
    spans: Vec<&'r Received<'a>>,
    /// When the last part arrived.
    last: Nanos,
    /// The longest quiet window of its services.
    quiet: u64,
}

impl<'r, 'a> Arrived<'r, 'a> {
    fn add(&mut self, one: &'r Received<'a>, lags: &Lags<'_>) {
        self.last = self.last.max(one.arrived);
        self.quiet = self.quiet.max(lags.quiet_window(one));
        self.spans.push(one);
    }

    fn is_arriving(&self, now: Nanos) -> bool {
        !self.last.is_unset() && now.since(self.last) < self.quiet
    }

    fn id(&self) -> Option<TraceId> {
        self.spans.first().map(|one| one.span.trace_id)
    }

    fn into_spans(mut self) -> Vec<(Origin<'a>, Span<'a>)> {
        self.spans.sort_by_key(|one| (one.span.start, one.span.span_id, one.span.raw()));
        self.spans.into_iter().map(|one| (one.origin, one.span.clone())).collect()
    }
}

/// The usual lag from the end of a span to its arrival, by resource.
struct Lags<'a>(HashMap<&'a [u8], u64>);

impl<'a> Lags<'a> {
    fn measure(received: &[Received<'a>]) -> Self {
        let mut all = HashMap::<&[u8], Vec<u64>>::new();
        for one in received.iter().filter(|one| !one.arrived.is_unset()) {
            all.entry(one.origin.resource.raw).or_default().push(one.arrived.since(one.span.end));
        }
        let median = |mut lags: Vec<u64>| {
            let middle = lags.len() / 2;
            *lags.select_nth_unstable(middle).1
        };
        Self(all.into_iter().map(|(resource, lags)| (resource, median(lags))).collect())
    }

    fn quiet_window(&self, one: &Received<'_>) -> u64 {
        let lag = self.0.get(one.origin.resource.raw).copied().unwrap_or_default();
        lag.saturating_mul(limits::QUIET_LAGS).max(limits::QUIET_AT_LEAST)
    }
}
