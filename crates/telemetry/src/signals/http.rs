//! HTTP metrics after the stable conventions: nothing in an attribute that a stranger can multiply.

use std::cell::RefCell;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use opentelemetry::KeyValue;
use opentelemetry::metrics::{Histogram, Meter};

use super::active::Active;
use super::series::Series;
use crate::http::{Asked, Method, Version};

/// The conventions' own buckets, in seconds.
const BUCKETS: [f64; 14] = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

static METRICS: OnceLock<Metrics> = OnceLock::new();

thread_local! {
    static SERVED: RefCell<Series<Served>> = const { RefCell::new(Series::new()) };
    static CALLED: RefCell<Series<Called>> = const { RefCell::new(Series::new()) };
}

struct Metrics {
    server: Histogram<f64>,
    client: Histogram<f64>,
    active: Arc<Active>,
}

/// Begins to measure; without this call nothing is measured and nothing is paid.
pub(super) fn install(meter: &Meter) {
    let duration = |name: &'static str, description: &'static str| {
        meter
            .f64_histogram(name)
            .with_unit("s")
            .with_description(description)
            .with_boundaries(BUCKETS.to_vec())
            .build()
    };
    METRICS.get_or_init(|| Metrics {
        server: duration("http.server.request.duration", "Duration of HTTP server requests."),
        client: duration("http.client.request.duration", "Duration of HTTP client requests."),
        active: Active::observed_by(meter),
    });
}

/// A request that is being served; active until it is dropped, however that comes, and measured then.
///
/// In a place of its own: it is moved with the request, the answer and the body, and most of the time it is not there.
#[derive(Debug)]
pub(crate) struct Serving(Box<Measured>);

#[derive(Debug)]
struct Measured {
    began: Instant,
    served: Served,
}

/// What is said of a request that was served.
#[derive(Clone, Debug, PartialEq)]
struct Served {
    asked: Asked,
    /// Once there is an answer.
    status: Option<u16>,
    route: Option<String>,
    /// Why there is none, or why its body was not sent to its end.
    failure: Option<&'static str>,
}

impl Serving {
    /// `None` when nothing is measured; then `describe` is not asked.
    pub(crate) fn begin(describe: impl FnOnce() -> Asked) -> Option<Self> {
        let metrics = METRICS.get()?;
        let asked = describe();
        metrics.active.change(asked, 1);
        let served = Served { asked, status: None, route: None, failure: Some("cancelled") };
        Some(Self(Box::new(Measured { began: Instant::now(), served })))
    }

    pub(crate) fn answered(&mut self, status: u16, route: Option<String>) {
        let served = &mut self.0.served;
        served.status = Some(status);
        served.route = route;
        served.failure = None;
    }

    pub(crate) fn failed(&mut self, kind: &'static str) {
        self.0.served.failure = Some(kind);
    }
}

impl Drop for Measured {
    fn drop(&mut self) {
        let Some(metrics) = METRICS.get() else { return };
        metrics.active.change(self.served.asked, -1);
        let seconds = self.began.elapsed().as_secs_f64();
        SERVED.with_borrow_mut(|series| {
            series.record(&metrics.server, &self.served, seconds, Served::attributes);
        });
    }
}

impl Served {
    fn attributes(&self) -> Vec<KeyValue> {
        let Asked { method, scheme, version } = self.asked;
        let mut attributes = vec![
            KeyValue::new("http.request.method", method.name()),
            KeyValue::new("url.scheme", scheme.name()),
            KeyValue::new("network.protocol.version", version.name()),
        ];
        attributes.extend(self.route.clone().map(|route| KeyValue::new("http.route", route)));
        attributes.extend(outcome(self.status, self.failure, 500));
        attributes
    }
}

/// A request that went out; measured when it is dropped: at the end of the answer's body, or when nobody waits any more.
#[derive(Debug)]
pub(crate) struct Calling {
    began: Instant,
    called: Called,
}

/// What is said of a request that went out.
#[derive(Clone, Debug, PartialEq)]
struct Called {
    method: Method,
    host: String,
    port: u16,
    version: Option<Version>,
    status: Option<u16>,
    failure: Option<&'static str>,
}

impl Calling {
    /// `None` when nothing is measured; then `describe` is not asked for method, host and port.
    pub(crate) fn begin<'h>(describe: impl FnOnce() -> (Method, &'h str, u16)) -> Option<Self> {
        METRICS.get()?;
        let (method, host, port) = describe();
        let host = host.trim_matches(['[', ']']).to_owned();
        let called = Called { method, host, port, version: None, status: None, failure: Some("cancelled") };
        Some(Self { began: Instant::now(), called })
    }

    pub(crate) fn answered(&mut self, status: u16, version: Version) {
        self.called.status = Some(status);
        self.called.version = Some(version);
        self.called.failure = None;
    }

    pub(crate) fn failed(&mut self, kind: &'static str) {
        self.called.failure = Some(kind);
    }
}

impl Drop for Calling {
    fn drop(&mut self) {
        let Some(metrics) = METRICS.get() else { return };
        let seconds = self.began.elapsed().as_secs_f64();
        CALLED.with_borrow_mut(|series| {
            series.record(&metrics.client, &self.called, seconds, Called::attributes);
        });
    }
}

impl Called {
    fn attributes(&self) -> Vec<KeyValue> {
        let mut attributes = vec![
            KeyValue::new("http.request.method", self.method.name()),
            KeyValue::new("server.address", self.host.clone()),
            KeyValue::new("server.port", i64::from(self.port)),
        ];
        attributes
            .extend(self.version.map(|version| KeyValue::new("network.protocol.version", version.name())));
        attributes.extend(outcome(self.status, self.failure, 400));
        attributes
    }
}

/// Status and `error.type`: what broke off, else the status where it is an error on this side.
fn outcome(
    status: Option<u16>,
    failure: Option<&'static str>,
    errors_from: u16,
) -> impl Iterator<Item = KeyValue> {
    let code = status.map(|status| KeyValue::new("http.response.status_code", i64::from(status)));
    let kind = match (failure, status.filter(|status| *status >= errors_from)) {
        (Some(kind), _) => Some(KeyValue::new("error.type", kind)),
        (None, Some(status)) => Some(KeyValue::new("error.type", status.to_string())),
        (None, None) => None,
    };
    code.into_iter().chain(kind)
}
