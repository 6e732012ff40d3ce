//! Benchmark of queries over a million spans, in memory and on disk: `cargo bench -p trace-store --bench search`.
//!
//! It measures the CPU time of the querying thread, so that other processes do not count. Each query runs twenty times.
//! The minimum and the 95th percentile are printed, and whether the percentile exceeds its budget. With `--check`, the
//! benchmark fails when a percentile exceeds its budget by half. Other processes evict the caches and share the memory's
//! bandwidth, which slows all queries: a query that would fail is measured up to three times, the least percentile
//! counts, and its budget grows by what a fixed amount of work takes longer at that moment than on a quiet machine
//! ([`Reference`]).

use std::time::{Duration, Instant};

use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::{AnyValue, KeyValue, any_value::Value},
    resource::v1::Resource,
    trace::v1::{ResourceSpans, ScopeSpans, Span, Status},
};
use prost::Message;
use rustix::time::{ClockId, clock_gettime};
use trace_model::{
    Nanos,
    tree::{self, Node},
};
use trace_store::{DiskSettings, Limits, MetricsQuery, Query, Store};

const TRACES: u64 = 125_000;
const SPANS_PER_TRACE: u64 = 8;
const TRACES_PER_BATCH: u64 = 64;
const TIMES: usize = 20;
const MEASUREMENTS: usize = 3;

const SEARCH: Duration = Duration::from_millis(50);
const COMPLETION: Duration = Duration::from_millis(20);
const METRICS: Duration = Duration::from_millis(100);
const LAYOUT: Duration = Duration::from_millis(100);

/// Queries with many, few and no matches, for every kind of condition.
const QUERIES: [&str; 70] = [
    "",
    "service=service-3 status=error",
    "service=nobody",
    "route/7",
    "nosuchname",
    "duration>900ms",
    "duration>10h",
    "trace.duration>10h",
    "trace.errors>7",
    "root.service=service-3",
    "parent.service=service-7",
    "status=error kind=client",
    "http.request.method=GET",
    "http.response.status_code=418",
    "http.response.status_code>=500 service=service-1",
    "http.route=\"/route/7\" status=error duration>50ms",
    "http.route=/route/* -status=error service=service-7 duration>998ms",
    "service=service-0 only.of.last=yes",
    "-http.request.method=GET",
    "request.id=\"id-77777-3\"",
    "request.id=nothing",
    "url.path~users/42",
    "db.rows>1000000",
    "since=1h",
    // Keys whose values all differ: one match, some in every part of the store, all, none.
    "request.id~zzzz",
    "request.id~d-4242-",
    "request.id~77",
    "request.id~7",
    "request.id~id-",
    "request.id!~id-",
    "request.id=*zzzz*",
    "request.id=id-*-77*",
    "db.rows>99998",
    "db.rows>99000",
    "db.rows>5",
    "db.rows>9990 request.id~zzzz",
    "db.rows~99999",
    "session.id~zz",
    "session.id~9f3c11",
    "session.id~9f3",
    "thread.load>0.99999",
    "thread.load<0.5 service=service-3 status=error",
    "thread.load~77777777",
    "thread.load~.",
    "thread.load!~0",
    "thread.load=0.1*7",
    "-thread.load~0.",
    r#"db.query.text~"id = 77777 and""#,
    r#"db.query.text~"where nothing""#,
    "db.query.text~select",
    // A value that nearly every trace has, with one that none has.
    "db.query.text~select session.id~zz",
    // Negated terms that match none, few, some, all.
    "-request.id~id-",
    "-request.id=id-*",
    "-request.id=*d-*",
    "-request.id=id*-*-*",
    "-request.id=*",
    "-request.id!~4242-",
    "-request.id!=id-*",
    "-request.id!=\"id-77777-3\"",
    "-request.id~77",
    "-db.rows>5",
    "-db.rows>=0",
    "-db.rows~9 -db.rows<=99",
    "-session.id~zz",
    "-thread.load<2",
    "-db.query.text~select",
    "-db.query.text=\"SELECT 1\" -db.query.text~select",
    "-request.id~id- -session.id~zz -db.query.text~select",
    "request.id!=id-*",
    "request.id!=\"id-77777-3\" session.id~zz",
];

fn main() {
    let mut bench =
        Bench { check: std::env::args().any(|arg| arg == "--check"), over: 0, reference: Reference::new() };
    println!("this machine, now: {:.2} of the time of a quiet one", bench.reference.slowness());
    let store = Store::in_memory(Limits { memory: 4 << 30 });
    bench.store("in memory", &store);
    drop(store);
    let folder = tempfile::tempdir().expect("a folder");
    let disk = DiskSettings { folder: folder.path().to_owned(), limit: 8 << 30 };
    let store = Store::on_disk(Limits { memory: 1 << 30 }, &disk).expect("a store");
    bench.store("on disk", &store);
    let wide: Vec<Node> = (1..=100_000_u64).map(|n| node(n, u64::from(n > 1))).collect();
    bench.run(LAYOUT, "tree of one parent with 100,000 children", || tree::layout(&wide).rows.len());
    let deep: Vec<Node> = (1..=10_000_u64).map(|n| node(n, n - 1)).collect();
    bench.run(LAYOUT, "tree of a chain 10,000 deep", || tree::layout(&deep).rows.len());
    assert!(!bench.check || bench.over == 0, "{} queries exceed their budget by half", bench.over);
}

struct Bench {
    check: bool,
    over: usize,
    reference: Reference,
}

/// A fixed amount of work of the kind that queries do: a pass over a column, and look-ups in it.
struct Reference {
    column: Vec<u64>,
}

impl Reference {
    /// 32 MiB, more than the caches hold.
    const VALUES: usize = 4 << 20;
    /// What the work takes on a quiet machine, where the budgets hold.
    const QUIET: Duration = Duration::from_millis(16);

    fn new() -> Self {
        Self { column: (0..Self::VALUES as u64).map(|n| n.wrapping_mul(0x9e37_79b9_7f4a_7c15)).collect() }
    }

    /// How much longer the work takes now than on a quiet machine, at least 1.
    fn slowness(&self) -> f64 {
        let mut times = [(); 5].map(|()| {
            let started = thread_time();
            std::hint::black_box(self.work());
            thread_time().saturating_sub(started)
        });
        times.sort_unstable();
        times[2].div_duration_f64(Self::QUIET).max(1.0)
    }

    fn work(&self) -> usize {
        let matching = self.column.iter().filter(|value| value.count_ones() > 40).count();
        let at = |n: usize| self.column[n.wrapping_mul(2_654_435_761) % Self::VALUES];
        matching + (0..Self::VALUES / 4).filter(|&n| at(n) > 1 << 62).count()
    }
}

impl Bench {
    fn store(&mut self, place: &str, store: &Store) {
        let started = Instant::now();
        for batch in 0..TRACES / TRACES_PER_BATCH {
            store.ingest(request(batch)).expect("a request");
        }
        let stats = store.stats();
        let (spans, bytes) = (stats.spans, stats.memory_bytes as u64 / stats.spans);
        println!(
            "{place}: {spans} spans, {bytes} bytes of memory each, ingested in {:.1?}",
            started.elapsed()
        );
        for text in QUERIES {
            let query = Query::parse(text).expect("a query");
            let whole = store.search(&query, 100);
            // The first page is complete: only the number of matches may have stopped the search.
            assert!(whole.traces.len() == 100 || !whole.has_more, "{text} is not complete on one page");
            self.run(SEARCH, text, || store.search(&query, 100).traces.len());
        }
        for text in ["", "http", "http.route=", "name=GET", "request.id=id-"] {
            self.run(COMPLETION, &format!("complete {text}"), || {
                store.complete(text, text.len()).items.len()
            });
        }
        let query = MetricsQuery { intervals: 40, ..MetricsQuery::default() };
        self.run(METRICS, "metrics and service map", || store.metrics(query).operations.len());
    }

    fn run(&mut self, budget: Duration, what: &str, mut run: impl FnMut() -> usize) {
        let mut failing = budget * 3 / 2;
        let mut measured = measure(&mut run);
        for _ in 1..MEASUREMENTS {
            if measured.p95 > failing {
                let again = measure(&mut run);
                measured.best = measured.best.min(again.best);
                measured.p95 = measured.p95.min(again.p95);
                failing = failing.max((budget * 3 / 2).mul_f64(self.reference.slowness()));
            }
        }
        let Measured { best, p95, found } = measured;
        self.over += usize::from(p95 > failing);
        let over = if p95 > budget { "OVER" } else { "    " };
        println!("{best:>12.3?} {p95:>12.3?} {over}  {found:>5}  {what}");
    }
}

struct Measured {
    best: Duration,
    p95: Duration,
    /// How much the last run found.
    found: usize,
}

fn measure(run: &mut impl FnMut() -> usize) -> Measured {
    let mut found = 0;
    let mut times: Vec<_> = (0..TIMES)
        .map(|_| {
            let started = thread_time();
            found = run();
            thread_time().saturating_sub(started)
        })
        .collect();
    times.sort_unstable();
    Measured { best: times[0], p95: times[TIMES * 95 / 100 - 1], found }
}

/// CPU time of this thread.
fn thread_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.try_into().unwrap_or_default(), time.tv_nsec.try_into().unwrap_or_default())
}

fn node(id: u64, parent: u64) -> Node {
    let id_of = |n: u64| trace_model::SpanId::from_bytes(&n.to_be_bytes()).ok();
    Node {
        id: id_of(id).expect("not zero"),
        parent: id_of(parent),
        kind: trace_model::SpanKind::Internal,
        start: Nanos::from_unix(id),
        end: Nanos::from_unix(id + 5),
    }
}

fn request(batch: u64) -> Vec<u8> {
    let traces = batch * TRACES_PER_BATCH..(batch + 1) * TRACES_PER_BATCH;
    let services = (0..SPANS_PER_TRACE).map(|step| {
        let spans = traces.clone().map(|trace| span(trace, step)).collect();
        let resource = Resource {
            attributes: vec![text("service.name", &format!("service-{step}"))],
            ..Resource::default()
        };
        let scope_spans = vec![ScopeSpans { spans, ..ScopeSpans::default() }];
        ResourceSpans { resource: Some(resource), scope_spans, ..ResourceSpans::default() }
    });
    ExportTraceServiceRequest { resource_spans: services.collect() }.encode_to_vec()
}

fn span(trace: u64, step: u64) -> Span {
    let hash = (trace * 8 + step).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
    let start = 1_700_000_000_000_000_000 + trace * 1_000_000;
    let failed = hash.is_multiple_of(100);
    Span {
        trace_id: u128::from(trace + 1).to_be_bytes().to_vec(),
        span_id: (step + 1).to_be_bytes().to_vec(),
        parent_span_id: if step == 0 { vec![] } else { step.to_be_bytes().to_vec() },
        name: format!("GET /route/{}", hash % 20),
        // Servers and clients in turn, so that the service map counts both sides of each call.
        kind: if step.is_multiple_of(2) { 2 } else { 3 },
        start_time_unix_nano: start,
        end_time_unix_nano: start + hash % 1000 * 1_000_000,
        status: failed.then(|| Status { code: 2, message: String::new() }),
        attributes: vec![
            text("http.request.method", "GET"),
            text("http.route", &format!("/route/{}", hash % 20)),
            int("http.response.status_code", if failed { 503 } else { 200 }),
            text("url.path", &format!("/users/{}", hash % 5000)),
            text("url.scheme", "http"),
            text("server.address", "127.0.0.1"),
            int("server.port", 8080),
            text("client.address", "127.0.0.1"),
            text("user_agent.original", "bench/1.0"),
            text("request.id", &format!("id-{trace}-{step}")),
            text("session.id", &session(trace * 8 + step)),
            double("thread.load", f64::from(u32::try_from(hash).unwrap_or_default()) / f64::from(1 << 24)),
            text("db.query.text", &statement(trace * 8 + step)),
            int("db.rows", i64::try_from(trace.wrapping_mul(7_919) % 100_000).unwrap_or_default()),
            text("only.of.last", if step == SPANS_PER_TRACE - 1 { "yes" } else { "no" }),
        ],
        ..Span::default()
    }
}

fn text(key: &str, value: &str) -> KeyValue {
    let value = Some(AnyValue { value: Some(Value::StringValue(value.into())) });
    KeyValue { key: key.into(), value, ..KeyValue::default() }
}

fn double(key: &str, value: f64) -> KeyValue {
    let value = Some(AnyValue { value: Some(Value::DoubleValue(value)) });
    KeyValue { key: key.into(), value, ..KeyValue::default() }
}

/// Incompressible hexadecimal digits, like random ids.
fn session(n: u64) -> String {
    let half = |n: u64| (n ^ n >> 31).wrapping_mul(0x94d0_49bb_1331_11eb).wrapping_add(n << 7);
    let first = half(n.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    format!("{first:016x}{:016x}", half(first))
}

/// SQL with literals.
fn statement(n: u64) -> String {
    format!(
        "SELECT id, handle, display_name FROM users WHERE id = {n} AND expires_at > {} LIMIT 20",
        n * 7_919
    )
}

fn int(key: &str, value: i64) -> KeyValue {
    KeyValue {
        key: key.into(),
        value: Some(AnyValue { value: Some(Value::IntValue(value)) }),
        ..KeyValue::default()
    }
}
