//! Request handlers, one file per endpoint.

pub(crate) mod create;
pub(crate) mod list;
pub(crate) mod show;
pub(crate) mod update;
