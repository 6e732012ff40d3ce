//! CPU time of repeated runs against a budget.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

const TIMES: usize = 20;
const MEASUREMENTS: usize = 3;

/// Budgets, and how many of them were exceeded by half in every run.
pub(crate) struct Budgets {
    over: usize,
    reference: Reference,
}

impl Budgets {
    pub(crate) fn new() -> Self {
        let reference = Reference::new();
        println!("this machine, now: {:.2} of the time of a quiet one", reference.slowness());
        Self { over: 0, reference }
    }

    /// How often all runs of something exceeded its budget by half.
    pub(crate) const fn exceeded(&self) -> usize {
        self.over
    }

    /// Runs something and prints its best time, its 95th percentile, and how much it found.
    pub(crate) fn run(&mut self, budget: Duration, what: &str, mut run: impl FnMut() -> usize) {
        let mut failing = budget * 3 / 2;
        let mut measured = measure(&mut run);
        for _ in 1..MEASUREMENTS {
            if measured.best > failing {
                let again = measure(&mut run);
                measured.best = measured.best.min(again.best);
                measured.p95 = measured.p95.min(again.p95);
                failing = failing.max((budget * 3 / 2).mul_f64(self.reference.slowness()));
            }
        }
        let Measured { best, p95, found } = measured;
        self.over += usize::from(best > failing);
        let over = if p95 > budget { "OVER" } else { "    " };
        println!("{best:>12.3?} {p95:>12.3?} {over}  {found:>5}  {what}");
    }
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
