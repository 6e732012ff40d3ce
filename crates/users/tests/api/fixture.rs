//! A users process, and how to ask it.

use reqwest::{Method, RequestBuilder};
use serde_json::Value;
use testkit::{Process, ProcessBuilder};

/// The users process, not yet started.
pub(crate) fn users() -> ProcessBuilder {
    Process::builder("users", env!("CARGO_BIN_EXE_users"))
}

/// An answer, read.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    pub(crate) traceresponse: Option<String>,
    pub(crate) json: Value,
}

impl Answer {
    /// The stable code of a problem.
    pub(crate) fn code(&self) -> &str {
        assert_eq!(self.content_type, "application/problem+json", "{self:?}");
        assert_eq!(self.json["status"], self.status, "{self:?}");
        self.json["code"].as_str().unwrap_or_default()
    }

    /// The codes of everything that was wrong with the input.
    pub(crate) fn violations(&self) -> Vec<&str> {
        assert_eq!(self.code(), "invalid_input", "{self:?}");
        let errors = self.json["errors"].as_array().expect("an invalid input has errors");
        errors.iter().filter_map(|error| error["code"].as_str()).collect()
    }
}

/// A request to the process.
pub(crate) fn request(users: &Process, method: &str, path: &str) -> RequestBuilder {
    let method: Method = method.parse().expect("a method");
    reqwest::Client::new().request(method, format!("{}{path}", users.url()))
}

/// Sends it and reads the whole answer; a body that is not JSON is null.
pub(crate) async fn send(request: RequestBuilder) -> Answer {
    let answer = request.send().await.expect("users answers");
    let header = |name: &str| Some(answer.headers().get(name)?.to_str().ok()?.to_owned());
    let (content_type, traceresponse) = (header("content-type").unwrap_or_default(), header("traceresponse"));
    let status = answer.status().as_u16();
    let body = answer.bytes().await.expect("users answers in full");
    Answer { status, content_type, traceresponse, json: serde_json::from_slice(&body).unwrap_or_default() }
}

pub(crate) async fn get(users: &Process, path: &str) -> Answer {
    send(request(users, "GET", path)).await
}

pub(crate) async fn post(users: &Process, json: &Value) -> Answer {
    send(request(users, "POST", "/users").json(json)).await
}

pub(crate) async fn patch(users: &Process, handle: &str, json: &Value) -> Answer {
    send(request(users, "PATCH", &format!("/users/{handle}")).json(json)).await
}
