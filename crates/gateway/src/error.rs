//! Everything that can go wrong in the gateway, and the problem that the caller gets for it.

use actix_web::http::StatusCode as ActixStatus;
use actix_web::http::header::{HeaderValue, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, ResponseError};
use problem::call::CallError;
use problem::{Problem, Violation};
use service::response::{self, StatusCode};

use crate::auth::Unauthorized;

/// The gateway could not start or go on.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error("no client for the services behind it can be made")]
    Client(#[from] reqwest::Error),
    #[error("the server cannot run")]
    Serve(#[from] std::io::Error),
}

/// A request could not be carried out.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("the input is not valid")]
    Invalid(Vec<Violation>),
    #[error("the caller is not known")]
    Unauthorized(#[from] Unauthorized),
    #[error("activities did not do what it was asked")]
    Activities(#[source] CallError),
    #[error("users did not do what it was asked")]
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
            Self::Unauthorized(why) => unauthorized(*why),
            Self::Activities(error) => inner(
                error,
                ("activities_unavailable", "The activities cannot be had at the moment"),
                ("activities_failed", "The activities could not be had"),
            ),
            Self::Users(error) => inner(
                error,
                ("users_unavailable", "The users cannot be had at the moment"),
                ("users_failed", "The users could not be had"),
            ),
        }
    }
}

impl ResponseError for Error {
    fn status_code(&self) -> ActixStatus {
        response::actix_status(self.problem().status())
    }

    fn error_response(&self) -> HttpResponse {
        let mut answer = response::respond_to_error(self.problem(), self);
        if let Self::Unauthorized(why) = self {
            answer.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static(why.challenge()));
        }
        answer
    }
}

fn unauthorized(why: Unauthorized) -> Problem {
    let problem = |code| Problem::new(StatusCode::UNAUTHORIZED, code, "Say who you are with a bearer token");
    match why {
        Unauthorized::Missing => problem("token_missing"),
        Unauthorized::Scheme => problem("token_invalid").with_detail(why.to_string()),
        Unauthorized::Token(why) => problem("token_invalid").with_detail(why.to_string()),
    }
}

type Code = (&'static str, &'static str);

/// What the caller gets for an error of an inner service: their own fault is passed on, everything else is 503 when it
/// may pass, or 502.
fn inner(error: &CallError, (unavailable, soon): Code, (failed, never): Code) -> Problem {
    let passes = |status: StatusCode| matches!(status.as_u16(), 502..=504);
    match error {
        CallError::NoAnswer(_) => Problem::new(StatusCode::SERVICE_UNAVAILABLE, unavailable, soon),
        _ if error.problem().is_some_and(|problem| passes(problem.status())) => {
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, unavailable, soon)
        }
        _ => error
            .problem()
            .and_then(callers_fault)
            .unwrap_or_else(|| Problem::new(StatusCode::BAD_GATEWAY, failed, never)),
    }
}

/// The gateway's own problem for what the caller did wrong. Of the inner one only the violations are taken over: they
/// are about what the caller sent, in the names under which it was sent.
fn callers_fault(problem: &Problem) -> Option<Problem> {
    match (problem.status(), problem.code()) {
        (StatusCode::UNPROCESSABLE_ENTITY, "invalid_input") => {
            Some(Problem::invalid(problem.errors().to_vec()))
        }
        (StatusCode::UNPROCESSABLE_ENTITY, "idempotency_key_reused") => Some(response::key_reused()),
        (StatusCode::NOT_FOUND, "activity_not_found") => Some(Problem::new(
            StatusCode::NOT_FOUND,
            "activity_not_found",
            "There is no such activity, or it has expired",
        )),
        (StatusCode::NOT_FOUND, "user_not_found") => {
            Some(Problem::new(StatusCode::NOT_FOUND, "user_not_found", "There is no such user"))
        }
        _ => None,
    }
}
