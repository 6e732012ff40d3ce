//! Errors of the activities service, and the problem details that each becomes.

use actix_web::http::StatusCode as ActixStatus;
use actix_web::{HttpResponse, ResponseError};
use database::{DatabaseError, OpenError, Outage};
use problem::{Problem, Violation};
use service::response::{self, StatusCode};
use users_api::InvalidHandle;
use uuid::Uuid;

/// Why the service cannot start or keep running.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error("cannot open the activities database (DATABASE_URL)")]
    Open(#[from] OpenError),
    #[error("cannot seed the activities database")]
    Seed(#[from] DatabaseError),
    #[error("cannot build the HTTP client for users")]
    Client(#[from] reqwest::Error),
    #[error("cannot run the server")]
    Serve(#[from] std::io::Error),
}

/// Why a request failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("invalid input")]
    Invalid(Vec<Violation>),
    /// There is no such activity, or it has expired.
    #[error("activity {0} not found")]
    NotFound(Uuid),
    #[error("idempotency key reused with other content")]
    KeyReused,
    #[error("cannot read or write activities")]
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
            Self::NotFound(uuid) => {
                Problem::new(StatusCode::NOT_FOUND, "activity_not_found", "Activity not found")
                    .with_detail(format!("there is no activity {uuid}, or it has expired"))
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
