//! The way in: whatever arrived, over whichever door, is checked, stored and told to those who watch.
//!
//! | module | what lives there |
//! |---|---|
//! | [`http`] | OTLP over HTTP: content types, statuses, CORS |
//! | [`grpc`] | OTLP over gRPC: frames, trailers, statuses |
//! | [`body`] | gathering and inflating bodies within bounds |
//! | [`unread`] | refusing a body before its end |
//! | [`answer`] | what is said back: success, partial success, `google.rpc.Status` |

pub(crate) mod body;
mod early_response;
pub(crate) mod grpc;
pub(crate) mod http;
pub(crate) mod response;

use std::{sync::Arc, time::Duration};

use thiserror::Error;
use trace_model::otlp::{JsonError, logs_to_protobuf, traces_to_protobuf};
use trace_store::{IngestError, IngestOutcome, Store};

use self::{
    body::{Body, BodyError, Budget},
    response::{Code, Partial},
};
use crate::{
    access::{BearerGate, Credential},
    changes::Changes,
    config::Config,
    log_limiter::LogLimiter,
};

/// How long one body may take to arrive. Exporters give up after ten seconds.
const BODY_TIMEOUT: Duration = Duration::from_secs(15);
/// When to come back after "busy".
const RETRY_SECONDS: u64 = 1;
/// The log hears of refusals no more often than this: a broken sender repeats itself.
const BETWEEN_REFUSALS: Duration = Duration::from_secs(1);
/// How many requests are taken apart at once over one door, when that takes a while or waits for the disk.
pub(crate) const MAX_CONCURRENT_DECODES: usize = 16;

/// One of the three signals of OTLP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signal {
    Traces,
    Metrics,
    Logs,
}

/// How a message is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    Protobuf,
    Json,
}

/// Why a request was not taken.
#[derive(Debug, Error)]
pub(crate) enum ReceiveError {
    #[error(transparent)]
    Body(#[from] BodyError),
    #[error(transparent)]
    Json(#[from] JsonError),
    #[error(transparent)]
    Ingest(#[from] IngestError),
    #[error(
        "{}: set OTEL_EXPORTER_OTLP_HEADERS=authorization=Bearer%20TOKEN at the sender, with the token that WATERFALL_INGEST_TOKEN holds here",
        if *.wrong { "this is not the token" } else { "sending needs a token" }
    )]
    Token { wrong: bool },
    #[error("too many wrong tokens at once; try again")]
    TooManyWrong,
}

impl ReceiveError {
    /// What both doors call it. Busy and a disk that cannot be written pass: senders are to try those again.
    pub(crate) const fn code(&self) -> Code {
        match self {
            Self::Body(BodyError::TooLarge { .. } | BodyError::ExceedsBudget)
            | Self::Ingest(IngestError::TooLarge(_)) => Code::ResourceExhausted,
            Self::Body(BodyError::Busy) | Self::Ingest(IngestError::Write(_)) | Self::TooManyWrong => {
                Code::Unavailable
            }
            Self::Body(BodyError::Timeout) => Code::DeadlineExceeded,
            Self::Body(BodyError::Gzip(_) | BodyError::Broken)
            | Self::Json(_)
            | Self::Ingest(IngestError::Decode(_)) => Code::InvalidArgument,
            Self::Token { .. } => Code::Unauthenticated,
        }
    }
}

/// What both doors lead to.
#[derive(Debug)]
pub(crate) struct Receiver {
    store: Arc<Store>,
    changes: Arc<Changes>,
    /// Bytes of bodies that are on their way in.
    pub(crate) budget: Arc<Budget>,
    /// The largest body, decompressed.
    pub(crate) body_limit: usize,
    gate: BearerGate,
    refusals: LogLimiter,
}

impl Receiver {
    pub(crate) fn new(store: Arc<Store>, changes: Arc<Changes>, config: &Config, gate: BearerGate) -> Self {
        let budget = Arc::new(Budget::new(config.request_room()));
        let refusals = LogLimiter::new(BETWEEN_REFUSALS);
        Self { store, changes, budget, body_limit: config.body_limit, gate, refusals }
    }

    /// Tells the log of a refusal.
    pub(crate) fn log_refusal(&self, code: Code, message: &str) {
        if let Some(count) = self.refusals.lines() {
            tracing::warn!(code = code as u8, count, "export refused: {message}");
        }
    }

    /// Lets a sender in that shows the token, by its `Authorization` header or metadata.
    pub(crate) async fn admit(&self, authorization: Option<&[u8]>) -> Result<(), ReceiveError> {
        match self.gate.check(authorization) {
            Credential::Accepted => Ok(()),
            Credential::Missing => Err(ReceiveError::Token { wrong: false }),
            Credential::Invalid if self.gate.delay_rejection().await => {
                Err(ReceiveError::Token { wrong: true })
            }
            Credential::Invalid => Err(ReceiveError::TooManyWrong),
        }
    }

    /// Whether receiving waits for a disk, and so must not hold up others on its thread.
    pub(crate) fn waits(&self) -> bool {
        self.store.is_durable()
    }

    /// Takes what a file held, in protobuf.
    pub(crate) fn import(&self, body: &[u8], logs: bool) -> Result<IngestOutcome, ReceiveError> {
        if body.is_empty() {
            return Ok(IngestOutcome::default());
        }
        let done = if logs { self.store.ingest_logs(body)? } else { self.store.ingest(body)? };
        self.changes.report(&done.changed);
        Ok(done)
    }

    /// Takes a whole, decompressed request.
    pub(crate) fn receive(
        &self,
        signal: Signal,
        encoding: Encoding,
        mut body: Body,
    ) -> Result<Partial, ReceiveError> {
        let to_protobuf = match signal {
            Signal::Traces => traces_to_protobuf,
            Signal::Logs => logs_to_protobuf,
            Signal::Metrics => return Ok(Partial::default()),
        };
        let translated;
        let bytes = match encoding {
            Encoding::Protobuf => body.bytes(),
            Encoding::Json => {
                translated = body.translate(|json| Ok::<_, ReceiveError>(to_protobuf(json)?), Vec::len)?;
                &translated
            }
        };
        let (done, what) = match signal {
            Signal::Logs => (self.store.ingest_logs(bytes)?, "log record"),
            Signal::Traces | Signal::Metrics => (self.store.ingest(bytes)?, "span"),
        };
        self.changes.report(&done.changed);
        if let Some(message) = done.rejected.message(what) {
            if let Some(count) = self.refusals.lines() {
                tracing::warn!(rejected = done.rejected.records, stored = done.stored, count, "{message}");
            }
            return Ok(Partial { rejected: done.rejected.records, message });
        }
        tracing::debug!(stored = done.stored, duplicates = done.duplicates, "received {what}s");
        Ok(Partial::default())
    }
}
