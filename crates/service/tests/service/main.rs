//! The server of every service, over real sockets: limits, connections, stops, panics, health, problems.

mod connections;
mod fixture;
mod limits;
mod panic;
mod stopping;
