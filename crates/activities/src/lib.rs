//! The activities service: activities, replies, likes and notifications, in its own database.
//!
//! Every service has the same files:
//!
//! - [`config`]: configuration from environment variables
//! - [`run`]: starts the service with a configuration
//! - `routes`: routes; `handlers`: request handlers, one file per endpoint
//! - `input`: validated input; `paging`: keyset pagination
//! - `store`: SQL statements (`migrations/` has the schema); `authors`: display names, from users
//! - `outbox`: job that delivers queued notifications; `sweep`: job that deletes expired activities; `background`: runs
//!   the jobs
//! - `error`: errors, and the problem details that each becomes
//! - [`seed`]: sample and generated activities

pub mod config;
pub mod seed;

mod authors;
mod background;
mod error;
mod handlers;
mod input;
mod outbox;
mod paging;
mod routes;
mod store;
mod sweep;

pub use error::RunError;

use std::process::ExitCode;

use actix_web::web::Data;
use service::serve::{Readiness, serve};
use service::{Command, Part, Start, TraceResponse, Variable};

use crate::authors::Authors;
use crate::background::Background;
use crate::config::Config;
use crate::outbox::OutboxWorker;
use crate::store::Store;
use crate::sweep::ExpirySweep;

/// What `--help` says about its variables; [`config`] reads them.
const VARIABLES: [Variable; 6] = [
    Variable {
        name: "DATABASE_URL",
        default: "sqlite://data/activities.db?mode=rwc",
        help: "database: sqlite://FILE?mode=rwc or\npostgres://USER:PASSWORD@HOST/DATABASE",
    },
    Variable { name: "USERS_URL", default: "http://127.0.0.1:8082", help: "base URL of the users service" },
    Variable { name: "USERS_TIMEOUT_MS", default: "400", help: "timeout of one request to it" },
    Variable { name: "OUTBOX_POLL_MS", default: "200", help: "pause between two reads of an empty outbox" },
    Variable {
        name: "OUTBOX_TRACE",
        default: "link",
        help: "link: a notification's span links to the request;\nchild: it is part of the request's trace",
    },
    Variable {
        name: "EXPIRY_SWEEP_MS",
        default: "900000",
        help: "pause between two sweeps of expired activities",
    },
];

/// This service as a part of the system.
pub const PART: Part = Part {
    name: "activities",
    version: env!("CARGO_PKG_VERSION"),
    about: "The activities service of Cruddur: the home feed, in a database of its own.",
    address: Variable {
        name: "ACTIVITIES_ADDR",
        default: "localhost:8081",
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

/// Opens the database, starts the background jobs and serves until a shutdown is requested.
///
/// # Errors
/// [`RunError`] when the database cannot be opened, or the server cannot run.
pub async fn run(config: Config, start: Start) -> Result<(), RunError> {
    let Config { database, users, users_timeout, outbox, expiry_sweep } = config;
    // Built once here, where an error fails the start. A worker that cannot build its own client clones this one.
    let shared = Authors::new(&users, users_timeout)?;
    let store = Store::open(&database).await?;
    seed::sample(&store).await?;
    let background = Background::new(start.shutdown.clone())
        .every(outbox.poll, OutboxWorker::new(store.clone(), outbox.trace))
        .every(expiry_sweep, ExpirySweep::new(store.clone()));
    let readiness = Readiness::from_check({
        let store = store.clone();
        move || {
            let store = store.clone();
            async move { store.is_ready().await }
        }
    });
    let data = Data::new(store.clone());
    let served = serve::<error::Error>(start, readiness, move |app| {
        let authors = Authors::new(&users, users_timeout).unwrap_or_else(|_| shared.clone());
        app.app_data(data.clone()).app_data(Data::new(authors)).configure(routes::configure);
    })
    .await;
    background.drain().await;
    store.close().await;
    Ok(served?)
}
