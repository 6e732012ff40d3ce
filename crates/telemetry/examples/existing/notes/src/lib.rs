//! What both versions of the service share. Nothing here knows how it is traced.

mod error_reports;
mod store;

pub use error_reports::ErrorReports;
pub use store::{INSERT, SELECT, Store};
