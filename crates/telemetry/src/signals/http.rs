//! HTTP metrics after the stable conventions: nothing in an attribute that a stranger can multiply.

use std::sync::OnceLock;
use std::time::Instant;

use opentelemetry::KeyValue;
use opentelemetry::metrics::{Histogram, Meter, UpDownCounter};

/// The conventions' own buckets, in seconds.
const BUCKETS: [f64; 14] = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

static METRICS: OnceLock<Metrics> = OnceLock::new();

struct Metrics {
    server: Histogram<f64>,
    active: UpDownCounter<i64>,
    client: Histogram<f64>,
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
        active: meter
            .i64_up_down_counter("http.server.active_requests")
            .with_unit("{request}")
            .with_description("Number of active HTTP server requests.")
            .build(),
        client: duration("http.client.request.duration", "Duration of HTTP client requests."),
    });
}

/// A request that is being served; counts as active until it is dropped, however that comes.
#[derive(Debug)]
pub(crate) struct Serving {
    began: Instant,
    method: &'static str,
    scheme: &'static str,
    version: &'static str,
    /// Status and route, once there is an answer.
    answer: Option<(u16, Option<String>)>,
    /// Why the answer's body was not sent to its end.
    failure: Option<&'static str>,
}

impl Serving {
    /// `None` when nothing is measured.
    pub(crate) fn begin(method: &'static str, scheme: &'static str, version: &'static str) -> Option<Self> {
        let metrics = METRICS.get()?;
        let serving = Self { began: Instant::now(), method, scheme, version, answer: None, failure: None };
        metrics.active.add(1, &serving.common());
        Some(serving)
    }

    pub(crate) fn answered(&mut self, status: u16, route: Option<String>) {
        self.answer = Some((status, route));
    }

    pub(crate) fn failed(&mut self, kind: &'static str) {
        self.failure = Some(kind);
    }

    fn common(&self) -> [KeyValue; 2] {
        [KeyValue::new("http.request.method", self.method), KeyValue::new("url.scheme", self.scheme)]
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let Some(metrics) = METRICS.get() else { return };
        let common = self.common();
        metrics.active.add(-1, &common);
        let mut attributes = Vec::with_capacity(6);
        attributes.extend(common);
        attributes.push(KeyValue::new("network.protocol.version", self.version));
        let status = match self.answer.take() {
            None => {
                self.failure = Some("cancelled");
                None
            }
            Some((status, route)) => {
                attributes.extend(route.map(|route| KeyValue::new("http.route", route)));
                Some(status)
            }
        };
        outcome(&mut attributes, status, self.failure, 500);
        metrics.server.record(self.began.elapsed().as_secs_f64(), &attributes);
    }
}

/// A request that went out; measured when it is dropped: at the end of the answer's body, or when nobody waits any more.
#[derive(Debug)]
pub(crate) struct Calling {
    began: Instant,
    attributes: Vec<KeyValue>,
    status: Option<u16>,
    failure: Option<&'static str>,
}

impl Calling {
    /// `None` when nothing is measured.
    pub(crate) fn begin(method: &'static str, host: &str, port: u16) -> Option<Self> {
        METRICS.get()?;
        let mut attributes = Vec::with_capacity(6);
        attributes.push(KeyValue::new("http.request.method", method));
        attributes.push(KeyValue::new("server.address", host.trim_matches(['[', ']']).to_owned()));
        attributes.push(KeyValue::new("server.port", i64::from(port)));
        Some(Self { began: Instant::now(), attributes, status: None, failure: Some("cancelled") })
    }

    pub(crate) fn answered(&mut self, status: u16, version: &'static str) {
        self.attributes.push(KeyValue::new("network.protocol.version", version));
        self.status = Some(status);
        self.failure = None;
    }

    pub(crate) fn failed(&mut self, kind: &'static str) {
        self.failure = Some(kind);
    }
}

impl Drop for Calling {
    fn drop(&mut self) {
        let Some(metrics) = METRICS.get() else { return };
        let mut attributes = std::mem::take(&mut self.attributes);
        outcome(&mut attributes, self.status, self.failure, 400);
        metrics.client.record(self.began.elapsed().as_secs_f64(), &attributes);
    }
}

/// Status and `error.type`: what broke off, else the status where it is an error on this side.
fn outcome(
    attributes: &mut Vec<KeyValue>,
    status: Option<u16>,
    failure: Option<&'static str>,
    errors_from: u16,
) {
    attributes.extend(status.map(|status| KeyValue::new("http.response.status_code", i64::from(status))));
    let kind = match (failure, status.filter(|status| *status >= errors_from)) {
        (Some(kind), _) => KeyValue::new("error.type", kind),
        (None, Some(status)) => KeyValue::new("error.type", status.to_string()),
        (None, None) => return,
    };
    attributes.push(kind);
}
