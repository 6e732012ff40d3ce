//! One trace as the page reads it: its rows in preorder, and what its analysis says of them.

use std::{borrow::Cow, str::FromStr};

use serde::Serialize;
use trace_model::{
    Nanos, Origin, Span, SpanId, TraceId,
    analysis::{ClockOffset, correct_clocks, corrected_extent},
    tree::{self, Node, Tree},
};
use trace_store::StoredTrace;

use super::{
    json_number::{clamp_signed_to_safe, clamp_to_safe},
    judged_rows::{CriticalPathJson, GivenUpJson, IdleJson, JudgedRows, MostTimeJson, QueueWaitJson},
    span_details::offset,
    trace_rows::{RowsJson, Services, rows},
};

/// By which clock times are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Clocks {
    /// Each span's own.
    Reported,
    /// The root's: times by clocks that differ from it are moved.
    Corrected,
}

impl Clocks {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Reported => "reported",
            Self::Corrected => "corrected",
        }
    }
}

impl FromStr for Clocks {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = [Self::Reported, Self::Corrected].into_iter().find(|clocks| clocks.as_str() == text);
        known.ok_or_else(|| format!("invalid clocks={text:?}: it must be `reported` or `corrected`"))
    }
}

/// Row numbers are indexes into the columns of `rows`. Times are nanoseconds from the start of the trace.
#[derive(Serialize)]
pub(super) struct TraceJson<'a> {
    trace_id: TraceId,
    start_unix_nano: String,
    duration: u64,
    version: u64,
    services: Vec<Cow<'a, str>>,
    rows: RowsJson<'a>,
    /// The row that the trace is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    root: Option<usize>,
    /// Parents within this system that were not received. A caller outside is not among them.
    missing: Vec<SpanId>,
    critical_path: CriticalPathJson,
    #[serde(skip_serializing_if = "Option::is_none")]
    most_time: Option<MostTimeJson>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    idle: Vec<IdleJson>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    queue_waits: Vec<QueueWaitJson>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    given_up: Vec<GivenUpJson>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    skew: Option<SkewJson>,
}

/// What is known of clocks that differ from the root's.
#[derive(Serialize)]
struct SkewJson {
    clocks: Vec<ClockJson>,
    /// As the spans report it.
    reported_duration: u64,
    /// By the root's clock.
    likely_duration: u64,
    /// This answer is by the root's clock.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    corrected: bool,
    /// Start of the trace as it is shown, relative to its reported start.
    #[serde(skip_serializing_if = "is_zero")]
    origin: i64,
}

/// A clock that differs from the root's, as [`ClockOffset`] has it.
#[derive(Serialize)]
struct ClockJson {
    host: Option<String>,
    services: Vec<String>,
    ahead: i64,
    uncertainty: i64,
}

impl From<&ClockOffset> for ClockJson {
    fn from(clock: &ClockOffset) -> Self {
        let ClockOffset { host, services, ahead, uncertainty } = clock.clone();
        let [ahead, uncertainty] = [ahead, uncertainty].map(clamp_signed_to_safe);
        Self { host, services, ahead, uncertainty }
    }
}

/// The spans of a trace by one or by several clocks, and what the analysis says of them.
struct JudgedTrace<'a> {
    spans: Vec<(Origin<'a>, Span<'a>)>,
    tree: Tree,
    rows: JudgedRows,
    /// The first start and the last end.
    extent: (Nanos, Nanos),
}

impl<'a> JudgedTrace<'a> {
    fn new(spans: Vec<(Origin<'a>, Span<'a>)>) -> Self {
        let nodes: Vec<Node> = spans.iter().map(|(_, span)| Node::from(span)).collect();
        let tree = tree::layout(&nodes);
        Self { rows: JudgedRows::new(&spans, &tree), extent: corrected_extent(&spans, &[]), tree, spans }
    }
}

impl<'a> TraceJson<'a> {
    pub(super) fn new(trace: &'a StoredTrace, by: Clocks) -> Self {
        let reported = JudgedTrace::new(trace.spans());
        let clocks = reported.rows.clocks().to_vec();
        if clocks.is_empty() {
            return Self::of(trace, &reported, &clocks);
        }
        let likely = corrected_extent(&reported.spans, &clocks);
        let skew = SkewJson::new(&clocks, reported.extent, likely);
        match by {
            Clocks::Reported => {
                Self { skew: Some(skew), ..Self::of(trace, &reported, &clocks) }.without_mixed_clocks()
            }
            Clocks::Corrected => {
                let corrected = JudgedTrace::new(correct_clocks(&reported.spans, &clocks));
                let origin = offset(likely.0, reported.extent.0);
                Self {
                    skew: Some(SkewJson { corrected: true, origin, ..skew }),
                    ..Self::of(trace, &corrected, &clocks)
                }
            }
        }
    }

    /// Leaves out what compares times of clocks that differ: such a wait may not have been.
    fn without_mixed_clocks(mut self) -> Self {
        let is_one_clock = |one: usize, other: usize| self.rows.ahead(one) == self.rows.ahead(other);
        self.queue_waits.retain(|wait| is_one_clock(wait.producer, wait.consumer));
        self.given_up.retain(|call| is_one_clock(call.client, call.server));
        self.idle.clear();
        self
    }

    fn of(trace: &StoredTrace, judged: &JudgedTrace<'a>, clocks: &[ClockOffset]) -> Self {
        let JudgedTrace { spans, tree, rows: judged, extent: (start, end) } = judged;
        let mut services = Services::default();
        let duration = end.since(*start);
        Self {
            trace_id: trace.trace_id,
            start_unix_nano: start.to_string(),
            duration: clamp_to_safe(duration),
            version: trace.version,
            rows: rows(spans, tree, judged, &mut services, clocks, *start),
            services: services.names,
            root: judged.root(),
            missing: judged.missing_parents(spans, tree),
            critical_path: judged.critical_path(),
            most_time: judged.most_time(),
            idle: judged.idle(duration),
            queue_waits: judged.queue_waits(),
            given_up: judged.given_up(),
            skew: None,
        }
    }
}

impl SkewJson {
    fn new(clocks: &[ClockOffset], reported: (Nanos, Nanos), likely: (Nanos, Nanos)) -> Self {
        let duration = |(start, end): (Nanos, Nanos)| clamp_to_safe(end.since(start));
        Self {
            clocks: clocks.iter().map(ClockJson::from).collect(),
            reported_duration: duration(reported),
            likely_duration: duration(likely),
            corrected: false,
            origin: 0,
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_zero(value: &i64) -> bool {
    *value == 0
}
