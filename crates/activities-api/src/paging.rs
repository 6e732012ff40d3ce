//! Query parameters that select a page of a list.

use serde::{Deserialize, Serialize};

/// The number of items on a page when the request has no `limit`.
pub const DEFAULT_LIMIT: u32 = 20;
/// The maximum number of items on a page.
pub const MAX_LIMIT: u32 = 100;

/// Query parameters of one activity, not yet validated.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams), into_params(parameter_in = Query))]
#[serde(default)]
pub struct RepliesPaging {
    /// The `replies_cursor` of an earlier response, to get the replies before those; opaque.
    #[cfg_attr(feature = "openapi", param(pattern = "^[A-Za-z0-9_-]{32}$"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// Query parameters of every list, not yet validated.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams), into_params(parameter_in = Query))]
#[serde(default)]
pub struct Paging {
    /// Items per page, 1 to 100; 20 when absent.
    #[cfg_attr(feature = "openapi", param(value_type = Option<u32>, minimum = 1, maximum = 100))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<String>,
    /// The `next_cursor` of the previous page; opaque.
    #[cfg_attr(feature = "openapi", param(pattern = "^[A-Za-z0-9_-]{32}$"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}
