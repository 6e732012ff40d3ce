//! An activities process, the users behind it as they should be, and how to ask it.

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use sqlx::{AnyConnection, AssertSqlSafe, Connection, Row};
use testkit::{DEADLINE, MockResponse, MockServer, Process, ProcessBuilder, Request, Sink};

/// Cruddur's first activity, andrewbrown's.
pub(crate) const FIRST: &str = "68f126b0-1ceb-4a33-88be-d90fa7109eee";
/// One that there is not.
pub(crate) const NONE: &str = "00000000-0000-4000-8000-000000000000";
/// Nobody: users do not know them.
pub(crate) const NOBODY: &str = "nobody";

/// An activities process, not yet started, with a database of its own.
pub(crate) struct Fresh {
    builder: ProcessBuilder,
    database: String,
}

impl Fresh {
    pub(crate) fn on_sqlite() -> Self {
        let builder = activities();
        let database = format!("sqlite://{}/activities.db?mode=rwc", builder.directory().display());
        Self { builder, database }
    }

    pub(crate) fn on(database: String) -> Self {
        Self { builder: activities().env("DATABASE_URL", database.clone()), database }
    }

    pub(crate) fn env(self, key: &str, value: &str) -> Self {
        Self { builder: self.builder.env(key, value), ..self }
    }

    /// Never looks into its outbox again.
    pub(crate) fn without_worker(self) -> Self {
        self.env("OUTBOX_POLL_MS", "3600000")
    }

    pub(crate) fn database(&self) -> &str {
        &self.database
    }

    pub(crate) async fn start(self) -> World {
        let (users, sink) = (MockServer::start(users), Sink::start());
        let builder = self.builder.env("USERS_URL", users.url()).exporting_to(&sink);
        World { activities: builder.start().await, users, sink, database: self.database }
    }
}

/// The activities process, not yet started.
pub(crate) fn activities() -> ProcessBuilder {
    Process::builder("activities", env!("CARGO_BIN_EXE_activities")).env("OUTBOX_POLL_MS", "20")
}

/// A running activities, what it stands on, and where its spans go.
pub(crate) struct World {
    pub activities: Process,
    pub users: MockServer,
    pub sink: Sink,
    pub database: String,
}

impl World {
    /// Another process on the same database.
    pub(crate) async fn another(&self, set_up: impl FnOnce(ProcessBuilder) -> ProcessBuilder) -> Process {
        let builder = activities()
            .in_directory_of(&self.activities)
            .env("DATABASE_URL", self.database.clone())
            .env("USERS_URL", self.users.url())
            .exporting_to(&self.sink);
        set_up(builder).start().await
    }

    pub(crate) fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let method: Method = method.parse().expect("a method");
        reqwest::Client::new().request(method, format!("{}{path}", self.activities.url()))
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        send(self.request("GET", path)).await
    }

    pub(crate) async fn post(&self, path: &str, json: &Value) -> Answer {
        send(self.request("POST", path).json(json)).await
    }

    pub(crate) async fn post_under(&self, key: &str, path: &str, json: &Value) -> Answer {
        send(self.request("POST", path).header("idempotency-key", key).json(json)).await
    }

    /// Posts an activity and gives its uuid.
    pub(crate) async fn say(&self, handle: &str, message: &str) -> String {
        let new = json!({ "handle": handle, "message": message, "ttl": "1-day" });
        let answer = self.post("/activities", &new).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        answer.text("uuid")
    }

    pub(crate) async fn like(&self, uuid: &str, handle: &str) -> Answer {
        self.post(&format!("/activities/{uuid}/like"), &json!({ "handle": handle })).await
    }

    pub(crate) async fn reply(&self, uuid: &str, handle: &str, message: &str) -> Answer {
        let new = json!({ "handle": handle, "message": message });
        self.post(&format!("/activities/{uuid}/reply"), &new).await
    }

    /// What somebody was told, newest first, as `kind from`, once there are `count`.
    pub(crate) async fn told(&self, handle: &str, count: usize) -> Vec<String> {
        let start = std::time::Instant::now();
        loop {
            let answer = self.get(&format!("/notifications/{handle}?limit=100")).await;
            let told = answer.each("notifications", |notification| {
                let text = |key: &str| notification[key].as_str().unwrap_or_default();
                format!("{} {}", text("kind"), text("from_handle"))
            });
            if told.len() >= count {
                return told;
            }
            assert!(start.elapsed() < DEADLINE, "{count} notifications were expected: {told:?}");
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    }

    /// Changes the database behind the service's back.
    pub(crate) async fn execute(&self, sql: &str) {
        let mut connection = self.connect().await;
        sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut connection).await.expect("it is SQL");
        connection.close().await.expect("the database answers");
    }

    /// The rows of a table.
    pub(crate) async fn rows(&self, table: &str) -> usize {
        let mut connection = self.connect().await;
        let sql = AssertSqlSafe(format!("SELECT COUNT(*) FROM {table}"));
        let count: i64 = sqlx::query(sql).fetch_one(&mut connection).await.expect("it is a table").get(0);
        connection.close().await.expect("the database answers");
        usize::try_from(count).expect("a count")
    }

    /// Makes an activity expire, long ago.
    pub(crate) async fn expire(&self, uuid: &str) {
        self.execute(&format!("UPDATE activities SET expires_at = 1 WHERE uuid = '{uuid}'")).await;
    }

    async fn connect(&self) -> AnyConnection {
        let _once = sqlx::any::install_drivers(&[sqlx::sqlite::any::DRIVER, sqlx::postgres::any::DRIVER]);
        AnyConnection::connect(&self.database).await.expect("the database answers")
    }
}

/// What users answer to `GET /users?handles=`.
fn users(request: &Request) -> MockResponse {
    let handles = request.target.strip_prefix("/users?handles=").unwrap_or_default().replace("%2C", ",");
    let users: Vec<Value> = handles
        .split(',')
        .filter(|handle| !handle.is_empty() && *handle != NOBODY)
        .map(|handle| {
            json!({
                "uuid": NONE, "handle": handle, "display_name": name_of(handle), "bio": "",
                "created_at": "2023-02-01T00:00:00Z",
            })
        })
        .collect();
    MockResponse::json(200, &json!({ "users": users }))
}

/// The display name that users give.
pub(crate) fn name_of(handle: &str) -> String {
    format!("The {handle}")
}

/// An answer, read.
#[derive(Debug)]
pub(crate) struct Answer {
    pub status: u16,
    pub content_type: String,
    pub traceresponse: Option<String>,
    pub json: Value,
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

    /// A member that is a text.
    pub(crate) fn text(&self, key: &str) -> String {
        self.json[key].as_str().unwrap_or_else(|| panic!("no {key} in {self:?}")).to_owned()
    }

    /// Something of each in a list.
    pub(crate) fn each<T>(&self, list: &str, of: impl Fn(&Value) -> T) -> Vec<T> {
        let list = self.json[list].as_array();
        list.unwrap_or_else(|| panic!("no such list in {self:?}")).iter().map(of).collect()
    }

    /// The messages of a page.
    pub(crate) fn messages(&self) -> Vec<String> {
        self.each("activities", |activity| activity["message"].as_str().unwrap_or_default().to_owned())
    }
}

/// Sends a request and reads the whole answer; a body that is not JSON is null.
pub(crate) async fn send(request: RequestBuilder) -> Answer {
    let answer = request.send().await.expect("activities answers");
    let header = |name: &str| Some(answer.headers().get(name)?.to_str().ok()?.to_owned());
    let (content_type, traceresponse) = (header("content-type").unwrap_or_default(), header("traceresponse"));
    let status = answer.status().as_u16();
    let body = answer.bytes().await.expect("activities answers in full");
    Answer { status, content_type, traceresponse, json: serde_json::from_slice(&body).unwrap_or_default() }
}
