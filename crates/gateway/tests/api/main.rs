//! Tests of the gateway process over HTTP, in front of mock backends.

mod fixture;

mod backend_failures;
mod browsers;
mod input;
mod openapi;
mod partial;
mod process;
mod proxies;
mod reading;
mod retries;
mod rollbar;
mod spans;
mod tokens;
mod writing;
