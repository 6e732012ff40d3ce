//! How the instructions of a stage grow with the input.

use std::fmt;

use crate::{callgrind::Counted, input::ITEMS};

/// Twice the input takes at most so many hundredths of the instructions.
const PERCENT: u64 = 230;
/// A stage with fewer instructions for the larger input is not judged, since a fixed part decides. For each pair of items, it
/// does less than one instruction.
const NOTICEABLE: u64 = 2_000_000;

/// Begins the names of stages that are quadratic on purpose: a measure that does not find them finds nothing.
const CONTROL: &str = "control: ";

/// The instructions of a stage for one and for two times the input.
pub(crate) struct Growth {
    stage: String,
    once: u64,
    twice: u64,
}

impl Growth {
    /// By stage. `counted` has all stages for each of [`ITEMS`].
    pub(crate) fn by_stage(counted: &[Counted]) -> Vec<Self> {
        let stages = counted.len() / ITEMS.len();
        let runs: Vec<&[Counted]> = counted.chunks(stages).collect();
        let [_warm_up, once, twice] = runs[..] else { panic!("the stages of each size") };
        let of = |((stage, once), (again, twice)): (&Counted, &Counted)| {
            assert_eq!(stage, again);
            Self { stage: stage.clone(), once: *once, twice: *twice }
        };
        once.iter().zip(twice).map(of).collect()
    }

    /// Whether the stage is as it should be: linear, or a control that is not.
    pub(crate) fn is_expected(&self) -> bool {
        self.is_linear() != self.is_control()
    }

    pub(crate) fn is_control(&self) -> bool {
        self.stage.contains(CONTROL)
    }

    fn is_linear(&self) -> bool {
        self.twice < NOTICEABLE || self.twice * 100 <= self.once * PERCENT
    }

    /// Hundredths; 0 for a stage that is not judged.
    pub(crate) fn percent(&self) -> u64 {
        if self.twice < NOTICEABLE { 0 } else { self.twice * 100 / self.once.max(1) }
    }
}

impl fmt::Display for Growth {
    #[expect(clippy::cast_precision_loss, reason = "rounded for display")]
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { stage, once, twice } = self;
        let mark = match (self.is_expected(), self.is_control()) {
            (true, _) => "",
            (false, false) => "   <-- not linear",
            (false, true) => "   <-- quadratic, and not found",
        };
        let ratio = *twice as f64 / *once as f64;
        write!(out, "{once:>12} {twice:>12} {ratio:>6.2}  {stage}{mark}")
    }
}
