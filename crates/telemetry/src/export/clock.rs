//! The clock of a destination, from the `Date` of its responses.

use std::time::{Duration, SystemTime};

use ::http::Response;
use ::http::header::DATE;

/// How far the clock of this machine is from another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ClockDifference {
    pub(crate) by: Duration,
    /// `ahead` or `behind`
    pub(crate) direction: &'static str,
}

impl ClockDifference {
    /// `None` when the response has no date.
    pub(crate) fn of<B>(response: &Response<B>, now: SystemTime) -> Option<Self> {
        let theirs = httpdate::parse_http_date(response.headers().get(DATE)?.to_str().ok()?).ok()?;
        Some(match now.duration_since(theirs) {
            Ok(by) => Self { by, direction: "ahead" },
            Err(behind) => Self { by: behind.duration(), direction: "behind" },
        })
    }
}
