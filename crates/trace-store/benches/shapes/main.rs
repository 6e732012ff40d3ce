//! What adversarial shapes of input cost, by their size: `cargo bench -p trace-store --bench shapes`.
//!
//! Every stage that spans pass is measured: decoding JSON, storing, storing again, laying out and judging a trace, the
//! list of traces, metrics. The figure is the CPU time of the best run. With `--check`, the benchmark fails when a stage
//! takes more than ten times as long for four times the input: linear is 4, and more where the input outgrows the caches,
//! which other processes use, too; quadratic is 16. A stage that would fail is measured again. A part of a shape's name
//! selects it.

mod json;
mod shapes;
mod stages;

use std::time::{Duration, Instant};

use crate::{
    shapes::{SHAPES, Shape},
    stages::{STAGES, costs},
};

/// Items of the smaller input: spans, or links or events of one span.
const ITEMS: u64 = 40_000;
/// Four times the input takes at most so many times as long.
const GROWTH: u32 = 10;
/// Attempts to show that a stage is linear.
const ATTEMPTS: usize = 6;
/// After this time there are no further attempts: quadratic work takes minutes.
const ENOUGH: Duration = Duration::from_secs(10);
/// A stage that takes no longer for the larger input is not judged: clocks and allocations decide its time.
const NOTICEABLE: Duration = Duration::from_millis(20);

/// The least time of each stage, for the smaller and the larger input.
struct Growth(Vec<(Duration, Duration)>);

impl Growth {
    fn of(shape: Shape) -> Self {
        let mut least = Self(vec![(Duration::MAX, Duration::MAX); STAGES.len()]);
        let begun = Instant::now();
        for _ in 0..ATTEMPTS {
            let (once, whole) = (costs(&shape(ITEMS)), costs(&shape(4 * ITEMS)));
            for (least, (once, whole)) in least.0.iter_mut().zip(once.into_iter().zip(whole)) {
                *least = (least.0.min(once), least.1.min(whole));
            }
            if least.0.iter().all(is_linear) || begun.elapsed() > ENOUGH {
                break;
            }
        }
        least
    }
}

fn is_linear((once, whole): &(Duration, Duration)) -> bool {
    *whole <= NOTICEABLE || *whole <= *once * GROWTH
}

fn main() {
    let is_check = std::env::args().any(|argument| argument == "--check");
    let wanted = std::env::args().skip(1).find(|argument| !argument.starts_with("--")).unwrap_or_default();
    let mut failed = 0;
    for (name, shape) in SHAPES.into_iter().filter(|(name, _)| name.contains(&wanted)) {
        println!("{name}");
        for (stage, growth) in STAGES.iter().zip(Growth::of(shape).0) {
            let mark = if is_linear(&growth) { "" } else { "   <-- not linear" };
            failed += usize::from(!is_linear(&growth));
            println!("{:>12.3?} {:>12.3?}  {stage}{mark}", growth.0, growth.1);
        }
    }
    println!("{failed} stages take more than {GROWTH} times as long for four times the input");
    assert!(!is_check || failed == 0, "cost grows faster than the input");
}
