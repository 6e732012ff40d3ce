//! Sends a typed client's request and reads the JSON response, within a size limit.

use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE};
use reqwest_middleware::RequestBuilder;
use serde::de::DeserializeOwned;

use crate::details::{MEDIA_TYPE, Problem};

/// The largest response body that is read from another service; a page of activities has about 50 KiB.
pub const MAX_RESPONSE_BYTES: usize = 4 * 1024 * 1024;

/// Why a call to another service returned no result.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The service returned problem details.
    #[error("the service returned a problem")]
    Problem(#[source] ReturnedProblem),
    /// There was no complete response: connection failed, timed out or closed early.
    #[error("the service did not respond")]
    NoResponse(#[source] reqwest_middleware::Error),
    /// The response does not follow the service's API.
    #[error("the service returned an invalid response")]
    InvalidResponse(#[source] InvalidResponse),
}

/// A problem as the source of an error.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ReturnedProblem(pub Box<Problem>);

/// Why a response is invalid.
#[derive(Debug, thiserror::Error)]
pub enum InvalidResponse {
    #[error("the body is larger than {MAX_RESPONSE_BYTES} bytes")]
    TooLarge,
    #[error("the body is not the expected JSON")]
    Json(#[source] serde_json::Error),
    #[error("status {0} without problem details")]
    Status(u16),
}

impl CallError {
    /// The problem that the other service returned, if it returned one.
    pub fn problem(&self) -> Option<&Problem> {
        match self {
            Self::Problem(ReturnedProblem(problem)) => Some(problem),
            Self::NoResponse(_) | Self::InvalidResponse(_) => None,
        }
    }
}

/// Sends `request` and parses the JSON of a 2xx response.
///
/// # Errors
/// [`CallError`] for an error response, an invalid response or none.
pub async fn send<T: DeserializeOwned>(request: RequestBuilder) -> Result<T, CallError> {
    let response = request.send().await.map_err(CallError::NoResponse)?;
    let status = response.status();
    let is_problem = response
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.starts_with(MEDIA_TYPE));
    let body = read_bounded(response).await?;
    if status.is_success() {
        return serde_json::from_slice(&body)
            .map_err(|error| CallError::InvalidResponse(InvalidResponse::Json(error)));
    }
    if is_problem && let Ok(problem) = serde_json::from_slice::<Problem>(&body) {
        return Err(CallError::Problem(ReturnedProblem(Box::new(problem))));
    }
    Err(CallError::InvalidResponse(InvalidResponse::Status(status.as_u16())))
}

async fn read_bounded(mut response: reqwest::Response) -> Result<Vec<u8>, CallError> {
    let content_length = response
        .headers()
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<usize>().ok())
        .unwrap_or(0);
    if content_length > MAX_RESPONSE_BYTES {
        return Err(CallError::InvalidResponse(InvalidResponse::TooLarge));
    }
    let mut body = Vec::with_capacity(content_length);
    let failed = |error| CallError::NoResponse(without_query(error).into());
    while let Some(chunk) = response.chunk().await.map_err(failed)? {
        if body.len() + chunk.len() > MAX_RESPONSE_BYTES {
            return Err(CallError::InvalidResponse(InvalidResponse::TooLarge));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// The same error without the query of its URL: errors are logged, and what a person searches for is in the query.
pub fn without_query(mut error: reqwest::Error) -> reqwest::Error {
    if let Some(url) = error.url_mut() {
        url.set_query(None);
    }
    error
}
