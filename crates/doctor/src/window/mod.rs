//! The traces under examination, each with what its judge says of it and the facts of its spans.
//!
//! | module | content |
//! |---|---|
//! | [`intake`] | which spans are examined: duplicates, traces that are still arriving, the limit |
//! | [`facts`], [`address`] | what a span's attributes say about its call |
//! | [`labels`] | what spans are grouped and compared by: routes, addresses, paths without ids |
//! | [`secrets`], [`redaction`] | which values have the form of a credential, and which are placeholders for one |
//! | [`calls`] | calls with both spans, calls without an answer, requests without a caller |
//! | [`matching`] | one-to-one pairs among candidates |
//! | [`coincidence`] | how likely it is that times and ids agree by chance |
//! | [`splits`] | pairs of a call and a request that are in different traces, and belong together |
//! | [`losses`], [`local_parents`] | which service's spans are missing below an unanswered call or above an orphan, and which may still run |
pub(crate) mod address;
pub(crate) mod calls;
pub(crate) mod coincidence;
pub(crate) mod facts;
pub(crate) mod intake;
pub(crate) mod labels;
mod local_parents;
pub(crate) mod losses;
pub(crate) mod matching;
mod redaction;
pub(crate) mod secrets;
pub(crate) mod splits;

use std::collections::BTreeSet;

use trace_model::{
    Nanos, Origin, Span, SpanKind, TraceId,
    analysis::{ClockOffset, ParentOrigin, Rows, clocks, granularity, parents, rows::Process, rows::Row},
    tree::layout_spans,
};

use crate::{finding::SpanRef, hash::HashMap, limits};
use calls::Calls;
use facts::Facts;
use labels::{Label, Labels, Texts};
use losses::Loss;
use splits::Split;

/// One row of one trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct At {
    pub(crate) trace: usize,
    pub(crate) row: usize,
}

/// One trace. Lists by row are in the order of its rows.
pub(crate) struct Trace<'a> {
    pub(crate) id: TraceId,
    pub(crate) rows: Rows<'a>,
    pub(crate) clocks: Vec<ClockOffset>,
    parents: Vec<ParentOrigin>,
    pub(crate) facts: Vec<Facts<'a>>,
    labels: Vec<Labels>,
    /// The row of the request that a row works for: the nearest SERVER or CONSUMER span at or above it.
    requests: Vec<Option<usize>>,
    /// By process of [`Rows::processes`]: nanoseconds that its times cannot tell apart.
    pub(crate) granularity: Vec<i64>,
    /// By process of [`Rows::processes`]: its index in [`Window::processes`].
    processes: Vec<usize>,
}

/// All traces under examination.
pub(crate) struct Window<'a> {
    /// In the order of their ids.
    pub(crate) traces: Vec<Trace<'a>>,
    pub(crate) services: Vec<String>,
    texts: Texts,
    /// Each process with its service.
    pub(crate) processes: Vec<usize>,
    /// The spans of each service, in the order of traces and rows.
    by_service: Vec<Vec<At>>,
    /// When each trace begins, as far as its times are right.
    begins: Vec<Option<u64>>,
    /// The same, in order.
    starts: Vec<u64>,
    pub(crate) calls: Calls,
    pub(crate) splits: Vec<Split>,
    pub(crate) losses: Vec<Loss>,
}

impl<'a> Window<'a> {
    /// `groups`: the spans of each trace, traces and spans in a fixed order.
    pub(crate) fn new(groups: &'a [Vec<(Origin<'a>, Span<'a>)>]) -> Self {
        let mut names = Names::default();
        let mut traces: Vec<Trace<'a>> =
            groups.iter().filter_map(|spans| Trace::new(spans, &mut names)).collect();
        let (labels, texts) = labels::label(&traces);
        for (trace, labels) in traces.iter_mut().zip(labels) {
            trace.labels = labels;
        }
        let mut window = Self {
            traces,
            services: names.services,
            texts,
            processes: names.processes,
            by_service: Vec::new(),
            begins: Vec::new(),
            starts: Vec::new(),
            calls: Calls::default(),
            splits: Vec::new(),
            losses: Vec::new(),
        };
        window.begins = (0..window.traces.len()).map(|trace| window.begin(trace)).collect();
        window.starts = window.begins.iter().copied().flatten().collect();
        window.starts.sort_unstable();
        window.by_service = window.by_service();
        window.calls = Calls::new(&window);
        window.splits = splits::find(&window);
        window.losses = losses::find(&window);
        window
    }

    /// Every row of every trace.
    pub(crate) fn all(&self) -> impl Iterator<Item = At> + '_ {
        (0..self.traces.len()).flat_map(|trace| self.rows_of(trace))
    }

    /// Every row of a trace.
    pub(crate) fn rows_of(&self, trace: usize) -> impl Iterator<Item = At> + use<> {
        (0..self.traces[trace].rows.len()).map(move |row| At { trace, row })
    }

    fn by_service(&self) -> Vec<Vec<At>> {
        let mut spans = vec![Vec::new(); self.services.len()];
        for at in self.all() {
            spans[self.service(at)].push(at);
        }
        spans
    }

    /// Every span of a service in a trace.
    pub(crate) fn spans_in(&self, trace: usize, service: usize) -> impl Iterator<Item = At> + '_ {
        let spans = &self.by_service[service];
        let first = spans.partition_point(|at| at.trace < trace);
        spans[first..].iter().copied().take_while(move |at| at.trace == trace)
    }

    /// The requests that a service served in a trace.
    pub(crate) fn requests_in(&self, trace: usize, service: usize) -> impl Iterator<Item = At> + '_ {
        self.spans_in(trace, service).filter(|at| self.kind(*at) == SpanKind::Server)
    }

    /// Every span of a service.
    pub(crate) fn spans_of(&self, service: usize) -> impl Iterator<Item = At> + '_ {
        self.by_service[service].iter().copied()
    }

    /// Whether a trace has a span of a service.
    pub(crate) fn has_service(&self, trace: usize, service: usize) -> bool {
        self.traces[trace].processes.iter().any(|process| self.processes[*process] == service)
    }

    pub(crate) fn trace(&self, at: At) -> &Trace<'a> {
        &self.traces[at.trace]
    }

    pub(crate) fn row(&self, at: At) -> &Row {
        &self.traces[at.trace].rows[at.row]
    }

    pub(crate) fn span(&self, at: At) -> &'a Span<'a> {
        self.traces[at.trace].rows.span(at.row)
    }

    pub(crate) fn facts(&self, at: At) -> &Facts<'a> {
        &self.traces[at.trace].facts[at.row]
    }

    pub(crate) fn kind(&self, at: At) -> SpanKind {
        self.row(at).kind
    }

    pub(crate) fn parent(&self, at: At) -> Option<At> {
        self.row(at).parent.map(|row| At { row, ..at })
    }

    pub(crate) fn parent_origin(&self, at: At) -> ParentOrigin {
        self.traces[at.trace].parents[at.row]
    }

    pub(crate) fn children(&self, at: At) -> impl Iterator<Item = At> + '_ {
        self.traces[at.trace].rows.children(at.row).map(move |row| At { row, ..at })
    }

    /// The request that a span works for: the nearest SERVER or CONSUMER span at or above it.
    pub(crate) fn request(&self, at: At) -> Option<At> {
        self.traces[at.trace].requests[at.row].map(|row| At { row, ..at })
    }

    pub(crate) fn process(&self, at: At) -> usize {
        self.traces[at.trace].processes[self.row(at).process]
    }

    pub(crate) fn service(&self, at: At) -> usize {
        self.processes[self.process(at)]
    }

    /// When a trace begins, as far as its times are right.
    fn begin(&self, trace: usize) -> Option<u64> {
        let rows = self.traces[trace].rows.roots().map(|row| At { trace, row });
        rows.filter(|at| !self.is_time_wrong(*at)).map(|at| self.start(at)).min()
    }

    /// How much of what goes on falls into these spans: see [`coincidence::share`].
    pub(crate) fn share(&self, spans: &[At], own: impl IntoIterator<Item = At>) -> f64 {
        self.share_of(spans.iter().map(|at| (self.start(*at), self.end(*at))).collect(), own)
    }

    /// The same, of intervals.
    pub(crate) fn share_of(&self, intervals: Vec<(u64, u64)>, own: impl IntoIterator<Item = At>) -> f64 {
        let own: BTreeSet<usize> = own.into_iter().map(|at| at.trace).collect();
        let own: Vec<u64> = own.into_iter().filter_map(|trace| self.begins[trace]).collect();
        coincidence::share(intervals, &self.starts, &own)
    }

    /// Nanoseconds since 1970.
    pub(crate) fn start(&self, at: At) -> u64 {
        self.span(at).start.as_unix()
    }

    pub(crate) fn end(&self, at: At) -> u64 {
        self.span(at).end.as_unix().max(self.start(at))
    }

    /// Nanoseconds.
    pub(crate) fn duration(&self, at: At) -> u64 {
        self.end(at) - self.start(at)
    }

    /// Whether a time is later than another one by more than two clocks may differ. `at`: a span with the later clock.
    pub(crate) fn is_later(&self, time: u64, than: u64, at: At) -> bool {
        time > than + limits::LATE + self.slack(at)
    }

    /// Whether no two of these children overlap, and they take half of their parent's time. `calls` are in the order of
    /// their starts.
    pub(crate) fn are_in_sequence(&self, parent: At, calls: &[At]) -> bool {
        let overlaps = |pair: &[At]| self.start(pair[1]) + self.slack(pair[1]) < self.end(pair[0]);
        let took: u64 = calls.iter().map(|call| self.duration(*call)).sum();
        !calls.windows(2).any(overlaps) && took * 2 >= self.duration(parent)
    }

    /// Nanoseconds that the times of a span may be off by the coarseness of its clock.
    pub(crate) fn slack(&self, at: At) -> u64 {
        let granularity = self.trace(at).granularity[self.row(at).process];
        // One nanosecond is no granularity.
        if granularity <= 1 { 0 } else { granularity.unsigned_abs() * limits::GRANULES }
    }

    /// Whether `inner` lies within `outer`, as far as coarse clocks can say.
    pub(crate) fn encloses(&self, outer: At, inner: At) -> bool {
        let slack = self.slack(outer).max(self.slack(inner));
        self.begins_within(outer, inner) && self.end(inner) <= self.end(outer) + slack
    }

    /// Whether `inner` begins within `outer`: a server may end after its client.
    pub(crate) fn begins_within(&self, outer: At, inner: At) -> bool {
        let slack = self.slack(outer).max(self.slack(inner));
        self.start(inner) + slack >= self.start(outer) && self.start(inner) <= self.end(outer)
    }

    /// Times that no clock of today gives: unset, before 2001 or after 2100.
    pub(crate) fn is_time_wrong(&self, at: At) -> bool {
        const YEAR_2001: u64 = 978_307_200_000_000_000;
        let span = self.span(at);
        [span.start, span.end].iter().any(|time| time.as_unix() < YEAR_2001 || time.is_implausible())
    }

    pub(crate) fn labels(&self, at: At) -> &Labels {
        &self.traces[at.trace].labels[at.row]
    }

    pub(crate) fn text(&self, label: Label) -> &str {
        self.texts.get(label)
    }

    /// What a request is for: the route, else the name without its method, else the path without ids.
    pub(crate) fn route(&self, at: At) -> &str {
        self.text(self.labels(at).route)
    }

    /// The address that a client asks, as `host:port`.
    pub(crate) fn asked(&self, client: At) -> Option<&str> {
        self.labels(client).asked.map(|label| self.text(label))
    }

    pub(crate) fn reference(&self, at: At) -> SpanRef {
        SpanRef { trace_id: self.trace(at).id, span_id: self.span(at).span_id }
    }

    pub(crate) fn time(&self, at: At) -> Nanos {
        self.span(at).start
    }
}

impl<'a> Trace<'a> {
    fn new(spans: &'a [(Origin<'a>, Span<'a>)], names: &mut Names) -> Option<Self> {
        let id = spans.first()?.1.trace_id;
        let tree = layout_spans(spans);
        let rows = Rows::new(spans, &tree);
        let granularity = granularity::by_process(&rows);
        let facts = tree.rows.iter().map(|row| {
            let (origin, span) = &spans[row.node];
            Facts::of(origin, span)
        });
        Some(Self {
            id,
            facts: facts.collect(),
            labels: Vec::new(),
            requests: requests(&rows),
            processes: rows.processes.iter().map(|process| names.process(process)).collect(),
            clocks: clocks::offsets(&rows, &granularity),
            parents: parents::origins(&rows),
            granularity,
            rows,
        })
    }
}

fn requests(rows: &Rows<'_>) -> Vec<Option<usize>> {
    let mut requests: Vec<Option<usize>> = Vec::with_capacity(rows.len());
    for (index, row) in rows.iter() {
        let is_request = matches!(row.kind, SpanKind::Server | SpanKind::Consumer);
        let above = row.parent.and_then(|parent| requests[parent]);
        requests.push(if is_request { Some(index) } else { above });
    }
    requests
}

/// Services and processes of all traces, by index.
#[derive(Default)]
struct Names {
    services: Vec<String>,
    processes: Vec<usize>,
    known_services: HashMap<String, usize>,
    known_processes: HashMap<Process, usize>,
}

impl Names {
    fn process(&mut self, process: &Process) -> usize {
        if let Some(known) = self.known_processes.get(process) {
            return *known;
        }
        let service = *self.known_services.entry(process.service.clone()).or_insert_with(|| {
            self.services.push(process.service.clone());
            self.services.len() - 1
        });
        self.processes.push(service);
        self.known_processes.insert(process.clone(), self.processes.len() - 1);
        self.processes.len() - 1
    }
}
