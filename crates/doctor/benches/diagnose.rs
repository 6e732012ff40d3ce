//! What it costs to examine 100,000 spans: `cargo bench -p doctor`. With `-- --check`, more than 200 ms fail.

use std::time::{Duration, Instant};

use doctor::{Received, diagnose};
use trace_model::{Nanos, Origin, Span, wire::Writer};

const SPANS: u64 = 100_000;
const RUNS: usize = 7;
const BUDGET: Duration = Duration::from_millis(200);

/// From the number of a span to the numbers of its trace and parent; 0 for a root.
type Place = fn(u64) -> (u64, u64);

/// One span: every tenth is a request, every other one a call; `trace` and `parent` are numbers.
fn span(number: u64, trace: u64, parent: u64) -> Vec<u8> {
    let (kind, key, value) = match number % 10 {
        1 => (2, "url.path", format!("/price/{number}")),
        _ => (3, "url.full", format!("http://stock:8080/price/{number}")),
    };
    let start = 1_790_000_000_000_000_000 + number * 1_000;
    let mut out = Writer::new();
    out.bytes(1, &[&[7; 8][..], &trace.to_be_bytes()].concat());
    out.bytes(2, &number.to_be_bytes());
    if parent > 0 {
        out.bytes(4, &parent.to_be_bytes());
    }
    out.bytes(5, b"GET");
    out.varint(6, kind);
    out.fixed64(7, start);
    out.fixed64(8, start + 50_000);
    for (key, value) in [(key, value.as_str()), ("http.request.method", "GET")] {
        let attribute = out.begin(9);
        out.bytes(1, key.as_bytes());
        let text = out.begin(2);
        out.bytes(1, value.as_bytes());
        out.end(text);
        out.end(attribute);
    }
    out.fixed32(16, 0x101);
    out.into_bytes()
}

fn main() {
    let is_check = std::env::args().any(|argument| argument == "--check");
    let shapes: [(&str, Place); 3] = [
        ("10,000 traces of 10 spans", |number| {
            let root = (number - 1) / 10 * 10 + 1;
            (root, if number == root { 0 } else { root })
        }),
        ("one trace, two children each", |number| (1, number / 2)),
        ("one trace, one parent of all", |number| (1, u64::from(number > 1))),
    ];
    for (shape, place) in shapes {
        let raw: Vec<Vec<u8>> = (1..=SPANS)
            .map(|number| {
                let (trace, parent) = place(number);
                span(number, trace, parent)
            })
            .collect();
        let received: Vec<Received<'_>> = raw
            .iter()
            .filter_map(|raw| Span::decode(raw).ok())
            .map(|span| Received { origin: Origin::default(), span, arrived: Nanos::ZERO })
            .collect();
        let mut times: Vec<Duration> = (0..RUNS)
            .map(|_| {
                let begun = Instant::now();
                assert_eq!(diagnose(&received, Nanos::MAX).spans, raw.len());
                begun.elapsed()
            })
            .collect();
        times.sort_unstable();
        println!("100,000 spans, {shape}: {:?} at best, {:?} in the middle", times[0], times[RUNS / 2]);
        assert!(!is_check || times[0] <= BUDGET, "more than {BUDGET:?}");
    }
}
