//! A gateway process, the two services behind it as they should be, and how to ask it.

use std::time::{Duration, Instant};

use reqwest::header::HeaderMap;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use testkit::{MockResponse, MockServer, Process, ProcessBuilder, Request, Sink, TraceResponse};

/// Cruddur's first activity.
pub(crate) const ACTIVITY: &str = "68f126b0-1ceb-4a33-88be-d90fa7109eee";
/// Its reply.
const REPLY: &str = "26e12864-1c26-5c3a-9658-97a10f8fea67";

/// A gateway, what it stands before, and where its spans go.
pub(crate) struct World {
    pub gateway: Process,
    pub activities: MockServer,
    pub users: MockServer,
    pub sink: Sink,
}

impl World {
    /// Everything as it should be.
    pub(crate) async fn start() -> Self {
        Self::with(|gateway| gateway).await
    }

    /// With a gateway that is set up in another way.
    pub(crate) async fn with(set_up: impl FnOnce(ProcessBuilder) -> ProcessBuilder) -> Self {
        let (activities, users, sink) =
            (MockServer::start(activities), MockServer::start(users), Sink::start());
        let gateway = gateway().env("ACTIVITIES_URL", activities.url()).env("USERS_URL", users.url());
        let gateway = set_up(gateway.exporting_to(&sink)).start().await;
        Self { gateway, activities, users, sink }
    }

    pub(crate) fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let method: Method = method.parse().expect("a method");
        reqwest::Client::new().request(method, format!("{}{path}", self.gateway.url()))
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        send(self.request("GET", path)).await
    }

    pub(crate) async fn post(&self, path: &str, json: &Value) -> Answer {
        send(self.request("POST", path).json(json)).await
    }
}

/// The gateway process, not yet started.
pub(crate) fn gateway() -> ProcessBuilder {
    Process::builder("gateway", env!("CARGO_BIN_EXE_gateway"))
}

/// An answer, read.
#[derive(Debug)]
pub(crate) struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
    pub json: Value,
    pub after: Duration,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The stable code of a problem, which names its own trace.
    #[track_caller]
    pub(crate) fn code(&self) -> &str {
        assert_eq!(self.header("content-type"), "application/problem+json", "{self:?}");
        assert_eq!(self.json["status"], self.status, "{self:?}");
        let trace = TraceResponse::parse(self.header("traceresponse"));
        assert_eq!(self.json["trace_id"], trace.trace_id, "{self:?}");
        self.json["code"].as_str().unwrap_or_default()
    }

    /// The codes of everything that was wrong with the input.
    #[track_caller]
    pub(crate) fn violations(&self) -> Vec<&str> {
        assert_eq!((self.status, self.code()), (422, "invalid_input"), "{self:?}");
        let errors = self.json["errors"].as_array().expect("an invalid input has errors");
        errors.iter().filter_map(|error| error["code"].as_str()).collect()
    }
}

/// Sends it and reads the whole answer, which names its trace whatever it is; a body that is not JSON is null.
pub(crate) async fn send(request: RequestBuilder) -> Answer {
    let start = Instant::now();
    let answer = request.send().await.expect("the gateway answers");
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    let text = answer.text().await.expect("the gateway answers in full");
    let json = serde_json::from_str(&text).unwrap_or_default();
    let answer = Answer { status, headers, text, json, after: start.elapsed() };
    TraceResponse::parse(answer.header("traceresponse"));
    answer
}

/// The activities service.
pub(crate) fn activities(request: &Request) -> MockResponse {
    match (request.method.as_str(), request.path()) {
        ("GET", "/activities/home" | "/activities/search") => MockResponse::json(200, &page()),
        ("GET", path) if path.starts_with("/activities/by/") && path.ends_with("/count") => {
            MockResponse::json(200, &json!({"count": 7}))
        }
        ("GET", path) if path.starts_with("/activities/by/") => MockResponse::json(200, &page()),
        ("GET", path) if path.starts_with("/notifications/") => MockResponse::json(200, &notifications()),
        ("GET", path) if path.ends_with(ACTIVITY) => {
            let mut activity = activity("andrewbrown", "Cloud is very fun!");
            activity["replies"] = json!([reply("worf", "This post has no honor!")]);
            MockResponse::json(200, &activity)
        }
        ("POST", "/activities") => MockResponse::json(201, &echo(request, activity)),
        ("POST", path) if path.ends_with("/reply") => MockResponse::json(201, &echo(request, reply)),
        ("POST", path) if path.ends_with("/like") => MockResponse::json(200, &json!({"likes_count": 3})),
        _ => problem(404, "activity_not_found"),
    }
}

/// The users service.
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

/// A problem of an inner service, with what must not come through the gateway.
pub(crate) fn problem(status: u16, code: &str) -> MockResponse {
    let problem = json!({
        "type": format!("urn:cruddur:problem:{code}"), "title": "SECRET title", "status": status, "code": code,
        "detail": "SECRET detail", "trace_id": "00000000000000000000000000000001",
    });
    MockResponse::status(status).header("content-type", "application/problem+json").body(problem.to_string())
}

/// 422, for one thing that is wrong with the input.
pub(crate) fn invalid(code: &str, field: &str) -> MockResponse {
    let problem = json!({
        "type": "urn:cruddur:problem:invalid_input", "title": "SECRET title", "status": 422,
        "code": "invalid_input", "errors": [{"code": code, "field": field, "detail": "what would be right"}],
    });
    MockResponse::status(422).header("content-type", "application/problem+json").body(problem.to_string())
}

/// One page of activities, as activities gives it; the name is missing, as it is when it could not have it.
pub(crate) fn page() -> Value {
    let mut activity = activity("andrewbrown", "Cloud is very fun!");
    activity["display_name"] = Value::Null;
    json!({"activities": [activity], "next_cursor": "next", "partial": false})
}

fn activity(handle: &str, message: &str) -> Value {
    json!({
        "uuid": ACTIVITY, "handle": handle, "display_name": "A name", "message": message, "replies_count": 1,
        "reposts_count": 0, "likes_count": 2, "created_at": "2026-11-20T10:00:00Z",
        "expires_at": "2026-11-27T10:00:00Z",
    })
}

fn reply(handle: &str, message: &str) -> Value {
    json!({
        "uuid": REPLY, "handle": handle, "display_name": "A name", "message": message, "replies_count": 0,
        "reposts_count": 0, "likes_count": 0, "created_at": "2026-11-20T11:00:00Z",
        "reply_to_activity_uuid": ACTIVITY,
    })
}

fn notifications() -> Value {
    json!({
        "notifications": [{
            "uuid": REPLY, "kind": "reply", "activity_uuid": ACTIVITY, "from_handle": "worf",
            "from_display_name": "Worf", "created_at": "2026-11-20T11:00:00Z",
        }],
        "next_cursor": null, "partial": false,
    })
}

fn echo(request: &Request, as_what: fn(&str, &str) -> Value) -> Value {
    let json = request.json();
    as_what(json["handle"].as_str().unwrap_or_default(), json["message"].as_str().unwrap_or_default())
}
