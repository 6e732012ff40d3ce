//! Ingestion that OTLP over HTTP, OTLP over gRPC and file import share.

use std::{sync::Arc, time::Duration};

use trace_model::otlp::{Translated, clamped_times_message, logs_to_protobuf, traces_to_protobuf};
use trace_store::{IngestError, IngestOutcome, Store};

use super::{
    body::{Body, BodyBudget},
    error::ReceiveError,
    response::{Code, PartialSuccess},
    signal::{Encoding, Signal},
};
use crate::{
    access::{BearerGate, Credential},
    changes::Changes,
    log_limiter::LogLimiter,
    sender_warnings::SenderWarnings,
};

/// How long a request body may take to arrive. Exporters give up after ten seconds.
pub(super) const BODY_TIMEOUT: Duration = Duration::from_secs(15);
/// When a sender should retry after `Unavailable`.
pub(super) const RETRY_SECONDS: u64 = 1;
/// Time between two log messages about refused or rejected data: a broken sender repeats itself.
const LOG_INTERVAL: Duration = Duration::from_secs(1);
/// Requests of one protocol that are decoded on blocking threads at the same time: large ones, and all when the store
/// writes to disk.
pub(crate) const MAX_CONCURRENT_DECODES: usize = 16;

/// The way of data into the store.
#[derive(Debug)]
pub(crate) struct Receiver {
    store: Arc<Store>,
    changes: Arc<Changes>,
    gate: BearerGate,
    /// Memory of all request bodies being received.
    pub(super) budget: Arc<BodyBudget>,
    /// Size of the largest body, decompressed.
    pub(super) body_limit: usize,
    log: LogLimiter,
    /// What the doctor found, where senders are told.
    warnings: Option<Arc<SenderWarnings>>,
}

impl Receiver {
    pub(crate) fn new(
        store: Arc<Store>,
        changes: Arc<Changes>,
        gate: BearerGate,
        request_budget: usize,
        body_limit: usize,
    ) -> Self {
        let budget = Arc::new(BodyBudget::new(request_budget));
        Self { store, changes, gate, budget, body_limit, log: LogLimiter::new(LOG_INTERVAL), warnings: None }
    }

    /// Tells senders what the doctor found about their spans.
    pub(crate) fn with_warnings(self, warnings: Option<Arc<SenderWarnings>>) -> Self {
        Self { warnings, ..self }
    }

    /// Logs a refused request, rate-limited.
    pub(super) fn log_refusal(&self, code: Code, message: &str) {
        if let Some(count) = self.log.count() {
            tracing::warn!(code = code as u8, count, "export refused: {message}");
        }
    }

    /// Checks the `Authorization` header or metadata of a sender.
    pub(super) async fn authorize(&self, authorization: Option<&[u8]>) -> Result<(), ReceiveError> {
        match self.gate.check(authorization) {
            Credential::Accepted => Ok(()),
            Credential::Missing => Err(ReceiveError::Unauthenticated { invalid: false }),
            Credential::Invalid if self.gate.delay_rejection().await => {
                Err(ReceiveError::Unauthenticated { invalid: true })
            }
            Credential::Invalid => Err(ReceiveError::TooManyInvalidTokens),
        }
    }

    /// Whether ingestion waits for a disk, and so must not run on a thread that serves other requests.
    pub(super) fn blocks(&self) -> bool {
        self.store.is_durable()
    }

    /// Stores the spans of a file, in protobuf.
    pub(crate) fn import_traces(&self, body: &[u8]) -> Result<IngestOutcome, ReceiveError> {
        self.import(body, |store, body| store.ingest(body))
    }

    /// Stores the log records of a file, in protobuf.
    pub(crate) fn import_logs(&self, body: &[u8]) -> Result<IngestOutcome, ReceiveError> {
        self.import(body, |store, body| store.ingest_logs(body))
    }

    fn import(
        &self,
        body: &[u8],
        ingest: impl FnOnce(&Store, &[u8]) -> Result<IngestOutcome, IngestError>,
    ) -> Result<IngestOutcome, ReceiveError> {
        if body.is_empty() {
            return Ok(IngestOutcome::default());
        }
        self.reported(ingest(&self.store, body))
    }

    /// Reports what a request changed. Of one that failed, parts may be stored, which are duplicates when it is sent again.
    fn reported(&self, stored: Result<IngestOutcome, IngestError>) -> Result<IngestOutcome, ReceiveError> {
        let outcome = stored.inspect_err(|error| {
            if matches!(error, IngestError::Write(_)) {
                self.changes.resync();
            }
        })?;
        self.changes.report(&outcome.changed);
        Ok(outcome)
    }

    /// Stores a complete, decompressed request.
    pub(super) fn receive(
        &self,
        signal: Signal,
        encoding: Encoding,
        mut body: Body,
    ) -> Result<PartialSuccess, ReceiveError> {
        let to_protobuf = match signal {
            Signal::Traces => traces_to_protobuf,
            Signal::Logs => logs_to_protobuf,
            Signal::Metrics => return Ok(PartialSuccess::default()),
        };
        let mut translated = Translated::default();
        let bytes = match encoding {
            Encoding::Protobuf => body.bytes(),
            Encoding::Json => {
                let len = |translated: &Translated| translated.protobuf.len();
                translated = body.transcode(|json| Ok::<_, ReceiveError>(to_protobuf(json)?), len)?;
                &translated.protobuf
            }
        };
        let (stored, record) = match signal {
            Signal::Logs => (self.store.ingest_logs(bytes), "log record"),
            Signal::Traces | Signal::Metrics => (self.store.ingest(bytes), "span"),
        };
        let outcome = self.reported(stored)?;
        let mut answer = self.partial_success(&outcome, record, translated.clamped_times);
        if let Some(warnings) = &self.warnings
            && matches!(signal, Signal::Traces)
            && answer.message.is_empty()
        {
            answer.message = warnings.due(bytes).unwrap_or_default();
        }
        Ok(answer)
    }

    fn partial_success(&self, outcome: &IngestOutcome, record: &str, clamped_times: u64) -> PartialSuccess {
        let (stored, rejected) = (outcome.stored, outcome.rejected.records);
        let messages = [outcome.rejected.message(record), clamped_times_message(clamped_times)];
        let message = messages.into_iter().flatten().collect::<Vec<_>>().join("; ");
        if message.is_empty() {
            tracing::debug!(stored, duplicates = outcome.duplicates, "received {record}s");
            return PartialSuccess::default();
        }
        if let Some(count) = self.log.count() {
            tracing::warn!(rejected, stored, count, "{message}");
        }
        PartialSuccess { rejected, message }
    }
}
