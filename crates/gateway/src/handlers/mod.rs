//! Request handlers, one file per endpoint.

pub(crate) mod health;
pub(crate) mod home;
pub(crate) mod like;
pub(crate) mod notifications;
pub(crate) mod openapi;
pub(crate) mod post;
pub(crate) mod profile;
pub(crate) mod reply;
pub(crate) mod rollbar_test;
pub(crate) mod search;
pub(crate) mod short;
pub(crate) mod show;
pub(crate) mod update_profile;
pub(crate) mod welcome;
