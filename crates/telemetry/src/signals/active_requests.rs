//! Counts `http.server.active_requests`. The counts are read when metrics are exported, so that a request costs two
//! additions.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use opentelemetry::KeyValue;
use opentelemetry::metrics::Meter;

use crate::semconv::{Method, RequestInfo, Scheme};

/// The number of active requests per method and scheme.
#[derive(Debug)]
pub(super) struct ActiveRequests(Vec<Count>);

#[derive(Debug)]
struct Count {
    method: Method,
    scheme: Scheme,
    requests: AtomicI64,
    /// Whether there was a request. Combinations without one are not exported.
    used: AtomicBool,
}

impl ActiveRequests {
    /// Registers counts that `meter` observes.
    pub(super) fn register(meter: &Meter) -> Arc<Self> {
        let active = Arc::new(Self::new());
        let observed = Arc::clone(&active);
        meter
            .i64_observable_up_down_counter("http.server.active_requests")
            .with_unit("{request}")
            .with_description("Number of active HTTP server requests.")
            .with_callback(move |observer| {
                observed.for_each(|requests, attributes| observer.observe(requests, &attributes));
            })
            .build();
        active
    }

    fn new() -> Self {
        let kinds = Method::all().flat_map(|method| [(method, Scheme::Http), (method, Scheme::Https)]);
        let count = |(method, scheme)| Count {
            method,
            scheme,
            requests: AtomicI64::new(0),
            used: AtomicBool::new(false),
        };
        Self(kinds.map(count).collect())
    }

    /// Adds `by` to the count of requests with this method and scheme.
    pub(super) fn change(&self, info: RequestInfo, by: i64) {
        let is = |count: &&Count| count.method == info.method && count.scheme == info.scheme;
        if let Some(count) = self.0.iter().find(is) {
            count.requests.fetch_add(by, Ordering::Relaxed);
            if !count.used.load(Ordering::Relaxed) {
                count.used.store(true, Ordering::Relaxed);
            }
        }
    }

    fn for_each(&self, mut visit: impl FnMut(i64, [KeyValue; 2])) {
        for count in self.0.iter().filter(|count| count.used.load(Ordering::Relaxed)) {
            let attributes = [
                KeyValue::new("http.request.method", count.method.name()),
                KeyValue::new("url.scheme", count.scheme.name()),
            ];
            visit(count.requests.load(Ordering::Relaxed), attributes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::semconv::Version;

    #[test]
    fn only_methods_and_schemes_with_requests_are_observed() {
        let active = ActiveRequests::new();
        let info = |method, scheme| RequestInfo { method, scheme, version: Version::Http11 };
        active.change(info(Method::parse("GET"), Scheme::Http), 1);
        active.change(info(Method::OTHER, Scheme::Https), 1);
        active.change(info(Method::OTHER, Scheme::Https), -1);
        let mut observed = Vec::new();
        active.for_each(|requests, [method, scheme]| {
            observed.push((requests, method.value.to_string(), scheme.value.to_string()));
        });
        assert_eq!(
            observed,
            [(1, "GET".to_owned(), "http".to_owned()), (0, "_OTHER".to_owned(), "https".to_owned())]
        );
    }
}
