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
}

impl Serving {
    /// `None` when nothing is measured.
    pub(crate) fn begin(method: &'static str, scheme: &'static str, version: &'static str) -> Option<Self> {
        let serving = Self { began: Instant::now(), method, scheme, version, answer: None };
        METRICS.get()?.active.add(1, &serving.common());
        Some(serving)
    }

    pub(crate) fn answered(&mut self, status: u16, route: Option<String>) {
        self.answer = Some((status, route));
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
        match self.answer.take() {
            None => attributes.push(KeyValue::new("error.type", "cancelled")),
            Some((status, route)) => {
                attributes.push(KeyValue::new("http.response.status_code", i64::from(status)));
                if status >= 500 {
                    attributes.push(KeyValue::new("error.type", status.to_string()));
                }
                if let Some(route) = route {
                    attributes.push(KeyValue::new("http.route", route));
                }
            }
        }
        metrics.server.record(self.began.elapsed().as_secs_f64(), &attributes);
    }
}

/// A request that went out.
#[derive(Debug)]
pub(crate) struct Calling {
    began: Instant,
    attributes: Vec<KeyValue>,
}

impl Calling {
    /// `None` when nothing is measured.
    pub(crate) fn begin(method: &'static str, host: &str, port: u16) -> Option<Self> {
        METRICS.get()?;
        let mut attributes = Vec::with_capacity(5);
        attributes.push(KeyValue::new("http.request.method", method));
        attributes.push(KeyValue::new("server.address", host.to_owned()));
        attributes.push(KeyValue::new("server.port", i64::from(port)));
        Some(Self { began: Instant::now(), attributes })
    }

    /// An answer's status, or why there is none.
    pub(crate) fn end(mut self, outcome: Result<u16, &'static str>) {
        match outcome {
            Ok(status) => {
                self.attributes.push(KeyValue::new("http.response.status_code", i64::from(status)));
                if status >= 400 {
                    self.attributes.push(KeyValue::new("error.type", status.to_string()));
                }
            }
            Err(kind) => self.attributes.push(KeyValue::new("error.type", kind)),
        }
        if let Some(metrics) = METRICS.get() {
            metrics.client.record(self.began.elapsed().as_secs_f64(), &self.attributes);
        }
    }
}
