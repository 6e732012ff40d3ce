//! The Model Context Protocol: what the waterfall knows, as tools for agents.
//!
//! | module | content |
//! |---|---|
//! | [`http`] | `POST /mcp`: streamable HTTP without sessions or streams |
//! | [`server`] | the protocol, for any transport and whoever calls the tools |
//! | [`tools`] | names, descriptions and arguments of the tools |
//! | [`local`], [`traces`] | calls the tools on the traces of this process |
//! | [`search_traces`], [`trace_outline`], [`diagnose`], [`hops`], [`compare`] | one tool each |
//! | [`answer`] | answers within a size, with received text marked as data |
//!
//! `cruddur mcp` serves the same protocol on standard input and output, and sends each call to `POST /mcp`.

mod answer;
mod compare;
mod diagnose;
mod hops;
mod http;
mod local;
mod search_traces;
mod server;
mod tools;
mod trace_outline;
mod traces;

pub(super) use self::http::routes;
pub use self::server::{Server, Tools};
