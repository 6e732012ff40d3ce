//! The signals other than traces: metrics and logs.
//!
//! - `http`: durations of requests; `database`: durations of statements; `series_cache`: their time series; `active_requests`: requests in flight
//! - `health`: metrics of the exporter and of the process
//! - `logs`: events of `tracing` as log records
//! - `providers`: the providers of metrics and logs; `logged_exporter`: logs the failures of their exporters

mod active_requests;
pub(crate) mod database;
mod health;
pub(crate) mod http;
mod logged_exporter;
pub(crate) mod logs;
pub(crate) mod providers;
mod series_cache;
