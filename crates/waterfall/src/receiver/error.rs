//! Why a request is refused, and the status code that tells the sender whether to retry.

use thiserror::Error;
use trace_model::otlp::JsonError;
use trace_store::IngestError;

use super::{body::BodyError, response::Code};

#[derive(Debug, Error)]
pub(crate) enum ReceiveError {
    #[error(transparent)]
    Body(#[from] BodyError),
    #[error(transparent)]
    Json(#[from] JsonError),
    #[error(transparent)]
    Ingest(#[from] IngestError),
    #[error(
        "{}: set OTEL_EXPORTER_OTLP_HEADERS=authorization=Bearer%20TOKEN in the sender's environment, \
         with the value of WATERFALL_INGEST_TOKEN as TOKEN",
        if *.invalid { "invalid token" } else { "a token is required" }
    )]
    Unauthenticated { invalid: bool },
    #[error("too many requests with an invalid token; try again")]
    TooManyInvalidTokens,
}

impl ReceiveError {
    /// The status code, for both protocols. `Unavailable` makes senders retry: an exhausted budget and a failed
    /// write to disk may be temporary.
    pub(crate) const fn code(&self) -> Code {
        match self {
            Self::Body(BodyError::TooLarge { .. } | BodyError::ExceedsBudget { .. })
            | Self::Ingest(IngestError::TooLarge(_)) => Code::ResourceExhausted,
            Self::Body(BodyError::Busy)
            | Self::Ingest(IngestError::Write(_))
            | Self::TooManyInvalidTokens => Code::Unavailable,
            Self::Body(BodyError::Timeout) => Code::DeadlineExceeded,
            Self::Body(BodyError::Gzip(_) | BodyError::Incomplete)
            | Self::Json(_)
            | Self::Ingest(IngestError::Decode(_)) => Code::InvalidArgument,
            Self::Unauthenticated { .. } => Code::Unauthenticated,
        }
    }
}
