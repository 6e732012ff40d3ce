//! Errors of the users service, and the problem details that each becomes.

use actix_web::http::StatusCode as ActixStatus;
use actix_web::{HttpResponse, ResponseError};
use database::{DatabaseError, OpenError, Outage};
use problem::{Problem, Violation};
use service::response::{self, StatusCode};
use users_api::{Handle, InvalidHandle};

/// Why the service cannot start or keep running.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error("cannot open the users database (DATABASE_URL)")]
    Open(#[from] OpenError),
    #[error("cannot seed the users database")]
    Seed(#[from] DatabaseError),
    #[error("cannot run the server")]
    Serve(#[from] std::io::Error),
}

/// Why a request failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("invalid input")]
    Invalid(Vec<Violation>),
    #[error("user {0} not found")]
    NotFound(Handle),
    #[error("handle {0} is already taken")]
    HandleTaken(Handle),
    #[error("idempotency key reused for another user")]
    KeyReused,
    #[error("cannot read or write users")]
    Database(#[from] DatabaseError),
}

impl From<Vec<Violation>> for Error {
    fn from(violations: Vec<Violation>) -> Self {
        Self::Invalid(violations)
    }
}

impl From<Violation> for Error {
    fn from(violation: Violation) -> Self {
        Self::Invalid(vec![violation])
    }
}

impl From<InvalidHandle> for Error {
    fn from(error: InvalidHandle) -> Self {
        Violation::from(error).into()
    }
}

impl Error {
    fn problem(&self) -> Problem {
        match self {
            Self::Invalid(violations) => Problem::invalid(violations.clone()),
            Self::NotFound(handle) => Problem::new(StatusCode::NOT_FOUND, "user_not_found", "User not found")
                .with_detail(format!("no user has the handle {handle}")),
            Self::HandleTaken(handle) => {
                Problem::new(StatusCode::CONFLICT, "handle_taken", "The handle is already taken")
                    .with_detail(format!("another user has the handle {handle}"))
            }
            Self::KeyReused => response::key_reused(),
            Self::Database(error) => match error.outage() {
                Some(Outage::Overloaded) => response::overloaded(),
                Some(Outage::Full) => response::storage_full(),
                Some(Outage::Unavailable) => response::storage_unavailable(),
                None => Problem::internal(),
            },
        }
    }
}

impl ResponseError for Error {
    fn status_code(&self) -> ActixStatus {
        response::actix_status(self.problem().status())
    }

    fn error_response(&self) -> HttpResponse {
        response::respond(self.problem())
    }
}
