//! Diagnosis of stored traces within limits: the newest ones, or those that arrived around one trace.
//!
//! The doctor compares traces, so one trace is never examined alone. What is beyond the limits is counted, not examined.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use ::doctor::{Received, Report, suppression::Suppressed};
use serde_json::Value;
use thiserror::Error;
use tokio::sync::Mutex;
use trace_model::{Nanos, TraceId};
use trace_store::{LocatedTrace, Store, StoredTrace, TraceSummary};

use super::{
    accepted::Accepted,
    missing_parents::{self, MissingParentJson},
    read_budget::{BudgetError, ReadBudget},
};
use crate::error_response::INTERRUPTED;

/// Traces of one diagnosis.
const MAX_TRACES: usize = 2_000;
/// Their spans: about a tenth of a second. The trace that was asked for is examined up to ten times that size.
const MAX_SPANS: u64 = 50_000;
const MAX_ASKED_SPANS: u64 = 10 * MAX_SPANS;
const MIB: usize = 1 << 20;
/// Their size when decompressed. They are in memory together.
const MAX_BYTES: usize = 48 * MIB;
/// Memory of a span while it is examined, beside its bytes.
const BYTES_PER_SPAN: usize = 1024;
/// How long the diagnosis of the newest traces is used again.
const MAX_AGE: Duration = Duration::from_secs(2);

/// What was found in a window of traces.
#[derive(Debug)]
pub(super) struct Diagnosis {
    pub(super) report: Report,
    /// When each examined trace began.
    pub(super) starts: HashMap<TraceId, Nanos>,
    /// Stored traces that were not examined, because they are beyond the limits.
    pub(super) beyond: u64,
    pub(super) now: Nanos,
    /// Missing parents of the trace that was asked for.
    pub(super) missing: Vec<MissingParentJson>,
    /// Findings that `doctor.toml` left out of the report, and its entries.
    pub(super) suppressed: usize,
    pub(super) suppressions: Value,
}

/// Examines traces of the store.
#[derive(Debug)]
pub(super) struct Diagnostician {
    store: Arc<Store>,
    read_budget: ReadBudget,
    /// Findings that are known and accepted.
    pub(super) accepted: Arc<Accepted>,
    /// The last diagnosis of the newest traces. One request makes it, the others wait for it.
    newest: Mutex<Option<(Instant, Arc<Diagnosis>)>>,
}

/// The trace that was asked for.
#[derive(Debug, Clone, Copy)]
struct Asked {
    id: TraceId,
    /// Nothing of it will arrive any more.
    is_complete: bool,
}

/// Why there is no diagnosis.
#[derive(Debug, Error)]
pub(super) enum Unavailable {
    #[error("trace not found")]
    NotFound,
    #[error(
        "the trace has more than 500,000 spans, so it is not examined; export it and use `cruddur doctor --file`"
    )]
    TooLarge,
    #[error(
        "to examine the trace takes {} MiB of memory, and the limit is {} MiB; raise WATERFALL_MEMORY_LIMIT, or export it \
         and use `cruddur doctor --file`",
        needed.div_ceil(MIB), budget / MIB
    )]
    Memory { needed: usize, budget: usize },
    #[error(transparent)]
    Budget(BudgetError),
    #[error("{INTERRUPTED}")]
    Interrupted,
}

impl Diagnostician {
    pub(super) fn new(store: Arc<Store>, read_budget: ReadBudget) -> Self {
        Self { store, read_budget, accepted: Arc::default(), newest: Mutex::default() }
    }

    pub(super) fn with_accepted(self, accepted: Accepted) -> Self {
        Self { accepted: Arc::new(accepted), ..self }
    }

    /// The newest traces are examined again: other findings are accepted.
    pub(super) async fn forget_newest(&self) {
        *self.newest.lock().await = None;
    }

    /// Examines the newest traces.
    pub(super) async fn of_newest(&self) -> Result<Arc<Diagnosis>, Unavailable> {
        let mut cached = self.newest.lock().await;
        if let Some((_, diagnosis)) = cached.as_ref().filter(|(made, _)| made.elapsed() < MAX_AGE) {
            return Ok(diagnosis.clone());
        }
        let newest = self.store.latest(MAX_TRACES);
        let diagnosis = Arc::new(self.examine(newest, None).await?);
        *cached = Some((Instant::now(), diagnosis.clone()));
        Ok(diagnosis)
    }

    /// Examines a trace together with those that arrived around it. `is_complete`: nothing of it will arrive any more.
    pub(super) async fn around(&self, id: TraceId, is_complete: bool) -> Result<Diagnosis, Unavailable> {
        let around = self.store.around(id, MAX_TRACES);
        match around.first() {
            None => Err(Unavailable::NotFound),
            Some(asked) if asked.spans > MAX_ASKED_SPANS => Err(Unavailable::TooLarge),
            Some(_) => self.examine(around, Some(Asked { id, is_complete })).await,
        }
    }

    async fn examine(
        &self,
        summaries: Vec<Arc<TraceSummary>>,
        asked: Option<Asked>,
    ) -> Result<Diagnosis, Unavailable> {
        let window = locate(&self.store, summaries, asked.map(|asked| asked.id));
        let bytes: usize = window.iter().map(|(_, located)| located.bytes()).sum();
        let spans: u64 = window.iter().map(|(summary, _)| summary.spans).sum();
        let bytes =
            bytes.saturating_add(usize::try_from(spans).unwrap_or(usize::MAX).saturating_mul(BYTES_PER_SPAN));
        let permit = self.read_budget.acquire(bytes).await.map_err(|cause| match cause {
            BudgetError::TooLarge { bytes: needed, budget } => Unavailable::Memory { needed, budget },
            busy @ BudgetError::Busy => Unavailable::Budget(busy),
        })?;
        let stored = self.store.stats().traces;
        let accepted = self.accepted.clone();
        let examine = move || {
            let _permit = permit;
            let (starts, located): (HashMap<TraceId, Nanos>, Vec<LocatedTrace>) = window
                .into_iter()
                .map(|(summary, located)| ((summary.trace_id, summary.start), located))
                .unzip();
            let traces: Vec<StoredTrace> = LocatedTrace::read_each(located).collect();
            let now = SystemTime::now().into();
            let of_asked = asked.and_then(|asked| traces.iter().find(|trace| trace.trace_id == asked.id));
            let missing = of_asked.map(missing_parents::of).unwrap_or_default();
            let complete = asked.filter(|asked| asked.is_complete).map(|asked| asked.id);
            let received = received(&traces, complete);
            let mut report = ::doctor::diagnose_with_all_notes(&received, now);
            let entries = accepted.all();
            let suppressed = entries.apply(&mut report);
            report.keep_one_note_a_trace(|_| false);
            let beyond = stored.saturating_sub(starts.len() as u64);
            Diagnosis {
                report,
                starts,
                beyond,
                now,
                missing,
                suppressed: suppressed.iter().map(|entry| entry.findings.len()).sum(),
                suppressions: suppressions_json(&suppressed, accepted.of_file()),
            }
        };
        actix_web::web::block(examine).await.map_err(|_| Unavailable::Interrupted)
    }
}

/// The entries, and whether each was made on the page and can be removed there.
fn suppressions_json(suppressed: &[Suppressed<'_>], of_file: usize) -> Value {
    let mut json = ::doctor::suppression::json(suppressed);
    for (number, entry) in json.as_array_mut().into_iter().flatten().enumerate() {
        entry["ofPage"] = (number >= of_file).into();
    }
    json
}

/// As many of the traces as the limits allow. One that exceeds them alone is left out, unless it was asked for.
fn locate(
    store: &Store,
    summaries: Vec<Arc<TraceSummary>>,
    asked: Option<TraceId>,
) -> Vec<(Arc<TraceSummary>, LocatedTrace)> {
    let (mut spans, mut bytes) = (0, 0);
    let mut window = Vec::new();
    for summary in summaries {
        // Evicted meanwhile: so are those that arrived before it.
        let Some(located) = store.locate(summary.trace_id) else { break };
        if asked != Some(summary.trace_id) {
            if summary.spans > MAX_SPANS || located.bytes() > MAX_BYTES {
                continue;
            }
            if !window.is_empty()
                && (spans + summary.spans > MAX_SPANS || bytes + located.bytes() > MAX_BYTES)
            {
                break;
            }
        }
        spans += summary.spans;
        bytes += located.bytes();
        window.push((summary, located));
    }
    window
}

fn received(traces: &[StoredTrace], complete: Option<TraceId>) -> Vec<Received<'_>> {
    let mut received = Vec::new();
    for trace in traces {
        let is_complete = Some(trace.trace_id) == complete;
        received.extend(trace.received().map(|(origin, span, arrived)| Received {
            origin,
            span,
            arrived: if is_complete { Nanos::ZERO } else { arrived },
        }));
    }
    received
}
