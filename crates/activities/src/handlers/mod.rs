//! Request handlers, one file per endpoint.

pub(crate) mod by_user;
pub(crate) mod count;
pub(crate) mod home;
pub(crate) mod like;
pub(crate) mod notifications;
pub(crate) mod post;
pub(crate) mod reply;
pub(crate) mod search;
pub(crate) mod show;
