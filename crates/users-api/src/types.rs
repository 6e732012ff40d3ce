//! JSON types of the users service.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::handle::Handle;

/// The public profile of a user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct User {
    pub uuid: Uuid,
    pub handle: Handle,
    pub display_name: String,
    pub bio: String,
    pub created_at: Timestamp,
}

/// Response of `GET /users?handles=`: the users that exist, in no particular order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Users {
    pub users: Vec<User>,
}

/// Body of `POST /users`, not yet validated.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct NewUser {
    pub handle: String,
    pub display_name: String,
    pub bio: String,
}

/// Body of `PATCH /users/{handle}`, not yet validated. An absent field stays unchanged.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct UserChange {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bio: Option<String>,
}
