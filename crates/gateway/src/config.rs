//! Configuration of the gateway, from environment variables.

use std::time::Duration;

use service::Hosts;
use service::env::{self, ConfigError};
use url::Url;

use crate::token::Secret;

/// Longer than activities waits for users, so that activities can still respond without names. Short enough for a
/// home feed within a second.
const ACTIVITIES_TIMEOUT: Duration = Duration::from_millis(850);
/// Shorter, because the home feed is useful without the caller's profile.
const USERS_TIMEOUT: Duration = Duration::from_millis(500);

/// The configuration of the gateway. `service` reads `GATEWAY_ADDR` and the other variables that every service has.
#[derive(Clone, Debug)]
pub struct Config {
    pub activities: BackendConfig,
    pub users: BackendConfig,
    /// Names that requests may be sent to.
    pub hosts: Hosts,
    /// With a secret, callers authenticate by bearer tokens.
    pub secret: Option<Secret>,
}

/// A service behind the gateway.
#[derive(Clone, Debug)]
pub struct BackendConfig {
    pub url: Url,
    /// Timeout of one attempt.
    pub timeout: Duration,
}

impl Config {
    /// # Errors
    /// [`ConfigError`] names the invalid variable.
    pub fn from_env() -> Result<Self, ConfigError> {
        Ok(Self {
            activities: BackendConfig {
                url: env::base_url("ACTIVITIES_URL", "http://127.0.0.1:8081")?,
                timeout: env::milliseconds("ACTIVITIES_TIMEOUT_MS", ACTIVITIES_TIMEOUT)?,
            },
            users: BackendConfig {
                url: env::base_url("USERS_URL", "http://127.0.0.1:8082")?,
                timeout: env::milliseconds("USERS_TIMEOUT_MS", USERS_TIMEOUT)?,
            },
            hosts: hosts()?,
            secret: secret()?,
        })
    }
}

fn hosts() -> Result<Hosts, ConfigError> {
    const VARIABLE: &str = "GATEWAY_HOSTS";
    let expected = "a list of host names, such as feed.example,*.feed.example";
    let parse = |text: String| {
        Hosts::parse(&text).map_err(|error| ConfigError::new(VARIABLE, expected).because(error))
    };
    env::text(VARIABLE)?.map(parse).transpose().map(Option::unwrap_or_default)
}

fn secret() -> Result<Option<Secret>, ConfigError> {
    const VARIABLE: &str = "GATEWAY_JWT_SECRET";
    let parse = |text: String| {
        Secret::parse(&text).map_err(|error| ConfigError::new(VARIABLE, "a secret").because(error))
    };
    env::text(VARIABLE)?.map(parse).transpose()
}
