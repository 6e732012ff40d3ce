//! Everything that can go wrong in activities, and the problem that the caller gets for it.

use actix_web::http::StatusCode as ActixStatus;
use actix_web::{HttpResponse, ResponseError};
use database::{DatabaseError, OpenError};
use problem::{Problem, Violation};
use service::response::{self, StatusCode};
use uuid::Uuid;

/// The service could not start or go on.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error("the activities cannot be opened")]
    Open(#[from] OpenError),
    #[error("the activities cannot be read")]
    Read(#[from] DatabaseError),
    #[error("users cannot be called from here")]
    Client(#[from] reqwest::Error),
    #[error("the server cannot run")]
    Serve(#[from] std::io::Error),
}

/// A request could not be carried out.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("the input is not valid")]
    Invalid(Vec<Violation>),
    /// There never was one, or it has expired.
    #[error("there is no activity {0}")]
    NotFound(Uuid),
    #[error("the idempotency key came before with other content")]
    KeyReused,
    #[error("the activities cannot be read or written")]
    Database(#[from] DatabaseError),
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
            Self::NotFound(uuid) => {
                Problem::new(StatusCode::NOT_FOUND, "activity_not_found", "There is no such activity")
                    .with_detail(format!("there is no activity {uuid}, or it has expired"))
            }
            Self::KeyReused => response::key_reused(),
            Self::Database(error) if error.is_overload() => response::overloaded(),
            Self::Database(_) => Problem::internal(),
        }
    }
}

impl ResponseError for Error {
    fn status_code(&self) -> ActixStatus {
        response::actix_status(self.problem().status())
    }

    fn error_response(&self) -> HttpResponse {
        response::respond_to_error(self.problem(), self)
    }
}
