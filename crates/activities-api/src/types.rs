//! The JSON of activities.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use users_api::Handle;
use uuid::Uuid;

/// An activity. Its author's name is absent when users did not give it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Activity {
    pub uuid: Uuid,
    pub handle: Handle,
    pub display_name: Option<String>,
    pub message: String,
    pub replies_count: u64,
    pub reposts_count: u64,
    pub likes_count: u64,
    pub created_at: Timestamp,
    /// Never, when absent.
    pub expires_at: Option<Timestamp>,
    /// Oldest first; only where one activity was asked for.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub replies: Vec<Reply>,
}

/// An answer to an activity: it lives as long as that does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Reply {
    pub uuid: Uuid,
    pub handle: Handle,
    pub display_name: Option<String>,
    pub message: String,
    pub replies_count: u64,
    pub reposts_count: u64,
    pub likes_count: u64,
    pub created_at: Timestamp,
    pub reply_to_activity_uuid: Uuid,
}

/// Activities, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Page {
    pub activities: Vec<Activity>,
    /// Leads to the page after this; absent on the last.
    pub next_cursor: Option<String>,
    /// True when users did not answer, so that the names are absent.
    pub partial: bool,
}

/// How many activities somebody has that have not expired.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    pub count: u64,
}

/// How many like an activity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Likes {
    pub likes_count: u64,
}

/// What happened to somebody, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Notifications {
    pub notifications: Vec<Notification>,
    /// Leads to the page after this; absent on the last.
    pub next_cursor: Option<String>,
    /// True when users did not answer, so that the names are absent.
    pub partial: bool,
}

/// One thing that happened to somebody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Notification {
    pub uuid: Uuid,
    pub kind: NotificationKind,
    /// The activity that was replied to or liked, or that mentions.
    pub activity_uuid: Uuid,
    pub from_handle: Handle,
    pub from_display_name: Option<String>,
    pub created_at: Timestamp,
}

/// What a notification is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum NotificationKind {
    /// Somebody replied to their activity.
    Reply,
    /// Somebody liked their activity.
    Like,
    /// Somebody named them in an activity: `@worf`.
    Mention,
}

/// `POST /activities`, as it arrives: nothing in it has been checked.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct NewActivity {
    pub handle: String,
    pub message: String,
    /// One of [`crate::Ttl`].
    pub ttl: String,
}

/// `POST /activities/{uuid}/reply`, as it arrives: nothing in it has been checked.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct NewReply {
    pub handle: String,
    pub message: String,
}

/// `POST /activities/{uuid}/like`, as it arrives: nothing in it has been checked.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct NewLike {
    pub handle: String,
}
