//! Durations of database statements, after the stable conventions.

use std::sync::OnceLock;
use std::time::Instant;

use opentelemetry::KeyValue;
use opentelemetry::metrics::{Histogram, Meter};

use super::series_cache::SeriesCache;

/// The histogram buckets of the conventions, in seconds.
const BUCKETS: [f64; 9] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0];

static DURATION: OnceLock<Histogram<f64>> = OnceLock::new();

thread_local! {
    static SERIES: SeriesCache<Series> = const { SeriesCache::new() };
}

/// Starts measuring. Before this call, and without it, statements are not measured.
pub(super) fn install(meter: &Meter) {
    DURATION.get_or_init(|| {
        meter
            .f64_histogram("db.client.operation.duration")
            .with_unit("s")
            .with_description("Duration of database client operations.")
            .with_boundaries(BUCKETS.to_vec())
            .build()
    });
}

/// What the measurement of a statement says about it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StatementInfo<'a> {
    pub(crate) system: &'a str,
    pub(crate) namespace: &'a str,
    pub(crate) operation: &'a str,
    pub(crate) collection: &'a str,
    pub(crate) server: Option<(&'a str, u16)>,
    /// `error.type`, of a statement that failed.
    pub(crate) error_type: Option<&'a str>,
    /// The database's code of the error.
    pub(crate) status_code: Option<&'a str>,
}

/// A statement that is being executed. It is measured when its outcome is recorded.
#[derive(Debug)]
pub(crate) struct StatementTimer(Instant);

impl StatementTimer {
    /// `None` when statements are not measured.
    pub(crate) fn start() -> Option<Self> {
        DURATION.get().map(|_| Self(Instant::now()))
    }

    pub(crate) fn record(self, info: &StatementInfo<'_>) {
        let Some(duration) = DURATION.get() else { return };
        let seconds = self.0.elapsed().as_secs_f64();
        SeriesCache::record_by(
            &SERIES,
            duration,
            seconds,
            |known| known.is_of(info),
            || Series::of(info),
            Series::attributes,
        );
    }
}

/// A [`StatementInfo`] that outlives its statement.
#[derive(Clone, Debug, PartialEq)]
struct Series {
    system: Box<str>,
    namespace: Box<str>,
    operation: Box<str>,
    collection: Box<str>,
    server: Option<(Box<str>, u16)>,
    error_type: Option<Box<str>>,
    status_code: Option<Box<str>>,
}

impl Series {
    fn of(info: &StatementInfo<'_>) -> Self {
        Self {
            system: info.system.into(),
            namespace: info.namespace.into(),
            operation: info.operation.into(),
            collection: info.collection.into(),
            server: info.server.map(|(address, port)| (address.into(), port)),
            error_type: info.error_type.map(Into::into),
            status_code: info.status_code.map(Into::into),
        }
    }

    fn is_of(&self, info: &StatementInfo<'_>) -> bool {
        *self.operation == *info.operation
            && *self.collection == *info.collection
            && self.error_type.as_deref() == info.error_type
            && self.status_code.as_deref() == info.status_code
            && *self.namespace == *info.namespace
            && *self.system == *info.system
            && self.server.as_ref().map(|(address, port)| (&**address, *port)) == info.server
    }

    fn attributes(&self) -> Vec<KeyValue> {
        let text = |key: &'static str, value: &str| KeyValue::new(key, value.to_owned());
        let mut attributes = vec![
            text("db.system.name", &self.system),
            text("db.operation.name", &self.operation),
            text("db.collection.name", &self.collection),
        ];
        if !self.namespace.is_empty() {
            attributes.push(text("db.namespace", &self.namespace));
        }
        if let Some((address, port)) = &self.server {
            attributes.push(text("server.address", address));
            attributes.push(KeyValue::new("server.port", i64::from(*port)));
        }
        attributes.extend(self.error_type.as_deref().map(|kind| text("error.type", kind)));
        attributes.extend(self.status_code.as_deref().map(|code| text("db.response.status_code", code)));
        attributes
    }
}
