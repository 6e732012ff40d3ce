//! A users process and requests to it.

use reqwest::RequestBuilder;
use serde_json::Value;
use testkit::{Process, ProcessBuilder, Response, send};

/// The users process, not yet started.
pub(crate) fn users() -> ProcessBuilder {
    Process::builder("users", env!("CARGO_BIN_EXE_users"))
}

pub(crate) fn request(users: &Process, method: &str, path: &str) -> RequestBuilder {
    testkit::request(users.url(), method, path)
}

pub(crate) async fn get(users: &Process, path: &str) -> Response {
    send(request(users, "GET", path)).await
}

pub(crate) async fn post(users: &Process, json: &Value) -> Response {
    send(request(users, "POST", "/users").json(json)).await
}

pub(crate) async fn patch(users: &Process, handle: &str, json: &Value) -> Response {
    send(request(users, "PATCH", &format!("/users/{handle}")).json(json)).await
}
