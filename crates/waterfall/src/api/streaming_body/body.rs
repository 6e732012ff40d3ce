//! A response body that is buffered or streamed, and its HTTP response.

use std::io;

use actix_web::{HttpResponse, HttpResponseBuilder, http::StatusCode, web::Bytes};
use futures_util::{Stream, stream};
use tokio::sync::mpsc;

use crate::{api::read_budget::BudgetError, error_response::with_retry_after};

#[derive(Debug)]
pub(in crate::api) enum ResponseBody {
    Buffered(Vec<u8>),
    /// A thread is still writing it.
    Streamed(mpsc::Receiver<Chunk>),
}

#[derive(Debug)]
pub(in crate::api) enum Chunk {
    Data(Bytes),
    /// The body is complete. A channel that closes without it means that the body is truncated.
    End,
}

/// Why there is no body.
#[derive(Debug)]
pub(in crate::api) enum BodyError {
    /// It needs to be streamed, and all streams are in use.
    Busy,
    Budget(BudgetError),
    Failed(io::Error),
}

impl ResponseBody {
    /// A truncated body aborts the connection, so that the client does not take it for complete.
    pub(in crate::api) fn respond(self, response: &mut HttpResponseBuilder) -> HttpResponse {
        match self {
            Self::Buffered(body) => response.body(body),
            Self::Streamed(chunks) => response.streaming(chunk_stream(chunks)),
        }
    }
}

pub(super) fn chunk_stream(chunks: mpsc::Receiver<Chunk>) -> impl Stream<Item = io::Result<Bytes>> {
    stream::unfold(Some(chunks), async |chunks| {
        let mut chunks = chunks?;
        match chunks.recv().await {
            Some(Chunk::Data(bytes)) => Some((Ok(bytes), Some(chunks))),
            Some(Chunk::End) => None,
            None => Some((Err(io::ErrorKind::BrokenPipe.into()), None)),
        }
    })
}

impl BodyError {
    /// Whether the requested trace does not exist.
    pub(in crate::api) fn is_not_found(&self) -> bool {
        matches!(self, Self::Failed(cause) if cause.kind() == io::ErrorKind::NotFound)
    }

    /// The error response of an API.
    pub(in crate::api) fn respond(
        &self,
        error: impl FnOnce(StatusCode, &str) -> HttpResponse,
    ) -> HttpResponse {
        match self {
            Self::Busy => {
                let message = "other large responses are being sent; try again";
                with_retry_after(error(StatusCode::SERVICE_UNAVAILABLE, message))
            }
            Self::Budget(cause) => cause.respond(error),
            Self::Failed(cause) => {
                tracing::error!(error = process::error_chain(cause), "cannot write a response body");
                let message = "the response cannot be written; the log has the cause";
                error(StatusCode::INTERNAL_SERVER_ERROR, message)
            }
        }
    }
}
