//! What every service is made of, so that each service only holds what is its own.
//!
//! - [`lifecycle`]: `main` of a service: configuration, telemetry, run, flush, exit code
//! - [`env`](mod@env): environment variables, read once and checked
//! - [`listen`]: a bound port, and the line that says so
//! - [`serve`]: an actix-web server with limits, health, tracing and a graceful stop
//! - `bounds`: requests that are too long or too slow
//! - [`answer`]: from an error to a problem, in one place
//! - [`client`]: calling another service, with a timeout and bounded retries
//! - [`text`]: text that people wrote, checked before it is kept
//! - [`clock`]: times as databases and wires want them
//! - [`healthcheck`]: `<service> healthcheck`, for containers without a shell
//!
//! Nothing here knows users, activities or a database.

pub mod answer;
mod bounds;
pub mod client;
pub mod clock;
pub mod env;
pub mod healthcheck;
pub mod lifecycle;
pub mod listen;
pub mod serve;
pub mod text;

pub use lifecycle::{Part, Shutdown, Start};
pub use telemetry::server::TraceResponse;
