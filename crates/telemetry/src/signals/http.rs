//! Durations of HTTP requests, after the stable conventions. No attribute has values that an untrusted client can
//! multiply.

use std::sync::{Arc, OnceLock};
use std::time::Instant;

use opentelemetry::KeyValue;
use opentelemetry::metrics::{Histogram, Meter};

use super::active_requests::ActiveRequests;
use super::series_cache::SeriesCache;
use crate::semconv::{Method, RequestInfo, Version};

/// The histogram buckets of the conventions, in seconds.
const BUCKETS: [f64; 14] = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

static METRICS: OnceLock<Metrics> = OnceLock::new();

thread_local! {
    static SERVER_SERIES: SeriesCache<ServerAttributes> = const { SeriesCache::new() };
    static CLIENT_SERIES: SeriesCache<ClientAttributes> = const { SeriesCache::new() };
}

struct Metrics {
    server: Histogram<f64>,
    client: Histogram<f64>,
    active: Arc<ActiveRequests>,
}

/// Starts measuring. Before this call, and without it, requests are not measured.
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

/// A request that is being served. It counts as active until it is dropped, and its duration is recorded then.
///
/// Boxed, because it moves with the request, the response and the body, and does not exist unless metrics are exported.
#[derive(Debug)]
pub(crate) struct ServerMeasurement(Box<ServerTimer>);

#[derive(Debug)]
struct ServerTimer {
    start: Instant,
    attributes: ServerAttributes,
}

/// The attributes of a server request.
#[derive(Clone, Debug, PartialEq)]
struct ServerAttributes {
    info: RequestInfo,
    /// `None` until there is a response.
    status: Option<u16>,
    route: Option<String>,
    /// Why there is no response, or why its body was not sent completely.
    failure: Option<&'static str>,
}

impl ServerMeasurement {
    /// Starts a measurement. `None` when requests are not measured; then `describe` is not called.
    pub(crate) fn begin(describe: impl FnOnce() -> RequestInfo) -> Option<Self> {
        let metrics = METRICS.get()?;
        let info = describe();
        metrics.active.change(info, 1);
        let attributes = ServerAttributes { info, status: None, route: None, failure: Some("cancelled") };
        Some(Self(Box::new(ServerTimer { start: Instant::now(), attributes })))
    }

    pub(crate) fn record_response(&mut self, status: u16, route: Option<String>) {
        let attributes = &mut self.0.attributes;
        attributes.status = Some(status);
        attributes.route = route;
        attributes.failure = None;
    }

    pub(crate) fn record_failure(&mut self, kind: &'static str) {
        self.0.attributes.failure = Some(kind);
    }
}

impl Drop for ServerTimer {
    fn drop(&mut self) {
        let Some(metrics) = METRICS.get() else { return };
        metrics.active.change(self.attributes.info, -1);
        let seconds = self.start.elapsed().as_secs_f64();
        SeriesCache::record(
            &SERVER_SERIES,
            &metrics.server,
            &self.attributes,
            seconds,
            ServerAttributes::attributes,
        );
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

/// A request to another service. Its duration is recorded when it is dropped: at the end of the response's body, or
/// when the caller stops waiting.
#[derive(Debug)]
pub(crate) struct ClientMeasurement {
    start: Instant,
    attributes: ClientAttributes,
}

/// The attributes of a client request.
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
    /// Starts a measurement. `None` when requests are not measured; then `describe`, which returns method, host and
    /// port, is not called.
    pub(crate) fn begin<'h>(describe: impl FnOnce() -> (Method, &'h str, u16)) -> Option<Self> {
        METRICS.get()?;
        let (method, host, port) = describe();
        let host = host.trim_matches(['[', ']']).to_owned();
        let attributes =
            ClientAttributes { method, host, port, version: None, status: None, failure: Some("cancelled") };
        Some(Self { start: Instant::now(), attributes })
    }

    pub(crate) fn record_response(&mut self, status: u16, version: Version) {
        self.attributes.status = Some(status);
        self.attributes.version = Some(version);
        self.attributes.failure = None;
    }

    pub(crate) fn record_failure(&mut self, kind: &'static str) {
        self.attributes.failure = Some(kind);
    }
}

impl Drop for ClientMeasurement {
    fn drop(&mut self) {
        let Some(metrics) = METRICS.get() else { return };
        let seconds = self.start.elapsed().as_secs_f64();
        SeriesCache::record(
            &CLIENT_SERIES,
            &metrics.client,
            &self.attributes,
            seconds,
            ClientAttributes::attributes,
        );
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

/// `http.response.status_code` and `error.type`. The type is the failure, or else a status from `errors_from`.
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
