//! Which resource an HTTP call asked for, and which one a request was about: whether one can have led to the other.

use std::hash::BuildHasher;

use foldhash::fast::FixedState;

use crate::{Span, Value};

/// Attributes with a URL or a path, in the conventions of today and of before.
const URL: [&str; 4] = ["url.full", "http.url", "url.path", "http.target"];

/// The last segment of a path, hashed. Proxies seldom rewrite it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct LastSegment(u64);

impl LastSegment {
    /// `None`: the span does not say.
    pub(super) fn of(span: &Span<'_>) -> Option<Self> {
        span.attributes().find_map(|attribute| match attribute.value {
            Value::String(url) if URL.contains(&attribute.key.as_ref()) => Some(Self::of_url(&url)),
            _ => None,
        })
    }

    fn of_url(url: &str) -> Self {
        let path = url.split(['?', '#']).next().unwrap_or_default();
        let path = path
            .split_once("://")
            .map_or(path, |(_, rest)| rest.split_once('/').map_or("", |(_, path)| path));
        let segment = path.rsplit('/').find(|segment| !segment.is_empty()).unwrap_or_default();
        Self(FixedState::default().hash_one(segment))
    }

    /// Whether a call for one may be a request for the other.
    pub(super) fn may_be(one: Option<Self>, other: Option<Self>) -> bool {
        one.is_none() || other.is_none() || one == other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_segment_is_that_of_the_path() {
        let same = ["https://gw:1/api/users/7?x=/y", "/users/7", "/users/7/#top", "http://users/7"];
        assert!(same.iter().all(|url| LastSegment::of_url(url) == LastSegment::of_url("7")), "{same:?}");
        let roots = ["https://gw:1", "https://gw/", "/", ""];
        assert!(roots.iter().all(|url| LastSegment::of_url(url) == LastSegment::of_url("/")), "{roots:?}");
        assert_ne!(LastSegment::of_url("https://api.example/v1/charges"), LastSegment::of_url("/reviews"));
    }
}
