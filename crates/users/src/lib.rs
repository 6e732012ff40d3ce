//! The users service: profiles of users, in its own database.
//!
//! Every service has the same files:
//!
//! - [`config`]: configuration from environment variables
//! - [`run`]: starts the service with a configuration
//! - `routes`: routes; `handlers`: request handlers, one file per endpoint
//! - `input`: validated input; `store`: SQL statements (`migrations/` has the schema)
//! - `error`: errors, and the problem details that each becomes
//! - [`seed`]: sample and generated users

pub mod config;
pub mod seed;

mod error;
mod handlers;
mod input;
mod routes;
mod store;

pub use error::RunError;

use std::process::ExitCode;

use actix_web::web;
use service::serve::{Readiness, serve};
use service::{Command, Part, Start, TraceResponse, Variable};

use crate::config::Config;
use crate::store::Store;

/// What `--help` says about its variables; [`config`] reads them.
const VARIABLES: [Variable; 1] = [Variable {
    name: "DATABASE_URL",
    default: "sqlite://data/users.db?mode=rwc",
    help: "database: sqlite://FILE?mode=rwc or\npostgres://USER:PASSWORD@HOST/DATABASE",
}];

/// This service as a part of the system.
pub const PART: Part = Part {
    name: "users",
    version: env!("CARGO_PKG_VERSION"),
    about: "The users service of Cruddur: profiles, in a database of its own.",
    address: Variable {
        name: "USERS_ADDR",
        default: "localhost:8082",
        help: "address to listen on; of a name, all of its addresses",
    },
    variables: &VARIABLES,
    traceresponse: TraceResponse::NewTraces,
};

/// The process of the binary.
pub fn main() -> ExitCode {
    service::main(PART, execute)
}

/// Executes the parsed command line.
pub fn execute(command: Command) -> ExitCode {
    service::lifecycle::execute(PART, command, Config::from_env, run)
}

/// Opens the database and serves until a shutdown is requested.
///
/// # Errors
/// [`RunError`] when the database cannot be opened, or the server cannot run.
pub async fn run(config: Config, start: Start) -> Result<(), RunError> {
    let store = Store::open(&config.database).await?;
    seed::sample(&store).await?;
    let readiness = Readiness::from_check({
        let store = store.clone();
        move || {
            let store = store.clone();
            async move { store.is_ready().await }
        }
    });
    let data = web::Data::new(store.clone());
    serve::<error::Error>(start, readiness, move |app| {
        app.app_data(data.clone()).configure(routes::configure);
    })
    .await?;
    store.close().await;
    Ok(())
}
