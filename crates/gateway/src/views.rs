//! The JSON that only the gateway has. What it passes on as it is has its types in `activities-api`.

use activities_api::Activity;
use serde::{Deserialize, Serialize};
use users_api::{Handle, User};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// The home feed.
#[derive(Serialize, ToSchema)]
pub(crate) struct Feed {
    /// Newest first.
    pub activities: Vec<Activity>,
    /// Leads to the page after this; absent on the last.
    pub next_cursor: Option<String>,
    /// The caller, when known.
    pub viewer: Option<ShortUser>,
    /// True when users did not answer in time, so that names are missing.
    pub partial: bool,
}

/// A user, in short.
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

/// A user's page.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProfilePage {
    pub profile: Profile,
    /// Theirs, newest first.
    pub activities: Vec<Activity>,
    /// Leads to the page after this; absent on the last.
    pub next_cursor: Option<String>,
}

/// A user, and how much they have said.
#[derive(Serialize, ToSchema)]
pub(crate) struct Profile {
    pub uuid: Uuid,
    pub handle: Handle,
    pub display_name: String,
    pub bio: String,
    /// How many activities they have that have not expired.
    pub cruds_count: u64,
}

/// An activity to post.
#[derive(Deserialize, ToSchema, Default)]
#[serde(default)]
pub(crate) struct PostActivity {
    /// 1 to 280 characters.
    #[schema(max_length = 280, example = "Cloud is very fun!")]
    pub message: String,
    /// How long it lives: 30-days, 7-days, 3-days, 1-day, 12-hours, 3-hours or 1-hour.
    #[schema(example = "7-days")]
    pub ttl: String,
}

/// A reply to post.
#[derive(Deserialize, ToSchema, Default)]
#[serde(default)]
pub(crate) struct PostReply {
    /// 1 to 1024 characters.
    #[schema(max_length = 1024, example = "This post has no honor!")]
    pub message: String,
}

/// What is to become of the caller's profile.
#[derive(Deserialize, ToSchema, Default)]
#[serde(default)]
pub(crate) struct UpdateProfile {
    /// 1 to 50 characters.
    #[schema(max_length = 50)]
    pub display_name: String,
    /// Up to 160 characters; stays as it is when absent.
    #[schema(max_length = 160)]
    pub bio: Option<String>,
}

/// What is searched for, and which page of it.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Search {
    /// Part of a message, in upper or lower case.
    #[serde(default)]
    #[param(required, example = "cloud")]
    pub term: String,
    /// 1 to 100; 20 when absent.
    pub limit: Option<String>,
    /// The `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// The gateway answers.
#[derive(Serialize, ToSchema)]
pub(crate) struct Health {
    #[schema(example = "ok")]
    pub status: &'static str,
}

/// Where to go from here.
#[derive(Serialize, ToSchema)]
pub(crate) struct Welcome {
    pub name: &'static str,
    pub version: &'static str,
    /// The home feed.
    pub home: &'static str,
    /// Everything that can be asked.
    pub openapi: &'static str,
    /// How to find the trace of an answer.
    pub trace: &'static str,
}
