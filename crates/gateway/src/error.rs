//! Errors of the gateway, and the problem details that each becomes.

use actix_web::http::StatusCode as ActixStatus;
use actix_web::http::header::{HeaderValue, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, ResponseError};
use problem::call::{CallError, InvalidResponse};
use problem::{Problem, Violation};
use service::response::{self, StatusCode};

use crate::auth::Unauthorized;
use crate::idempotency_key::IdempotencyKey;

/// Why the gateway cannot start or keep running.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error("cannot build the HTTP clients for the backends")]
    Client(#[from] reqwest::Error),
    #[error("cannot run the server")]
    Serve(#[from] std::io::Error),
}

/// Why a request failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("invalid input")]
    Invalid(Vec<Violation>),
    #[error("the caller is not authenticated")]
    Unauthorized(#[from] Unauthorized),
    #[error("the call to activities failed")]
    Activities(#[source] CallError),
    /// A POST that activities may have carried out.
    #[error("the call to activities failed")]
    Post {
        key: IdempotencyKey,
        #[source]
        source: CallError,
    },
    #[error("the call to users failed")]
    Users(#[source] CallError),
}

impl From<Violation> for Error {
    fn from(violation: Violation) -> Self {
        Self::Invalid(vec![violation])
    }
}

impl Error {
    fn problem(&self) -> Problem {
        match self {
            Self::Invalid(violations) => Problem::invalid(violations.clone()),
            Self::Unauthorized(reason) => unauthorized(*reason),
            Self::Activities(error) => activities_problem(error),
            Self::Post { source, .. } => {
                let problem = activities_problem(source);
                if problem.status().is_server_error() && problem.status() != StatusCode::INSUFFICIENT_STORAGE
                {
                    problem.with_detail(OUTCOME_UNKNOWN)
                } else {
                    problem
                }
            }
            Self::Users(error) => backend_problem(
                error,
                ("users_unavailable", "The users service is temporarily unavailable"),
                ("users_failed", "The users service failed"),
            ),
        }
    }
}

impl ResponseError for Error {
    fn status_code(&self) -> ActixStatus {
        response::actix_status(self.problem().status())
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = response::respond(self.problem());
        if let Self::Unauthorized(reason) = self {
            response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static(reason.challenge()));
        }
        if let Self::Post { key, .. } = self {
            key.add_to(&mut response);
        }
        response
    }
}

/// 421: the request is for a host that this gateway does not answer for.
pub(crate) fn misdirected() -> Problem {
    Problem::new(
        StatusCode::MISDIRECTED_REQUEST,
        "misdirected_request",
        "The gateway does not answer for this host",
    )
    .with_detail("use an address, localhost, or a name that GATEWAY_HOSTS lists")
}

/// 403: a page of another site tried to change something.
pub(crate) fn cross_site() -> Problem {
    Problem::new(
        StatusCode::FORBIDDEN,
        "cross_site_request",
        "A page of another site may not change anything here",
    )
}

fn unauthorized(reason: Unauthorized) -> Problem {
    let problem = |code| Problem::new(StatusCode::UNAUTHORIZED, code, "A valid bearer token is required");
    match reason {
        Unauthorized::Missing => problem("token_missing"),
        Unauthorized::Scheme => problem("token_invalid").with_detail(reason.to_string()),
        Unauthorized::Token(error) => problem("token_invalid").with_detail(error.to_string()),
    }
}

/// `detail` of a POST that failed. Without a response of activities, nobody knows whether it was carried out.
const OUTCOME_UNKNOWN: &str = "it may have been carried out; send the same request with the Idempotency-Key of this \
                               response, and it takes effect once";

fn activities_problem(error: &CallError) -> Problem {
    backend_problem(
        error,
        ("activities_unavailable", "The activities service is temporarily unavailable"),
        ("activities_failed", "The activities service failed"),
    )
}

/// Code and title of a problem.
type CodeAndTitle = (&'static str, &'static str);

/// The problem for a failed call to a backend: a client error is passed on, and so is a lack of room; a transient failure
/// is a 503, any other a 502.
fn backend_problem(error: &CallError, unavailable: CodeAndTitle, failed: CodeAndTitle) -> Problem {
    if let Some(problem) = client_error(error) {
        return problem;
    }
    if error.problem().is_some_and(|problem| problem.status() == StatusCode::INSUFFICIENT_STORAGE) {
        return response::storage_full();
    }
    let (status, (code, title)) = if is_transient(error) {
        (StatusCode::SERVICE_UNAVAILABLE, unavailable)
    } else {
        (StatusCode::BAD_GATEWAY, failed)
    };
    Problem::new(status, code, title)
}

/// True when a later attempt may succeed: no response, or a 502, 503 or 504.
fn is_transient(error: &CallError) -> bool {
    let status = match error {
        CallError::NoResponse(_) => return true,
        // That of a proxy on the way.
        CallError::InvalidResponse(InvalidResponse::Status(status)) => Some(*status),
        CallError::InvalidResponse(_) => None,
        CallError::Problem(_) => error.problem().map(|problem| problem.status().as_u16()),
    };
    matches!(status, Some(502..=504))
}

/// The gateway's own problem for a client error that a backend reported; `None` for a failure of the backend.
///
/// Only the violations are copied from the backend's problem: they concern the input that the caller sent, under the
/// caller's names.
fn client_error(error: &CallError) -> Option<Problem> {
    let problem = error.problem()?;
    match (problem.status(), problem.code()) {
        (StatusCode::UNPROCESSABLE_ENTITY, "invalid_input") => {
            Some(Problem::invalid(problem.errors().to_vec()))
        }
        (StatusCode::UNPROCESSABLE_ENTITY, "idempotency_key_reused") => Some(response::key_reused()),
        (StatusCode::NOT_FOUND, "activity_not_found") => Some(
            Problem::new(StatusCode::NOT_FOUND, "activity_not_found", "Activity not found")
                .with_detail("there is no such activity, or it has expired"),
        ),
        (StatusCode::NOT_FOUND, "user_not_found") => {
            Some(Problem::new(StatusCode::NOT_FOUND, "user_not_found", "User not found"))
        }
        // What the caller sent is longer by the time that it is sent on: encoded, and with the caller's handle.
        (StatusCode::URI_TOO_LONG, "uri_too_long") => {
            Some(Problem::new(StatusCode::URI_TOO_LONG, "uri_too_long", "Path and query are too long"))
        }
        (StatusCode::PAYLOAD_TOO_LARGE, "body_too_large") => {
            Some(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", "The body is too large"))
        }
        _ => None,
    }
}
