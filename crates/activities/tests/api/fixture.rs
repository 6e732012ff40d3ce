//! An activities process with a mock users service, and requests to it.

use reqwest::RequestBuilder;
use serde_json::{Value, json};
use sqlx::{AnyConnection, AssertSqlSafe, Connection, Row};
use testkit::{DEADLINE, MockResponse, MockServer, Process, ProcessBuilder, Request, Response, Sink, send};

/// The first sample activity, by andrewbrown.
pub(crate) const SAMPLE_ACTIVITY: &str = "68f126b0-1ceb-4a33-88be-d90fa7109eee";
/// The UUID of no activity.
pub(crate) const UNKNOWN_UUID: &str = "00000000-0000-4000-8000-000000000000";
/// A handle that users does not know.
pub(crate) const UNKNOWN_HANDLE: &str = "nobody";

/// An activities process with its own database, not yet started.
pub(crate) struct AppBuilder {
    builder: ProcessBuilder,
    database: String,
}

impl AppBuilder {
    pub(crate) fn on_sqlite() -> Self {
        let builder = activities();
        let database = format!("sqlite://{}/activities.db?mode=rwc", builder.directory().display());
        Self { builder, database }
    }

    pub(crate) fn on_database(database: String) -> Self {
        Self { builder: activities().env("DATABASE_URL", database.clone()), database }
    }

    pub(crate) fn env(self, key: &str, value: &str) -> Self {
        Self { builder: self.builder.env(key, value), ..self }
    }

    /// Polls the outbox once an hour, so practically never.
    pub(crate) fn without_outbox_worker(self) -> Self {
        self.env("OUTBOX_POLL_MS", "3600000")
    }

    pub(crate) fn database(&self) -> &str {
        &self.database
    }

    pub(crate) async fn start(self) -> TestApp {
        let (users, sink) = (MockServer::start(users), Sink::start());
        let builder = self.builder.env("USERS_URL", users.url()).exporting_to(&sink);
        TestApp { activities: builder.start().await, users, sink, database: self.database }
    }
}

/// The activities process, not yet started.
pub(crate) fn activities() -> ProcessBuilder {
    Process::builder("activities", env!("CARGO_BIN_EXE_activities")).env("OUTBOX_POLL_MS", "20")
}

/// A running activities process, its mock users service, its database and the sink of its spans.
pub(crate) struct TestApp {
    pub activities: Process,
    pub users: MockServer,
    pub sink: Sink,
    pub database: String,
}

impl TestApp {
    /// Starts another process on the same database.
    pub(crate) async fn start_another(
        &self,
        configure: impl FnOnce(ProcessBuilder) -> ProcessBuilder,
    ) -> Process {
        let builder = activities()
            .in_directory_of(&self.activities)
            .env("DATABASE_URL", self.database.clone())
            .env("USERS_URL", self.users.url())
            .exporting_to(&self.sink);
        configure(builder).start().await
    }

    pub(crate) fn request(&self, method: &str, path: &str) -> RequestBuilder {
        testkit::request(self.activities.url(), method, path)
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        send(self.request("GET", path)).await
    }

    pub(crate) async fn post(&self, path: &str, json: &Value) -> Response {
        send(self.request("POST", path).json(json)).await
    }

    pub(crate) async fn post_with_key(&self, key: &str, path: &str, json: &Value) -> Response {
        send(self.request("POST", path).header("idempotency-key", key).json(json)).await
    }

    /// Posts an activity and returns its UUID.
    pub(crate) async fn post_activity(&self, handle: &str, message: &str) -> String {
        let new = json!({ "handle": handle, "message": message, "ttl": "1-day" });
        let response = self.post("/activities", &new).await;
        assert_eq!(response.status, 201, "{response:?}");
        text(&response, "uuid")
    }

    pub(crate) async fn like(&self, uuid: &str, handle: &str) -> Response {
        self.post(&format!("/activities/{uuid}/like"), &json!({ "handle": handle })).await
    }

    pub(crate) async fn reply(&self, uuid: &str, handle: &str, message: &str) -> Response {
        let new = json!({ "handle": handle, "message": message });
        self.post(&format!("/activities/{uuid}/reply"), &new).await
    }

    /// A user's notifications, newest first, as `kind from_handle`. Waits until there are `count`.
    pub(crate) async fn notifications_of(&self, handle: &str, count: usize) -> Vec<String> {
        let start = std::time::Instant::now();
        loop {
            let response = self.get(&format!("/notifications/{handle}?limit=100")).await;
            let notifications = map_list(&response, "notifications", |notification| {
                let text = |key: &str| notification[key].as_str().unwrap_or_default();
                format!("{} {}", text("kind"), text("from_handle"))
            });
            if notifications.len() >= count {
                return notifications;
            }
            assert!(start.elapsed() < DEADLINE, "expected {count} notifications, got {notifications:?}");
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    }

    /// Executes SQL directly on the database.
    pub(crate) async fn execute(&self, sql: &str) {
        let mut connection = self.connect().await;
        sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut connection).await.expect("valid SQL");
        connection.close().await.expect("the database responds");
    }

    /// The number of rows of a table.
    pub(crate) async fn count_rows(&self, table: &str) -> usize {
        let mut connection = self.connect().await;
        let sql = AssertSqlSafe(format!("SELECT COUNT(*) FROM {table}"));
        let count: i64 = sqlx::query(sql).fetch_one(&mut connection).await.expect("the table exists").get(0);
        connection.close().await.expect("the database responds");
        usize::try_from(count).expect("a non-negative count")
    }

    /// Makes every writer wait, as another process that writes for long does.
    pub(crate) async fn lock_writers(&self) -> WriteLock {
        let lock = if self.database.starts_with("sqlite:") {
            "BEGIN IMMEDIATE"
        } else {
            "BEGIN; LOCK TABLE activities IN EXCLUSIVE MODE"
        };
        let mut connection = self.connect().await;
        sqlx::raw_sql(lock).execute(&mut connection).await.expect("no other process writes");
        WriteLock(connection)
    }

    /// Sets the expiry of an activity to a time in the past.
    pub(crate) async fn expire(&self, uuid: &str) {
        self.execute(&format!("UPDATE activities SET expires_at = 1 WHERE uuid = '{uuid}'")).await;
    }

    async fn connect(&self) -> AnyConnection {
        let _once = sqlx::any::install_drivers(&[sqlx::sqlite::any::DRIVER, sqlx::postgres::any::DRIVER]);
        AnyConnection::connect(&self.database).await.expect("the database responds")
    }
}

/// A connection that holds a write lock.
pub(crate) struct WriteLock(AnyConnection);

impl WriteLock {
    pub(crate) async fn release(mut self) {
        sqlx::raw_sql("ROLLBACK").execute(&mut self.0).await.expect("the lock is held");
        self.0.close().await.expect("the database responds");
    }
}

/// The mock users service: `GET /users?handles=`.
fn users(request: &Request) -> MockResponse {
    let handles = request.target.strip_prefix("/users?handles=").unwrap_or_default().replace("%2C", ",");
    let users: Vec<Value> = handles
        .split(',')
        .filter(|handle| !handle.is_empty() && *handle != UNKNOWN_HANDLE)
        .map(|handle| {
            json!({
                "uuid": UNKNOWN_UUID, "handle": handle, "display_name": display_name(handle), "bio": "",
                "created_at": "2023-02-01T00:00:00Z",
            })
        })
        .collect();
    MockResponse::json(200, &json!({ "users": users }))
}

/// The display name that the mock users service returns.
pub(crate) fn display_name(handle: &str) -> String {
    format!("The {handle}")
}

/// A string member of a response.
pub(crate) fn text(response: &Response, key: &str) -> String {
    response.json[key].as_str().unwrap_or_else(|| panic!("no string {key} in {response:?}")).to_owned()
}

/// Maps each item of a list in a response.
pub(crate) fn map_list<T>(response: &Response, list: &str, f: impl Fn(&Value) -> T) -> Vec<T> {
    let items = response.json[list].as_array();
    items.unwrap_or_else(|| panic!("no list {list} in {response:?}")).iter().map(f).collect()
}

/// The messages of a page of activities.
pub(crate) fn messages(page: &Response) -> Vec<String> {
    map_list(page, "activities", |activity| activity["message"].as_str().unwrap_or_default().to_owned())
}
