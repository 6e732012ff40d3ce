//! What the environment may say to activities.

use std::time::Duration;

use database::DatabaseUrl;
use service::env::{self, ConfigError};
use url::Url;

const DATABASE_URL: &str = "DATABASE_URL";
const DEFAULT_DATABASE_URL: &str = "sqlite://data/activities.db?mode=rwc";
const USERS_URL: &str = "USERS_URL";
const DEFAULT_USERS_URL: &str = "http://127.0.0.1:8082";
const USERS_TIMEOUT: &str = "USERS_TIMEOUT_MS";
/// Short: names are worth having, and not worth waiting for.
const DEFAULT_USERS_TIMEOUT: Duration = Duration::from_millis(400);
const OUTBOX_POLL: &str = "OUTBOX_POLL_MS";
const DEFAULT_OUTBOX_POLL: Duration = Duration::from_millis(200);
const OUTBOX_TRACE: &str = "OUTBOX_TRACE";
const EXPIRY_SWEEP: &str = "EXPIRY_SWEEP_MS";
/// What has expired is shown to nobody in the meantime; a trace a minute would drown those of requests.
const DEFAULT_EXPIRY_SWEEP: Duration = Duration::from_mins(15);

/// The configuration of activities; `ACTIVITIES_ADDR` belongs to every service, and is read by `service`.
#[derive(Clone, Debug)]
pub struct Config {
    pub database: DatabaseUrl,
    /// Where users is; ends in `/`.
    pub users: Url,
    /// How long one request to users may take.
    pub users_timeout: Duration,
    pub outbox: OutboxConfig,
    /// Between two sweeps of what has expired.
    pub expiry_sweep: Duration,
}

/// How queued notifications are worked on.
#[derive(Clone, Copy, Debug)]
pub struct OutboxConfig {
    /// Between two looks into an empty queue.
    pub poll: Duration,
    pub trace: OutboxTrace,
}

/// How the work on a queued row is related to the request that queued it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutboxTrace {
    /// A trace of its own, with a link to the request.
    Link,
    /// Part of the request's trace, which then goes on after its answer.
    Child,
}

impl Config {
    /// # Errors
    /// [`ConfigError`] names the variable that is wrong.
    pub fn from_env() -> Result<Self, ConfigError> {
        let url = env::text(DATABASE_URL)?.unwrap_or_else(|| DEFAULT_DATABASE_URL.to_owned());
        let database = DatabaseUrl::parse(&url).map_err(|error| {
            ConfigError::new(DATABASE_URL, "the URL of a database, as sqlite:// or postgres://")
                .because(error)
        })?;
        let trace = match env::text(OUTBOX_TRACE)?.as_deref() {
            None | Some("link") => OutboxTrace::Link,
            Some("child") => OutboxTrace::Child,
            Some(_) => return Err(ConfigError::new(OUTBOX_TRACE, "link or child")),
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
