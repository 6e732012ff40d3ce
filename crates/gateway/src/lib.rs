//! The gateway: the public edge of Cruddur, which calls activities and users.
//!
//! Every service has the same files:
//!
//! - [`config`]: configuration from environment variables
//! - [`run`]: starts the service with a configuration
//! - `routes`: routes; `handlers`: request handlers, one file per endpoint
//! - `error`: errors, and the problem details that each becomes
//!
//! What only the gateway has:
//!
//! - `backends`: typed clients of the services behind it
//! - `auth`: authentication of callers; [`token`]: bearer tokens; `caller`: extractors of the caller
//! - `hosts`: whether it answers for a host; `cross_site`: refuses writes of pages of other sites
//! - `idempotency_key`: the key that makes a POST safe to repeat
//! - `input`: extractors of validated path parameters and headers; `types`: JSON types, `schemas`: what callers may write
//!
//! It has no database and terminates no TLS. It sets no CORS headers, so pages of other origins cannot call it.

pub mod config;
mod hosts;
pub mod token;

mod auth;
mod backends;
mod caller;
mod cross_site;
mod error;
mod handlers;
mod idempotency_key;
mod input;
mod routes;
mod schemas;
mod types;

pub use error::RunError;

use std::process::ExitCode;

use actix_web::web::Data;
use service::serve::{Readiness, serve};
use service::{Command, Part, Start, TraceResponse, Variable};

use crate::auth::Authenticator;
use crate::backends::Backends;
use crate::config::Config;

/// What `--help` says about its variables; [`config`] reads them.
const VARIABLES: [Variable; 6] = [
    Variable {
        name: "ACTIVITIES_URL",
        default: "http://127.0.0.1:8081",
        help: "base URL of the activities service",
    },
    Variable { name: "ACTIVITIES_TIMEOUT_MS", default: "850", help: "timeout of one request to it" },
    Variable { name: "USERS_URL", default: "http://127.0.0.1:8082", help: "base URL of the users service" },
    Variable { name: "USERS_TIMEOUT_MS", default: "500", help: "timeout of one request to it" },
    Variable {
        name: "GATEWAY_HOSTS",
        default: "",
        help: "names that requests may be sent to, such as\nfeed.example,*.feed.example; * allows any. Addresses,\n\
               localhost and names without a dot always are",
    },
    Variable {
        name: "GATEWAY_JWT_SECRET",
        default: "",
        help: "key of bearer tokens (HS256), at least 32 bytes;\nunset: no token is required",
    },
];

/// This service as a part of the system.
pub const PART: Part = Part {
    name: "gateway",
    version: env!("CARGO_PKG_VERSION"),
    about: "The gateway of Cruddur: the public edge, which calls activities and users.",
    address: Variable {
        name: "GATEWAY_ADDR",
        default: "localhost:8080",
        help: "address to listen on; of a name, all of its addresses",
    },
    variables: &VARIABLES,
    traceresponse: TraceResponse::Always,
};

/// The process of the binary.
pub fn main() -> ExitCode {
    service::main(PART, execute)
}

/// Executes the parsed command line.
pub fn execute(command: Command) -> ExitCode {
    service::lifecycle::execute(PART, command, Config::from_env, run)
}

/// Serves until a shutdown is requested.
///
/// Readiness does not depend on the backends: without one of them, the gateway still serves what the other provides.
///
/// # Errors
/// [`RunError`] when the HTTP clients cannot be built, or the server cannot run.
pub async fn run(config: Config, start: Start) -> Result<(), RunError> {
    let Config { activities, users, hosts, secret } = config;
    let hosts = Data::new(hosts);
    let authenticator = Data::new(Authenticator::new(secret.as_ref()));
    // Built once here, where an error fails the start. A worker that cannot build its own clients clones these.
    let shared = Backends::new(&activities, &users)?;
    serve::<error::Error>(start, Readiness::always(), move |app| {
        let backends = Backends::new(&activities, &users).unwrap_or_else(|_| shared.clone());
        app.app_data(authenticator.clone())
            .app_data(hosts.clone())
            .app_data(Data::new(backends))
            .configure(routes::configure);
    })
    .await?;
    Ok(())
}
