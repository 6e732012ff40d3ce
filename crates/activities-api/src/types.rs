//! JSON types of the activities service.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use users_api::Handle;
use uuid::Uuid;

/// An activity. `display_name` is null when users did not return it.
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
    /// Null when it never expires.
    pub expires_at: Option<Timestamp>,
    /// The newest replies, oldest first; only in the response for a single activity.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub replies: Vec<Reply>,
    /// The `cursor` of the replies before these; absent when there are none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub replies_cursor: Option<String>,
}

/// A reply to an activity. It is deleted with the activity.
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

/// One page of activities, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Page {
    pub activities: Vec<Activity>,
    /// The `cursor` of the next page; null on the last page.
    pub next_cursor: Option<String>,
    /// True when display names are missing because users did not respond.
    pub partial: bool,
}

/// The number of a user's activities that have not expired.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    pub count: u64,
}

/// The number of likes of an activity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Likes {
    pub likes_count: u64,
}

/// One page of a user's notifications, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Notifications {
    pub notifications: Vec<Notification>,
    /// The `cursor` of the next page; null on the last page.
    pub next_cursor: Option<String>,
    /// True when display names are missing because users did not respond.
    pub partial: bool,
}

/// A notification to a user about an activity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Notification {
    pub uuid: Uuid,
    pub kind: NotificationKind,
    /// The activity that was replied to, that was liked, or that mentions the user.
    pub activity_uuid: Uuid,
    pub from_handle: Handle,
    pub from_display_name: Option<String>,
    pub created_at: Timestamp,
}

/// What caused a notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum NotificationKind {
    /// Another user replied to their activity.
    Reply,
    /// Another user liked their activity.
    Like,
    /// Another user mentioned them in a message: `@worf`.
    Mention,
}

/// Body of `POST /activities`, not yet validated.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct NewActivity {
    pub handle: String,
    pub message: String,
    /// The name of a [`crate::Ttl`].
    pub ttl: String,
}

/// Body of `POST /activities/{uuid}/reply`, not yet validated.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct NewReply {
    pub handle: String,
    pub message: String,
}

/// Body of `POST /activities/{uuid}/like`, not yet validated.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct NewLike {
    pub handle: String,
}
