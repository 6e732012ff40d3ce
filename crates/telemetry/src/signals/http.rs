//! HTTP metrics after the stable conventions: nothing in an attribute that a stranger can multiply.

use std::cell::RefCell;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use opentelemetry::KeyValue;
use opentelemetry::metrics::{Histogram, Meter};

use super::active_requests::ActiveRequests;
use super::series_cache::SeriesCache;
use crate::semconv::{Method, RequestInfo, Version};

/// The conventions' own buckets, in seconds.
const BUCKETS: [f64; 14] = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

static METRICS: OnceLock<Metrics> = OnceLock::new();

thread_local! {
    static SERVER_SERIES: RefCell<SeriesCache<ServerAttributes>> = const { RefCell::new(SeriesCache::new()) };
    static CLIENT_SERIES: RefCell<SeriesCache<ClientAttributes>> = const { RefCell::new(SeriesCache::new()) };
}

struct Metrics {
    server: Histogram<f64>,
    client: Histogram<f64>,
    active: Arc<ActiveRequests>,
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
        active: ActiveRequests::register(meter),
    });
}

/// A request that is being served; active until it is dropped, however that comes, and measured then.
///
/// In a place of its own: it is moved with the request, the answer and the body, and most of the time it is not there.
#[derive(Debug)]
pub(crate) struct ServerMeasurement(Box<ServerTimer>);

#[derive(Debug)]
struct ServerTimer {
    began: Instant,
    served: ServerAttributes,
}

/// What is said of a request that was served.
#[derive(Clone, Debug, PartialEq)]
struct ServerAttributes {
    info: RequestInfo,
    /// Once there is an answer.
    status: Option<u16>,
    route: Option<String>,
    /// Why there is none, or why its body was not sent to its end.
    failure: Option<&'static str>,
}

impl ServerMeasurement {
    /// `None` when nothing is measured; then `describe` is not info.
    pub(crate) fn begin(describe: impl FnOnce() -> RequestInfo) -> Option<Self> {
        let metrics = METRICS.get()?;
        let info = describe();
        metrics.active.change(info, 1);
        let served = ServerAttributes { info, status: None, route: None, failure: Some("cancelled") };
        Some(Self(Box::new(ServerTimer { began: Instant::now(), served })))
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

impl Drop for ServerTimer {
    fn drop(&mut self) {
        let Some(metrics) = METRICS.get() else { return };
        metrics.active.change(self.served.info, -1);
        let seconds = self.began.elapsed().as_secs_f64();
        SERVER_SERIES.with_borrow_mut(|series| {
            series.record(&metrics.server, &self.served, seconds, ServerAttributes::attributes);
        });
    }
}

impl ServerAttributes {
    fn attributes(&self) -> Vec<KeyValue> {
        let RequestInfo { method, scheme, version } = self.info;
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
pub(crate) struct ClientMeasurement {
    began: Instant,
    called: ClientAttributes,
}

/// What is said of a request that went out.
#[derive(Clone, Debug, PartialEq)]
struct ClientAttributes {
    method: Method,
    host: String,
    port: u16,
    version: Option<Version>,
    status: Option<u16>,
    failure: Option<&'static str>,
}

impl ClientMeasurement {
    /// `None` when nothing is measured; then `describe` is not info for method, host and port.
    pub(crate) fn begin<'h>(describe: impl FnOnce() -> (Method, &'h str, u16)) -> Option<Self> {
        METRICS.get()?;
        let (method, host, port) = describe();
        let host = host.trim_matches(['[', ']']).to_owned();
        let called =
            ClientAttributes { method, host, port, version: None, status: None, failure: Some("cancelled") };
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

impl Drop for ClientMeasurement {
    fn drop(&mut self) {
        let Some(metrics) = METRICS.get() else { return };
        let seconds = self.began.elapsed().as_secs_f64();
        CLIENT_SERIES.with_borrow_mut(|series| {
            series.record(&metrics.client, &self.called, seconds, ClientAttributes::attributes);
        });
    }
}

impl ClientAttributes {
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
