//! What the environment may say to the gateway.

use std::time::Duration;

use service::env::{self, ConfigError};
use url::Url;

use crate::token::Secret;

/// Longer than activities waits for users, so that it can still say that the names are missing; short enough for the
/// feed to be there within a second.
const ACTIVITIES_TIMEOUT: Duration = Duration::from_millis(850);
/// What users gives is an addition to the feed: it waits less for that.
const USERS_TIMEOUT: Duration = Duration::from_millis(500);

/// The configuration of the gateway; `GATEWAY_ADDR` belongs to every service, and is read by `service`.
#[derive(Clone, Debug)]
pub struct Config {
    pub activities: Target,
    pub users: Target,
    /// With one, callers say by a token who they are.
    pub secret: Option<Secret>,
}

/// A service that is called.
#[derive(Clone, Debug)]
pub struct Target {
    pub url: Url,
    /// For each attempt.
    pub timeout: Duration,
}

impl Config {
    /// # Errors
    /// [`ConfigError`] names the variable that is wrong.
    pub fn from_env() -> Result<Self, ConfigError> {
        Ok(Self {
            activities: Target {
                url: env::base_url("ACTIVITIES_URL", "http://127.0.0.1:8081")?,
                timeout: env::milliseconds("ACTIVITIES_TIMEOUT_MS", ACTIVITIES_TIMEOUT)?,
            },
            users: Target {
                url: env::base_url("USERS_URL", "http://127.0.0.1:8082")?,
                timeout: env::milliseconds("USERS_TIMEOUT_MS", USERS_TIMEOUT)?,
            },
            secret: secret()?,
        })
    }
}

fn secret() -> Result<Option<Secret>, ConfigError> {
    const VARIABLE: &str = "GATEWAY_JWT_SECRET";
    let parse = |text: String| {
        Secret::parse(&text).map_err(|error| ConfigError::new(VARIABLE, "a secret").because(error))
    };
    env::text(VARIABLE)?.map(parse).transpose()
}
