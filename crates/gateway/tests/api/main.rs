//! The gateway over real sockets: the real process, in front of services that do as they are told.

mod fixture;

mod document;
mod input;
mod partial;
mod process;
mod reading;
mod retries;
mod spans;
mod tokens;
mod trouble;
mod writing;
