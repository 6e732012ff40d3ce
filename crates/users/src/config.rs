//! Configuration of the users service, from environment variables.

use database::DatabaseUrl;
use service::env::{self, ConfigError};

const DATABASE_URL: &str = "DATABASE_URL";
const DEFAULT_DATABASE_URL: &str = "sqlite://data/users.db?mode=rwc";

/// The configuration of users. `service` reads `USERS_ADDR` and the other variables that every service has.
#[derive(Clone, Debug)]
pub struct Config {
    pub database: DatabaseUrl,
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
        Ok(Self { database })
    }
}
