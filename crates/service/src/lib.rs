//! What all services share, so that each service only contains what is its own.
//!
//! - [`lifecycle`]: `main` of a service: command line, configuration, telemetry, run, flush, exit code
//! - [`env`](mod@env): environment variables, read once and checked
//! - [`serve`]: an actix-web server with limits, health, tracing and graceful shutdown
//! - [`limits`]: limits on what one request may take of the server
//! - `capacity`: how many connections there may be; `connections`: which give way to new ones
//! - `drain`: the end of a server in which no request is lost
//! - [`response`]: maps errors to problem responses, in one place
//! - [`error_reports`]: messages to Rollbar
//! - [`method`]: routes for `GET` with `HEAD`
//! - [`client`]: HTTP client for other services, with a timeout and bounded retries
//! - [`text`]: validation of text that people wrote
//! - [`clock`]: timestamps as databases and JSON represent them
//!
//! Nothing here knows users, activities or a database. What the waterfall needs as well is in the crate `process`.

mod capacity;
pub mod client;
pub mod clock;
mod connections;
mod drain;
pub mod env;
pub mod error_reports;
pub mod lifecycle;
pub mod limits;
pub mod method;
pub mod response;
pub mod serve;
pub mod text;

pub use lifecycle::{Part, Start, main};
pub use process::{Command, Hosts, Shutdown, Variable, error_chain};
pub use telemetry::server::TraceResponse;
