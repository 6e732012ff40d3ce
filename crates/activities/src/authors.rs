//! Who wrote it: the display names of a page, asked of users in one request.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use activities_api::{Activity, Page};
use service::client;
use service::error_chain;
use tokio::time::timeout;
use url::Url;
use users_api::{Client, Handle};

use crate::paging::{Place, Slice};

/// Calls users for display names; without them if need be.
#[derive(Clone)]
pub(crate) struct Authors {
    users: Client,
    /// The longest that a page waits for its names, retries included.
    patience: Duration,
}

/// The display names that users gave.
#[derive(Debug, Default)]
pub(crate) struct Names {
    names: HashMap<Handle, String>,
    /// True when users did not answer.
    pub partial: bool,
}

impl Authors {
    /// `attempt` is how long one request takes at most. A page waits for two: one that failed, and one made again.
    ///
    /// # Errors
    /// When no client can be made.
    pub(crate) fn new(users: &Url, attempt: Duration) -> reqwest::Result<Self> {
        Ok(Self { users: Client::new(client::build(attempt)?, users.clone()), patience: attempt * 2 })
    }

    /// The names behind these handles, in one request; in none when there is no handle. Never fails.
    pub(crate) async fn names<'a>(&self, handles: impl IntoIterator<Item = &'a Handle>) -> Names {
        let handles: BTreeSet<&Handle> = handles.into_iter().collect();
        if handles.is_empty() {
            return Names::default();
        }
        let handles: Vec<Handle> = handles.into_iter().cloned().collect();
        match timeout(self.patience, self.users.users(&handles)).await {
            Ok(Ok(users)) => Names {
                names: users.into_iter().map(|user| (user.handle, user.display_name)).collect(),
                partial: false,
            },
            Ok(Err(error)) => missing(&error_chain(&error)),
            Err(_) => missing("no answer in time"),
        }
    }

    /// A page with its names.
    pub(crate) async fn page(&self, slice: Slice<Activity>) -> Page {
        let Slice { mut items, next } = slice;
        let names = self.names(items.iter().map(|activity| &activity.handle)).await;
        for activity in &mut items {
            activity.display_name = names.of(&activity.handle);
        }
        Page { activities: items, next_cursor: next.map(Place::encode), partial: names.partial }
    }
}

impl Names {
    pub(crate) fn of(&self, handle: &Handle) -> Option<String> {
        self.names.get(handle).cloned()
    }
}

fn missing(reason: &str) -> Names {
    tracing::warn!(error = reason, "answering without display names");
    Names { names: HashMap::new(), partial: true }
}
