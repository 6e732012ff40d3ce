//! JSON types of the gateway. What it passes on unchanged has its types in `activities-api` and `users-api`.

use activities_api::Activity;
use serde::{Deserialize, Serialize};
use users_api::{Handle, User};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::schemas;

/// The home feed.
#[derive(Serialize, ToSchema)]
pub(crate) struct Feed {
    /// Newest first.
    pub activities: Vec<Activity>,
    /// The `cursor` of the next page; null on the last page.
    pub next_cursor: Option<String>,
    /// The caller; null when anonymous or unknown to users.
    pub viewer: Option<ShortUser>,
    /// True when names are missing because users did not respond in time.
    pub partial: bool,
}

/// The short form of a user.
#[derive(Serialize, ToSchema)]
pub(crate) struct ShortUser {
    pub uuid: Uuid,
    pub handle: Handle,
    pub display_name: String,
}

impl From<User> for ShortUser {
    fn from(user: User) -> Self {
        Self { uuid: user.uuid, handle: user.handle, display_name: user.display_name }
    }
}

/// A user's profile with their newest activities.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProfilePage {
    pub profile: Profile,
    /// The user's activities, newest first.
    pub activities: Vec<Activity>,
    /// The `cursor` of the next page; null on the last page.
    pub next_cursor: Option<String>,
}

/// A user and the number of their activities.
#[derive(Serialize, ToSchema)]
pub(crate) struct Profile {
    pub uuid: Uuid,
    pub handle: Handle,
    pub display_name: String,
    pub bio: String,
    /// The number of activities that have not expired.
    pub cruds_count: u64,
}

/// An activity to post.
#[derive(Deserialize, ToSchema, Default)]
#[serde(default)]
pub(crate) struct PostActivity {
    /// 1 to 280 characters, without white space around them. It is not blank, and has no control characters.
    #[schema(schema_with = schemas::message, required = true)]
    pub message: String,
    /// Time to live.
    #[schema(schema_with = schemas::ttl, required = true)]
    pub ttl: String,
}

/// A reply to post.
#[derive(Deserialize, ToSchema, Default)]
#[serde(default)]
pub(crate) struct PostReply {
    /// 1 to 1024 characters, as in an activity.
    #[schema(schema_with = schemas::reply, required = true)]
    pub message: String,
}

/// A change of the caller's profile.
#[derive(Deserialize, ToSchema, Default)]
#[serde(default)]
pub(crate) struct UpdateProfile {
    /// 1 to 50 characters. It is not blank.
    #[schema(schema_with = schemas::display_name, required = true)]
    pub display_name: String,
    /// Up to 160 characters; unchanged when absent.
    #[schema(schema_with = schemas::bio)]
    pub bio: Option<String>,
}

/// Query parameters of a search.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct SearchParams {
    /// The text that messages must contain, ignoring case.
    #[serde(default)]
    #[param(required = true, value_type = schemas::SearchTerm, inline)]
    pub term: String,
    /// Items per page, 1 to 100; 20 when absent.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100)]
    pub limit: Option<String>,
    /// The `next_cursor` of the previous page.
    #[param(pattern = "^[A-Za-z0-9_-]{32}$")]
    pub cursor: Option<String>,
}

/// The gateway is up.
#[derive(Serialize, ToSchema)]
pub(crate) struct Health {
    #[schema(example = "ok")]
    pub status: &'static str,
}

/// Entry points of the API.
#[derive(Serialize, ToSchema)]
pub(crate) struct Welcome {
    pub name: &'static str,
    pub version: &'static str,
    /// The home feed.
    pub home: &'static str,
    /// The `OpenAPI` document.
    pub openapi: &'static str,
    /// How to find the trace of a response.
    pub trace: &'static str,
}
