//! Display names of authors, fetched from users in one request per page.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use activities_api::{Activity, Page};
use service::client;
use service::error_chain;
use tokio::time::timeout;
use url::Url;
use users_api::{Client, Handle};

use crate::paging::{Cursor, PageItems};

/// Looks up display names in users. When users fails, pages are returned without names.
#[derive(Clone)]
pub(crate) struct Authors {
    users: Client,
    /// The maximum time of a lookup, retries included.
    lookup_timeout: Duration,
}

/// The display names that users returned.
#[derive(Debug, Default)]
pub(crate) struct DisplayNames {
    names: HashMap<Handle, String>,
    /// True when names are missing because users did not respond.
    pub partial: bool,
}

impl Authors {
    /// `attempt_timeout` bounds one attempt. A lookup has time for two of them: a failed one and its retry.
    ///
    /// # Errors
    /// When the HTTP client cannot be built.
    pub(crate) fn new(users: &Url, attempt_timeout: Duration) -> reqwest::Result<Self> {
        let users = Client::new(client::build(attempt_timeout)?, users.clone());
        Ok(Self { users, lookup_timeout: attempt_timeout * 2 })
    }

    /// Fetches the display names of `handles` in one request, or in none if there are no handles. Never fails.
    pub(crate) async fn names<'a>(&self, handles: impl IntoIterator<Item = &'a Handle>) -> DisplayNames {
        let handles: BTreeSet<&Handle> = handles.into_iter().collect();
        if handles.is_empty() {
            return DisplayNames::default();
        }
        let handles: Vec<Handle> = handles.into_iter().cloned().collect();
        match timeout(self.lookup_timeout, self.users.users(&handles)).await {
            Ok(Ok(users)) => DisplayNames {
                names: users.into_iter().map(|user| (user.handle, user.display_name)).collect(),
                partial: false,
            },
            Ok(Err(error)) => without_names(&error_chain(&error)),
            Err(_) => without_names("users did not respond in time"),
        }
    }

    /// Turns items into a page with display names.
    pub(crate) async fn page(&self, page: PageItems<Activity>) -> Page {
        let PageItems { items: mut activities, next } = page;
        let names = self.names(activities.iter().map(|activity| &activity.handle)).await;
        for activity in &mut activities {
            activity.display_name = names.get(&activity.handle);
        }
        Page { activities, next_cursor: next.map(Cursor::encode), partial: names.partial }
    }
}

impl DisplayNames {
    pub(crate) fn get(&self, handle: &Handle) -> Option<String> {
        self.names.get(handle).cloned()
    }
}

fn without_names(reason: &str) -> DisplayNames {
    tracing::warn!(error = reason, "responding without display names");
    DisplayNames { names: HashMap::new(), partial: true }
}
