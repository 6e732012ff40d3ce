//! Which page of a list is wanted.

use serde::{Deserialize, Serialize};

/// How many a page holds unless asked otherwise.
pub const DEFAULT_LIMIT: u32 = 20;
/// The most that a page holds.
pub const MAX_LIMIT: u32 = 100;

/// The query parameters of every list, as they arrive: nothing in them has been checked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams), into_params(parameter_in = Query))]
#[serde(default)]
pub struct Paging {
    /// 1 to [`MAX_LIMIT`]; [`DEFAULT_LIMIT`] when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<String>,
    /// The `next_cursor` of the page before; opaque.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

impl Paging {
    /// The first page, of up to `limit`.
    pub fn first(limit: u32) -> Self {
        Self { limit: Some(limit.to_string()), cursor: None }
    }

    /// The page that `cursor` leads to, of the same size.
    #[must_use]
    pub fn at(&self, cursor: impl Into<String>) -> Self {
        Self { limit: self.limit.clone(), cursor: Some(cursor.into()) }
    }
}
