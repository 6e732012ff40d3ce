//! A gateway process with mock backends, and requests to it.

use reqwest::RequestBuilder;
use serde_json::{Value, json};
use testkit::{MockResponse, MockServer, Process, ProcessBuilder, Request, Response, Sink, TraceResponse};

/// The first sample activity.
pub(crate) const SAMPLE_ACTIVITY: &str = "68f126b0-1ceb-4a33-88be-d90fa7109eee";
/// Its reply.
const REPLY: &str = "26e12864-1c26-5c3a-9658-97a10f8fea67";

/// A running gateway, its mock backends and the sink of its spans.
pub(crate) struct TestApp {
    pub gateway: Process,
    pub activities: MockServer,
    pub users: MockServer,
    pub sink: Sink,
}

impl TestApp {
    /// Starts a gateway whose backends succeed.
    pub(crate) async fn start() -> Self {
        Self::with(|gateway| gateway).await
    }

    /// Like [`Self::start`], with a configured gateway.
    pub(crate) async fn with(configure: impl FnOnce(ProcessBuilder) -> ProcessBuilder) -> Self {
        let (activities, users, sink) =
            (MockServer::start(activities), MockServer::start(users), Sink::start());
        let gateway = gateway().env("ACTIVITIES_URL", activities.url()).env("USERS_URL", users.url());
        let gateway = configure(gateway.exporting_to(&sink)).start().await;
        Self { gateway, activities, users, sink }
    }

    pub(crate) fn request(&self, method: &str, path: &str) -> RequestBuilder {
        testkit::request(self.gateway.url(), method, path)
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        send(self.request("GET", path)).await
    }

    pub(crate) async fn post(&self, path: &str, json: &Value) -> Response {
        send(self.request("POST", path).json(json)).await
    }
}

/// The gateway process, not yet started.
pub(crate) fn gateway() -> ProcessBuilder {
    Process::builder("gateway", env!("CARGO_BIN_EXE_gateway"))
}

/// Sends a request and reads the whole response. Every response of the gateway must have a valid `traceresponse`.
pub(crate) async fn send(request: RequestBuilder) -> Response {
    let response = testkit::send(request).await;
    TraceResponse::parse(response.header("traceresponse"));
    response
}

/// The mock activities service.
pub(crate) fn activities(request: &Request) -> MockResponse {
    match (request.method.as_str(), request.path()) {
        ("GET", "/activities/home" | "/activities/search") => MockResponse::json(200, &page()),
        ("GET", path) if path.starts_with("/activities/by/") && path.ends_with("/count") => {
            MockResponse::json(200, &json!({"count": 7}))
        }
        ("GET", path) if path.starts_with("/activities/by/") => MockResponse::json(200, &page()),
        ("GET", path) if path.starts_with("/notifications/") => MockResponse::json(200, &notifications()),
        ("GET", path) if path.ends_with(SAMPLE_ACTIVITY) => {
            let mut activity = activity("andrewbrown", "Cloud is very fun!");
            activity["replies"] = json!([reply("worf", "This post has no honor!")]);
            activity["replies_cursor"] = json!("before");
            MockResponse::json(200, &activity)
        }
        ("POST", "/activities") => MockResponse::json(201, &echo(request, activity)),
        ("POST", path) if path.ends_with("/reply") => MockResponse::json(201, &echo(request, reply)),
        ("POST", path) if path.ends_with("/like") => MockResponse::json(200, &json!({"likes_count": 3})),
        _ => problem(404, "activity_not_found"),
    }
}

/// The mock users service.
pub(crate) fn users(request: &Request) -> MockResponse {
    let handle = request.path().trim_start_matches("/users/");
    if handle == "nobody" {
        return problem(404, "user_not_found");
    }
    let mut user = json!({
        "uuid": "00000000-0000-8000-8000-000000000004", "handle": handle, "display_name": format!("The {handle}"),
        "bio": "Son of Mogh", "created_at": "2023-02-01T00:00:00Z",
    });
    if request.method == "PATCH" {
        for (name, value) in request.json().as_object().into_iter().flatten() {
            user[name] = value.clone();
        }
    }
    MockResponse::json(200, &user)
}

/// A problem of a backend. `SECRET` marks the texts that must not pass the gateway.
pub(crate) fn problem(status: u16, code: &str) -> MockResponse {
    let problem = json!({
        "type": format!("urn:cruddur:problem:{code}"), "title": "SECRET title", "status": status, "code": code,
        "detail": "SECRET detail", "trace_id": "00000000000000000000000000000001",
    });
    MockResponse::status(status).header("content-type", "application/problem+json").body(problem.to_string())
}

/// A 422 of a backend with one violation.
pub(crate) fn invalid(code: &str, field: &str) -> MockResponse {
    let problem = json!({
        "type": "urn:cruddur:problem:invalid_input", "title": "SECRET title", "status": 422,
        "code": "invalid_input", "errors": [{"code": code, "field": field, "detail": "what would be right"}],
    });
    MockResponse::status(422).header("content-type", "application/problem+json").body(problem.to_string())
}

/// A page of activities without a display name, as activities returns it when users does not respond.
pub(crate) fn page() -> Value {
    let mut activity = activity("andrewbrown", "Cloud is very fun!");
    activity["display_name"] = Value::Null;
    json!({"activities": [activity], "next_cursor": "next", "partial": false})
}

fn activity(handle: &str, message: &str) -> Value {
    json!({
        "uuid": SAMPLE_ACTIVITY, "handle": handle, "display_name": "A name", "message": message, "replies_count": 1,
        "reposts_count": 0, "likes_count": 2, "created_at": "2026-11-20T10:00:00Z",
        "expires_at": "2026-11-27T10:00:00Z",
    })
}

fn reply(handle: &str, message: &str) -> Value {
    json!({
        "uuid": REPLY, "handle": handle, "display_name": "A name", "message": message, "replies_count": 0,
        "reposts_count": 0, "likes_count": 0, "created_at": "2026-11-20T11:00:00Z",
        "reply_to_activity_uuid": SAMPLE_ACTIVITY,
    })
}

fn notifications() -> Value {
    json!({
        "notifications": [{
            "uuid": REPLY, "kind": "reply", "activity_uuid": SAMPLE_ACTIVITY, "from_handle": "worf",
            "from_display_name": "Worf", "created_at": "2026-11-20T11:00:00Z",
        }],
        "next_cursor": null, "partial": false,
    })
}

fn echo(request: &Request, build: fn(&str, &str) -> Value) -> Value {
    let json = request.json();
    build(json["handle"].as_str().unwrap_or_default(), json["message"].as_str().unwrap_or_default())
}
