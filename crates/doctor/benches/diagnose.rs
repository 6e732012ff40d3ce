//! What it costs to examine 100,000 spans, by the shape of their traces: `cargo bench -p doctor`.
//!
//! The figure is the CPU time of the best run. A shape above 200 ms is marked. With `-- --check`, one above 1 s fails (other
//! processes use the same caches and the same cores' units), and so does one whose cost grows faster than its number of
//! spans. A part of a shape's name selects it.

use std::time::Duration;

use doctor::{Received, diagnose};
use rustix::time::{ClockId, clock_gettime};
use trace_model::{Nanos, Origin, Resource, Span, wire::Writer};

const SPANS: u64 = 100_000;
const RUNS: usize = 7;
const BUDGET: Duration = Duration::from_millis(200);
const LIMIT: Duration = Duration::from_secs(1);
/// 100,000 spans cost at most this many times as much as 25,000: linear is 4, quadratic is 16.
const GROWTH: u32 = 8;

/// One span, by numbers: 0 is no parent and no link.
#[derive(Clone, Copy, Default)]
struct Planned {
    trace: u64,
    id: u64,
    parent: u64,
    service: u64,
    link: u64,
    start: u64,
    kind: u64,
    /// Of the path.
    path: u64,
}

/// What the span with this number is like, of so many.
type Shape = fn(u64, u64) -> Planned;

/// Every tenth span is a request, the others are calls.
fn plan(number: u64) -> Planned {
    let kind = if number % 10 == 1 { 2 } else { 3 };
    Planned { trace: 1, id: number, start: number * 1_000, kind, path: number, ..Planned::default() }
}

const SHAPES: [(&str, Shape); 13] = [
    ("traces of 10 spans", |number, _| {
        let root = (number - 1) / 10 * 10 + 1;
        Planned { trace: root, parent: if number == root { 0 } else { root }, ..plan(number) }
    }),
    ("two children each", |number, _| Planned { parent: number / 2, ..plan(number) }),
    ("one parent of all", |number, _| Planned { parent: u64::from(number > 1), ..plan(number) }),
    ("one chain", |number, _| Planned { parent: number - 1, ..plan(number) }),
    ("a service for every 10 spans", |number, _| Planned {
        parent: number / 2,
        service: number / 10,
        ..plan(number)
    }),
    ("a service and a trace for every 10 spans", |number, _| Planned {
        trace: 1 + number / 10,
        service: number / 10,
        ..plan(number)
    }),
    ("one id for all", |number, _| Planned { id: 1, ..plan(number) }),
    ("one missing parent of all", |number, _| Planned { parent: u64::MAX, ..plan(number) }),
    ("a missing parent of each", |number, _| Planned { parent: u64::MAX - number, ..plan(number) }),
    ("a link to the first from each", |number, _| Planned { trace: number, link: 1, ..plan(number) }),
    ("calls and requests of two services, all at one time and path", |number, _| Planned {
        trace: number,
        service: number % 2,
        kind: 2 + number % 2,
        start: 1,
        path: 1,
        ..plan(number)
    }),
    ("calls and requests of two services beside each other", |number, _| Planned {
        parent: u64::from(number > 1),
        service: number % 2,
        kind: if number == 1 { 1 } else { 2 + number % 2 },
        start: number,
        path: number % 10,
        ..plan(number)
    }),
    ("one client with many servers of other services", |number, of| Planned {
        parent: u64::from(number > 1),
        service: number % 100,
        kind: if number == 1 { 3 } else { 1 + u64::from(number * 2 > of) },
        ..plan(number)
    }),
];

fn span(planned: Planned) -> Vec<u8> {
    let path = format!("/price/{}", planned.path);
    let (key, value) =
        if planned.kind == 2 { ("url.path", path) } else { ("url.full", format!("http://stock:8080{path}")) };
    let start = 1_790_000_000_000_000_000 + planned.start;
    let trace_id = |trace: u64| [&[7; 8][..], &trace.to_be_bytes()].concat();
    let mut out = Writer::new();
    out.bytes(1, &trace_id(planned.trace));
    out.bytes(2, &planned.id.to_be_bytes());
    if planned.parent > 0 {
        out.bytes(4, &planned.parent.to_be_bytes());
    }
    out.bytes(5, b"GET");
    out.varint(6, planned.kind);
    out.fixed64(7, start);
    out.fixed64(8, start + 50_000);
    for (key, value) in [(key, value.as_str()), ("http.request.method", "GET")] {
        let attribute = out.begin(9);
        text(&mut out, key, value);
        out.end(attribute);
    }
    if planned.link > 0 {
        let link = out.begin(13);
        out.bytes(1, &trace_id(planned.link));
        out.bytes(2, &planned.link.to_be_bytes());
        out.end(link);
    }
    out.fixed32(16, 0x101);
    out.into_bytes()
}

fn resource(service: u64) -> Vec<u8> {
    let mut out = Writer::new();
    let attribute = out.begin(1);
    text(&mut out, "service.name", &format!("service-{service}"));
    out.end(attribute);
    out.into_bytes()
}

fn text(out: &mut Writer, key: &str, value: &str) {
    out.bytes(1, key.as_bytes());
    let text = out.begin(2);
    out.bytes(1, value.as_bytes());
    out.end(text);
}

/// The best CPU time of some runs over so many spans.
fn cost(shape: Shape, spans: u64, runs: usize) -> Duration {
    let planned: Vec<Planned> = (1..=spans).map(|number| shape(number, spans)).collect();
    let services = planned.iter().map(|span| span.service).max().unwrap_or_default();
    let resources: Vec<Vec<u8>> = (0..=services).map(resource).collect();
    let raw: Vec<Vec<u8>> = planned.iter().map(|planned| span(*planned)).collect();
    let received: Vec<Received<'_>> = raw
        .iter()
        .zip(&planned)
        .zip(planned.iter().map(|span| resources.get(usize::try_from(span.service).unwrap_or_default())))
        .filter_map(|((raw, _), resource)| {
            let origin = Origin { resource: Resource { raw: resource? }, ..Origin::default() };
            Some(Received { origin, span: Span::decode(raw).ok()?, arrived: Nanos::ZERO })
        })
        .collect();
    assert_eq!(received.len(), raw.len());
    let run = |_| {
        let begun = thread_time();
        assert_eq!(diagnose(&received, Nanos::MAX).spans, raw.len());
        thread_time().saturating_sub(begun)
    };
    (0..runs).map(run).min().unwrap_or_default()
}

/// CPU time of this thread.
fn thread_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.try_into().unwrap_or_default(), time.tv_nsec.try_into().unwrap_or_default())
}

fn main() {
    let is_check = std::env::args().any(|argument| argument == "--check");
    let wanted = std::env::args().skip(1).find(|argument| !argument.starts_with("--")).unwrap_or_default();
    let mut failed = false;
    for (shape, plan) in SHAPES.into_iter().filter(|(shape, _)| shape.contains(&wanted)) {
        let (quarter, whole) = (cost(plan, SPANS / 4, RUNS), cost(plan, SPANS, RUNS));
        let is_linear = whole <= quarter * GROWTH;
        failed |= whole > LIMIT || !is_linear;
        let mark = match (is_linear, whole <= BUDGET) {
            (false, _) => "   <-- not linear",
            (true, false) => "   <-- over budget",
            (true, true) => "",
        };
        println!(
            "{:>4} ms for {SPANS} spans, {:>3} ms for a quarter: {shape}{mark}",
            whole.as_millis(),
            quarter.as_millis()
        );
    }
    assert!(!is_check || !failed, "a shape costs more than {LIMIT:?}, or grows faster than its spans");
}
