//! How a typed client sends a request and reads its answer.

use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE};
use reqwest_middleware::RequestBuilder;
use serde::de::DeserializeOwned;

use crate::{MEDIA_TYPE, Problem};

/// The largest answer that is read from another service: a page of the feed is some 50 KiB.
pub const MAX_ANSWER_BYTES: usize = 4 * 1024 * 1024;

/// Why a call to another service gave no result.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// It answered, and said what was wrong.
    #[error("the service refused the request")]
    Refused(#[source] Refusal),
    /// No answer: not reachable, too slow, or gone half-way.
    #[error("the service did not answer")]
    NoAnswer(#[source] reqwest_middleware::Error),
    /// It answered with something that is not what it promises.
    #[error("the service gave an answer that is not understood")]
    Garbled(#[source] Garbled),
}

/// A problem as the source of an error.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Refusal(pub Box<Problem>);

/// What is wrong with an answer that is not understood.
#[derive(Debug, thiserror::Error)]
pub enum Garbled {
    #[error("its body is larger than {MAX_ANSWER_BYTES} bytes")]
    TooLarge,
    #[error("its body is not the JSON that was expected")]
    Json(#[source] serde_json::Error),
    #[error("status {0} without problem details")]
    Status(u16),
}

impl CallError {
    /// What the other service said was wrong, if it said so.
    pub fn problem(&self) -> Option<&Problem> {
        match self {
            Self::Refused(Refusal(problem)) => Some(problem),
            Self::NoAnswer(_) | Self::Garbled(_) => None,
        }
    }

    /// True when asking again later may help: no answer, a garbled one, or a 5xx.
    pub fn is_unavailable(&self) -> bool {
        self.problem().is_none_or(|problem| problem.status().is_server_error())
    }
}

/// Sends `request` and reads the JSON of a 2xx answer.
///
/// # Errors
/// [`CallError`]: no answer, an error answer, or one that is not understood.
pub async fn send<T: DeserializeOwned>(request: RequestBuilder) -> Result<T, CallError> {
    let answer = request.send().await.map_err(CallError::NoAnswer)?;
    let status = answer.status();
    let is_problem = answer
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.starts_with(MEDIA_TYPE));
    let body = read_bounded(answer).await?;
    if status.is_success() {
        return serde_json::from_slice(&body).map_err(|error| CallError::Garbled(Garbled::Json(error)));
    }
    if is_problem && let Ok(problem) = serde_json::from_slice::<Problem>(&body) {
        return Err(CallError::Refused(Refusal(Box::new(problem))));
    }
    Err(CallError::Garbled(Garbled::Status(status.as_u16())))
}

async fn read_bounded(mut answer: reqwest::Response) -> Result<Vec<u8>, CallError> {
    let announced = answer
        .headers()
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<usize>().ok())
        .unwrap_or(0);
    if announced > MAX_ANSWER_BYTES {
        return Err(CallError::Garbled(Garbled::TooLarge));
    }
    let mut body = Vec::with_capacity(announced);
    while let Some(chunk) = answer.chunk().await.map_err(|error| CallError::NoAnswer(error.into()))? {
        if body.len() + chunk.len() > MAX_ANSWER_BYTES {
            return Err(CallError::Garbled(Garbled::TooLarge));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
