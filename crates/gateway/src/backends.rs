//! The two services behind the gateway.

use service::client;

use crate::config::Target;

/// A client for each. A worker has its own, and so its own connections: no thread waits for another's.
#[derive(Clone)]
pub(crate) struct Backends {
    pub activities: activities_api::Client,
    pub users: users_api::Client,
}

impl Backends {
    pub(crate) fn new(activities: &Target, users: &Target) -> reqwest::Result<Self> {
        Ok(Self {
            activities: activities_api::Client::new(
                client::build(activities.timeout)?,
                activities.url.clone(),
            ),
            users: users_api::Client::new(client::build(users.timeout)?, users.url.clone()),
        })
    }
}
