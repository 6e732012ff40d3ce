//! The server of every service, over real sockets: limits, panics, health, problems.

mod fixture;
mod limits;
mod panic;
