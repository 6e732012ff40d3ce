//! One trace as the page reads it: its rows in preorder, and what its analysis says of them.

use std::{borrow::Cow, str::FromStr};

use serde::Serialize;
use trace_model::{
    Nanos, SpanId, TraceId,
    analysis::{ClockOffset, LikelyTrace, extent},
};
use trace_store::StoredTrace;

use super::{
    json_number::{clamp_signed_to_safe, clamp_to_safe},
    judged_rows::{
        CriticalPathJson, GivenUpJson, IdleJson, JudgedRows, LateWorkJson, MostTimeJson, QueueWaitJson,
    },
    span_details::offset,
    trace_rows::{Layout, PeerJson, Peers, RowsJson, Services, rows},
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
    /// Receivers of calls and messages that have no span in the trace.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    peers: Vec<PeerJson>,
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
    #[serde(skip_serializing_if = "Option::is_none")]
    late_work: Option<LateWorkJson>,
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
    #[serde(skip_serializing_if = "Option::is_none")]
    instance: Option<String>,
    services: Vec<String>,
    /// The names of its services do not say which clock it is.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    replica: bool,
    ahead: i64,
    uncertainty: i64,
    /// Otherwise likely.
    certain: bool,
}

impl From<&ClockOffset> for ClockJson {
    fn from(clock: &ClockOffset) -> Self {
        let ClockOffset { host, instance, services, is_replica, ahead, uncertainty, is_certain } =
            clock.clone();
        let [ahead, uncertainty] = [ahead, uncertainty].map(clamp_signed_to_safe);
        Self { host, instance, services, replica: is_replica, ahead, uncertainty, certain: is_certain }
    }
}

impl<'a> TraceJson<'a> {
    /// What is judged is by the likely clocks, whichever clocks the rows' times are by.
    pub(super) fn new(trace: &'a StoredTrace, by: Clocks) -> Self {
        let reported = trace.spans();
        let judged = LikelyTrace::new(&reported);
        let is_corrected = by == Clocks::Corrected && judged.has_skew();
        let shifts = if is_corrected { Vec::new() } else { judged.reported_shifts(&reported) };
        let LikelyTrace { spans: likely, tree, analysis } = judged;
        let clocks = analysis.clocks.clone();
        let [reported_extent, likely_extent] = [&reported[..], &likely[..]].map(|spans| extent(spans));
        let judged = JudgedRows::new(analysis, shifts);
        let (shown, extent) =
            if is_corrected { (&likely[..], likely_extent) } else { (&reported[..], reported_extent) };
        let duration = |(start, end): (Nanos, Nanos)| clamp_to_safe(end.since(start));
        let (mut services, mut peers) = (Services::default(), Peers::default());
        let layout = Layout { spans: shown, tree: &tree, start: extent.0 };
        Self {
            trace_id: trace.trace_id,
            start_unix_nano: extent.0.to_string(),
            duration: duration(extent),
            version: trace.version,
            rows: rows(layout, &judged, &mut services, &mut peers, &clocks),
            services: services.names.list,
            peers: peers.list,
            root: judged.root(),
            missing: judged.missing_parents(shown, &tree),
            critical_path: judged.critical_path(),
            most_time: judged.most_time(),
            idle: judged.idle(duration(likely_extent)),
            queue_waits: judged.queue_waits(),
            given_up: judged.given_up(),
            late_work: judged.late_work(),
            skew: (!clocks.is_empty()).then(|| SkewJson {
                clocks: clocks.iter().map(ClockJson::from).collect(),
                reported_duration: duration(reported_extent),
                likely_duration: duration(likely_extent),
                corrected: is_corrected,
                origin: if is_corrected { offset(likely_extent.0, reported_extent.0) } else { 0 },
            }),
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_zero(value: &i64) -> bool {
    *value == 0
}
