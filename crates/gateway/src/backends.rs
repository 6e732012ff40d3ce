//! Typed clients of the services behind the gateway.

use service::client;

use crate::config::BackendConfig;

/// One client per service. Each worker has its own, and so its own connections: no thread waits for another's.
#[derive(Clone)]
pub(crate) struct Backends {
    pub activities: activities_api::Client,
    pub users: users_api::Client,
}

impl Backends {
    pub(crate) fn new(activities: &BackendConfig, users: &BackendConfig) -> reqwest::Result<Self> {
        let activities_http = client::build(activities.timeout)?;
        let users_http = client::build(users.timeout)?;
        Ok(Self {
            activities: activities_api::Client::new(activities_http, activities.url.clone()),
            users: users_api::Client::new(users_http, users.url.clone()),
        })
    }
}
