//! The endpoints, one a file.

pub(crate) mod by;
pub(crate) mod count;
pub(crate) mod home;
pub(crate) mod like;
pub(crate) mod notifications;
pub(crate) mod post;
pub(crate) mod reply;
pub(crate) mod search;
pub(crate) mod show;
