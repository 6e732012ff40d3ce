//! The trace store and its page: OTLP receivers, query API and user interface.
//!
//! | module | content |
//! |---|---|
//! | [`config`] | configuration from environment variables |
//! | [`cli`](cli()) | command line of the binary |
//! | [`serve`] | start of the process: configuration, allocator settings, log, servers |
//! | [`run`] | store and servers from bind to drain; `servers` configures the HTTP servers |
//! | [`announce`] | the addresses that the process listens on |
//! | `receiver` | OTLP over HTTP and over gRPC, and the ingestion that both share |
//! | `api` | HTTP API for the page, for Jaeger's clients, for agents and for live updates |
//! | [`mcp`] | the protocol of agents, for another transport |
//! | `access` | bearer tokens and the sign-in of browsers |
//! | `pages` | embedded files of `ui/` |
//! | `honeycomb` | the addresses of Honeycomb's pages |
//! | `error_page`, `standalone_page` | errors as a page for browsers, and the layout that it shares with the sign-in form |
//! | `accept`, `head_requests` | what a client wants to read, and `HEAD` |
//! | `changes` | notification of changed traces |
//! | `sender_warnings` | what the doctor found, for the senders whose spans it is about |
//! | `error_response`, `etag` | responses that several modules share |
//! | `stderr_log`, `log_limiter` | log on standard error, and the rate limit of messages that untrusted clients cause |
//! | `malloc_env` | allocator settings |
//!
//! Imports flow one way; `crates/architecture/tests/layers.rs` holds the table. The data model of a trace lives in
//! `trace-model`; storage, indexes and queries live in `trace-store`.

mod accept;
mod access;
mod announce;
mod api;
mod changes;
mod cli;
pub mod config;
mod error_page;
mod error_response;
mod etag;
mod head_requests;
mod honeycomb;
mod log_limiter;
mod malloc_env;
mod pages;
mod receiver;
mod run;
mod sender_warnings;
mod servers;
mod standalone_page;
mod start;
mod stderr_log;

/// The Model Context Protocol, for whoever serves it on another transport.
pub mod mcp {
    pub use crate::api::mcp::{Server, Tools};
}

pub use announce::{Endpoints, announce};
pub use cli::cli;
pub use config::{Config, ConfigError};
pub use run::{RunError, run};
pub use start::{execute, main, serve};
