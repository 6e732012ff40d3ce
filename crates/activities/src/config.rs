//! Configuration of the activities service, from environment variables.

use std::time::Duration;

use database::DatabaseUrl;
use service::env::{self, ConfigError};
use url::Url;

const DATABASE_URL: &str = "DATABASE_URL";
const DEFAULT_DATABASE_URL: &str = "sqlite://data/activities.db?mode=rwc";
const USERS_URL: &str = "USERS_URL";
const DEFAULT_USERS_URL: &str = "http://127.0.0.1:8082";
const USERS_TIMEOUT: &str = "USERS_TIMEOUT_MS";
/// Short, because a page without display names is better than a late page.
const DEFAULT_USERS_TIMEOUT: Duration = Duration::from_millis(400);
const OUTBOX_POLL: &str = "OUTBOX_POLL_MS";
const DEFAULT_OUTBOX_POLL: Duration = Duration::from_millis(200);
const OUTBOX_TRACE: &str = "OUTBOX_TRACE";
const EXPIRY_SWEEP: &str = "EXPIRY_SWEEP_MS";
/// Long, because expired activities are hidden anyway, and a trace per minute would bury the traces of requests.
const DEFAULT_EXPIRY_SWEEP: Duration = Duration::from_mins(15);

/// The configuration of activities. `service` reads `ACTIVITIES_ADDR` and the other variables that every service has.
#[derive(Clone, Debug)]
pub struct Config {
    pub database: DatabaseUrl,
    /// Base URL of users; ends in `/`.
    pub users: Url,
    /// Timeout of one attempt to call users.
    pub users_timeout: Duration,
    pub outbox: OutboxConfig,
    /// Interval between two sweeps of expired activities.
    pub expiry_sweep: Duration,
}

/// Configuration of the outbox worker.
#[derive(Clone, Copy, Debug)]
pub struct OutboxConfig {
    /// Interval between two polls of an empty outbox.
    pub poll: Duration,
    pub trace: OutboxTrace,
}

/// How the span that processes a notification relates to the request that queued it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutboxTrace {
    /// It starts a new trace and links to the request.
    Link,
    /// It belongs to the request's trace, which then continues after the response.
    Child,
}

impl Config {
    /// # Errors
    /// [`ConfigError`] names the invalid variable.
    pub fn from_env() -> Result<Self, ConfigError> {
        let url = env::text(DATABASE_URL)?.unwrap_or_else(|| DEFAULT_DATABASE_URL.to_owned());
        let database = DatabaseUrl::parse(&url).map_err(|error| {
            ConfigError::new(DATABASE_URL, format!("the URL of a database, such as {DEFAULT_DATABASE_URL}"))
                .because(error)
        })?;
        let trace = match env::text(OUTBOX_TRACE)?.as_deref() {
            None | Some("link") => OutboxTrace::Link,
            Some("child") => OutboxTrace::Child,
            Some(other) => return Err(ConfigError::new(OUTBOX_TRACE, "link or child").with_value(other)),
        };
        Ok(Self {
            database,
            users: env::base_url(USERS_URL, DEFAULT_USERS_URL)?,
            users_timeout: env::milliseconds(USERS_TIMEOUT, DEFAULT_USERS_TIMEOUT)?,
            outbox: OutboxConfig { poll: env::milliseconds(OUTBOX_POLL, DEFAULT_OUTBOX_POLL)?, trace },
            expiry_sweep: env::milliseconds(EXPIRY_SWEEP, DEFAULT_EXPIRY_SWEEP)?,
        })
    }
}
