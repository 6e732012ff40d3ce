//! Generated traces, as OTLP JSON: clocks that are off or coarse, detached work, orphans, cycles, shared ids, retries,
//! queues, times that are unset. A seed gives the same traces.

use serde_json::{Value, json};

/// 2025-11-01, in nanoseconds.
const START: u64 = 1_761_955_200_000_000_000;
const MS: u64 = 1_000_000;
const MAX_SPANS: u64 = 80;
const INTERNAL: u64 = 1;
const SERVER: u64 = 2;
const CLIENT: u64 = 3;
const PRODUCER: u64 = 4;
const CONSUMER: u64 = 5;

/// `SplitMix64`.
pub(super) struct Random(u64);

impl Random {
    pub(super) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `limit`.
    fn below(&mut self, limit: u64) -> u64 {
        self.bits() % limit.max(1)
    }

    /// True with a chance of one in `times`.
    fn one_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    fn pick<'a, T>(&mut self, values: &'a [T]) -> &'a T {
        let index = self.below(values.len() as u64);
        &values[usize::try_from(index).unwrap()]
    }
}

/// One service on one host.
#[derive(Clone, Copy)]
struct Process {
    host: u64,
    /// Nanoseconds that its clock is ahead of the true time.
    ahead: u64,
    /// Nanoseconds in which its clock counts.
    granularity: u64,
}

/// A span by the true time, from the start of the trace.
#[derive(Clone, Copy)]
struct Span {
    id: u64,
    parent: u64,
    process: usize,
    kind: u64,
    from: u64,
    to: u64,
}

pub(super) struct HostileTrace {
    pub(super) id: String,
    /// The request that sends it.
    pub(super) otlp: Value,
}

impl HostileTrace {
    pub(super) fn new(random: &mut Random) -> Self {
        let id = format!("{:016x}{:016x}", random.bits() | 1, random.bits());
        let hosts = [0, random.below(2_000) * MS, random.below(2) * 700 * MS];
        let processes: Vec<Process> = (0..=random.below(7))
            .map(|_| {
                let host = random.below(3);
                let ahead = hosts[usize::try_from(host).unwrap()];
                Process { host, ahead, granularity: if random.one_in(3) { MS } else { 1 } }
            })
            .collect();
        let mut spans = vec![root(random)];
        for _ in 0..random.below(MAX_SPANS) {
            let parent = *random.pick(&spans);
            let child = child(random, parent, processes.len() as u64);
            spans.push(child);
            if random.one_in(12) {
                let length = child.to - child.from;
                spans.push(Span { id: span_id(random), from: child.to, to: child.to + length, ..child });
            }
        }
        if random.one_in(5) {
            let parent = random.pick(&spans).id;
            let index = random.below(spans.len() as u64);
            spans[usize::try_from(index).unwrap()].parent = parent; // It may be its own ancestor.
        }
        let sent =
            spans.iter().map(|span| (span.process, to_json(random, &id, span, processes[span.process])));
        let mut by_process = vec![Vec::new(); processes.len()];
        for (process, span) in sent {
            by_process[process].push(span);
        }
        let resources: Vec<Value> = by_process
            .into_iter()
            .enumerate()
            .filter(|(_, spans)| !spans.is_empty())
            .map(|(index, spans)| resource_spans(index, processes[index], &spans))
            .collect();
        Self { id, otlp: json!({ "resourceSpans": resources }) }
    }
}

fn span_id(random: &mut Random) -> u64 {
    random.bits() | 1
}

fn root(random: &mut Random) -> Span {
    let parent = if random.one_in(5) { span_id(random) } else { 0 };
    let kind = *random.pick(&[INTERNAL, SERVER, SERVER, CLIENT]);
    let to = if random.one_in(20) { 0 } else { (1 + random.below(500)) * MS };
    Span { id: span_id(random), parent, process: 0, kind, from: 0, to }
}

fn child(random: &mut Random, parent: Span, processes: u64) -> Span {
    let length = parent.to - parent.from;
    let elsewhere = usize::try_from(random.below(processes)).unwrap();
    let (process, kind) = match parent.kind {
        CLIENT => (elsewhere, SERVER),
        PRODUCER => (elsewhere, CONSUMER),
        _ => (parent.process, *random.pick(&[INTERNAL, SERVER, CLIENT, PRODUCER, CONSUMER])),
    };
    let is_later = parent.kind == PRODUCER || random.one_in(15);
    let from =
        if is_later { parent.to + random.below(5_000) * MS } else { parent.from + random.below(length) };
    let to = match random.below(10) {
        0 => from,
        1 => from + length + random.below(2 * MS),
        _ if is_later => from + random.below(length),
        _ => from + random.below(parent.to - from),
    };
    let id = if random.one_in(40) { parent.id } else { span_id(random) };
    let parent = if random.one_in(25) { span_id(random) } else { parent.id };
    Span { id, parent, process, kind, from, to }
}

fn to_json(random: &mut Random, trace: &str, span: &Span, process: Process) -> Value {
    let clock = |time: u64| {
        let reported = START + process.ahead + time;
        reported - reported % process.granularity
    };
    let (start, end) = match random.below(150) {
        0 => (0, clock(span.to)),
        1 => (clock(span.from), 0),
        2 => (clock(span.to), clock(span.from)),
        _ => (clock(span.from), clock(span.to)),
    };
    let status = random.pick(&[0, 0, 0, 1, 2]);
    let http = *random.pick(&[200, 404, 500, 503]);
    let attributes = if span.kind == SERVER && random.one_in(3) {
        json!([{ "key": "http.response.status_code", "value": { "intValue": http } }])
    } else if matches!(span.kind, CLIENT | PRODUCER) && random.one_in(2) {
        let peer = format!("s{}", random.below(9));
        json!([{ "key": "peer.service", "value": { "stringValue": peer } }])
    } else {
        json!([])
    };
    let parent = if span.parent == 0 { String::new() } else { format!("{:016x}", span.parent) };
    json!({
        "traceId": trace,
        "spanId": format!("{:016x}", span.id),
        "parentSpanId": parent,
        "flags": *random.pick(&[0, 0, 0x100, 0x300]),
        "name": format!("op {}", random.below(6)),
        "kind": span.kind,
        "startTimeUnixNano": start.to_string(),
        "endTimeUnixNano": end.to_string(),
        "status": { "code": status, "message": "refused" },
        "attributes": attributes,
    })
}

fn resource_spans(index: usize, process: Process, spans: &[Value]) -> Value {
    let attribute = |key: &str, value: String| json!({ "key": key, "value": { "stringValue": value } });
    json!({
        "resource": { "attributes": [
            attribute("service.name", format!("s{index}")),
            attribute("host.name", format!("h{}", process.host)),
        ] },
        "scopeSpans": [{ "spans": spans }],
    })
}
