//! Every bound and threshold of the doctor, each with its reason.

use trace_model::analysis::clocks;

/// Most spans that are examined at once: about 1 GB with their attributes. The traces that arrived first are left out.
pub const SPANS: usize = 1_000_000;
/// Most spans and joins that one finding lists. Its counts stay exact.
pub const SPANS_PER_FINDING: usize = 1_000;
/// Most examples of names, paths and threads in one observation.
pub const EXAMPLES: usize = 8;

/// How often it must be seen before a hop or a place is called broken. Two may be chance.
pub const REPEATS: usize = 3;
/// Most calls that may answer one request before the request is called ambiguous. Bounds the matching.
pub const CANDIDATES: usize = 8;
/// Most spans of one service that are looked at to find those that are open at a moment. Bounds the search.
pub const OPEN_SPANS: usize = 64;
/// The largest chance at which times and ids are no coincidence.
pub const CHANCE: f64 = 0.005;
/// How many units of its granularity a clock may be off.
pub const GRANULES: u64 = clocks::GRANULES.unsigned_abs();

/// A trace is examined when nothing arrived for this many times the usual lag of its slowest service.
pub const QUIET_LAGS: u64 = 3;
/// And at least this many nanoseconds: batch processors wait 5 s by default.
pub const QUIET_AT_LEAST: u64 = 10_000_000_000;
/// A span that arrives later than this after its end comes from a file, or its clock is wrong: that is no lag.
pub const MAX_LAG: u64 = 600_000_000_000;

/// Nanoseconds by which one span must end or begin after another before it counts as late: the clocks of two hosts that are
/// synchronised differ by less.
pub const LATE: u64 = 10_000_000;

/// Attempts within attempts, before they are called a storm.
pub const STORM: usize = 6;
/// Like spans in a steady beat after their request ended, before a context counts as leaked.
pub const BEATS: usize = 8;
/// Names that differ only in ids, before they are remarked upon.
pub const NAMES: usize = 6;
/// Like calls one after the other, before they are remarked upon.
pub const CALLS_IN_A_ROW: usize = 5;
