//! Everything that can go wrong in users, and the problem that the caller gets for it.

use actix_web::http::StatusCode as ActixStatus;
use actix_web::{HttpResponse, ResponseError};
use database::{DatabaseError, OpenError};
use problem::{Problem, Violation};
use service::response::{self, StatusCode};
use users_api::Handle;

/// The service could not start or go on.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error("the users cannot be opened")]
    Open(#[from] OpenError),
    #[error("the users cannot be read")]
    Read(#[from] DatabaseError),
    #[error("the server cannot run")]
    Serve(#[from] std::io::Error),
}

/// A request could not be carried out.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("the input is not valid")]
    Invalid(Vec<Violation>),
    #[error("there is no user {0}")]
    NotFound(Handle),
    #[error("the handle {0} is taken")]
    HandleTaken(Handle),
    #[error("the idempotency key came before with another user")]
    KeyReused,
    #[error("the users cannot be read or written")]
    Database(#[from] DatabaseError),
}

impl Error {
    fn problem(&self) -> Problem {
        match self {
            Self::Invalid(violations) => Problem::invalid(violations.clone()),
            Self::NotFound(handle) => {
                Problem::new(StatusCode::NOT_FOUND, "user_not_found", "There is no such user")
                    .with_detail(format!("nobody is called {handle}"))
            }
            Self::HandleTaken(handle) => {
                Problem::new(StatusCode::CONFLICT, "handle_taken", "The handle is taken")
                    .with_detail(format!("there is a user {handle} already"))
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
