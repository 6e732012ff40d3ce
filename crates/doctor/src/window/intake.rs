//! Which spans are examined: each once, and only of traces that have arrived.
//!
//! Parts of a trace arrive seconds apart, children before parents. So a trace is examined when nothing of it arrived for a
//! while: three times the usual lag between a span's end and its arrival, measured for each service, and at least 10 s.

use foldhash::fast::RandomState;
use trace_model::{Nanos, Origin, Resource, Span, TraceId};

use crate::{
    Arriving, Received,
    hash::{HashMap, HashSet},
    limits,
};

/// The spans to examine.
#[derive(Default)]
pub(crate) struct Intake<'a> {
    /// By trace, in the order of ids; the spans of a trace by start, then id.
    pub(crate) groups: Vec<Vec<(Origin<'a>, Span<'a>)>>,
    /// Traces of which something may still arrive, in the order of their ids.
    pub(crate) arriving: Vec<Arriving>,
    /// Traces beyond [`limits::SPANS`].
    pub(crate) left_out: usize,
}

impl<'a> Intake<'a> {
    pub(crate) fn new(received: &[Received<'a>], now: Nanos) -> Self {
        let lags = Lags::measure(received);
        let mut traces: Vec<Arrived<'_, 'a>> = Vec::new();
        let mut index = HashMap::<TraceId, usize>::default();
        let mut known = HashSet::with_capacity_and_hasher(received.len(), RandomState::default());
        for one in received {
            // An exporter that retries sends the same bytes twice.
            if known.insert((one.origin.resource.raw, one.span.raw())) {
                let trace = *index.entry(one.span.trace_id).or_insert(traces.len());
                if trace == traces.len() {
                    traces.push(Arrived::default());
                }
                traces[trace].add(one, &lags);
            }
        }
        let mut intake = Self::default();
        let mut settled: Vec<Arrived<'_, 'a>> = Vec::new();
        traces.sort_unstable_by_key(Arrived::id);
        for trace in traces {
            match trace.arriving(now, &lags) {
                Some(arriving) => intake.arriving.push(arriving),
                None => settled.push(trace),
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
    /// The slowest of its resources, with its lag.
    slowest: (u64, &'a [u8]),
}

impl<'r, 'a> Arrived<'r, 'a> {
    fn add(&mut self, one: &'r Received<'a>, lags: &Lags<'_>) {
        self.last = self.last.max(one.arrived);
        self.slowest = self.slowest.max((lags.of(one), one.origin.resource.raw));
        self.spans.push(one);
    }

    /// What may still arrive; `None` when nothing will.
    fn arriving(&self, now: Nanos, lags: &Lags<'_>) -> Option<Arriving> {
        let (lag, resource) = self.slowest;
        let quiet = lag.saturating_mul(limits::QUIET_LAGS).max(limits::QUIET_AT_LEAST);
        if self.last.is_unset() || now.since(self.last) >= quiet {
            return None;
        }
        Some(Arriving {
            trace_id: self.id()?,
            last: self.last,
            examined_at: Nanos::from_unix(self.last.as_unix().saturating_add(quiet)),
            slowest: Resource { raw: resource }.service_name().into_owned(),
            slowest_heard: lags.0.get(resource).map(|lag| lag.heard).unwrap_or_default(),
        })
    }

    fn id(&self) -> Option<TraceId> {
        self.spans.first().map(|one| one.span.trace_id)
    }

    fn into_spans(mut self) -> Vec<(Origin<'a>, Span<'a>)> {
        self.spans.sort_by_key(|one| (one.span.start, one.span.span_id, one.span.raw()));
        self.spans.into_iter().map(|one| (one.origin, one.span.clone())).collect()
    }
}

/// How spans of one resource arrive.
struct Lag {
    /// The usual time from the end of a span to its arrival.
    usual: u64,
    /// When the last one arrived.
    heard: Nanos,
}

/// By resource.
struct Lags<'a>(HashMap<&'a [u8], Lag>);

impl<'a> Lags<'a> {
    fn measure(received: &[Received<'a>]) -> Self {
        let mut all = HashMap::<&[u8], (Vec<u64>, Nanos)>::default();
        for one in received.iter().filter(|one| !one.arrived.is_unset()) {
            let (lags, heard) = all.entry(one.origin.resource.raw).or_default();
            let lag = one.arrived.since(one.span.end);
            lags.push(if lag > limits::MAX_LAG { 0 } else { lag });
            *heard = (*heard).max(one.arrived);
        }
        let median = |mut lags: Vec<u64>| {
            let middle = lags.len() / 2;
            *lags.select_nth_unstable(middle).1
        };
        let lag = |(resource, (lags, heard))| (resource, Lag { usual: median(lags), heard });
        Self(all.into_iter().map(lag).collect())
    }

    fn of(&self, one: &Received<'_>) -> u64 {
        self.0.get(one.origin.resource.raw).map_or(0, |lag| lag.usual)
    }
}
