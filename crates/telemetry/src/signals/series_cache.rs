//! A cache of a histogram's time series per thread, keyed by the few values that attributes are built from.
//!
//! The SDK finds a series by hashing the text of all attributes, for each measurement. Comparing keys is cheaper.

use opentelemetry::KeyValue;
use opentelemetry::metrics::{BoundHistogram, Histogram};

/// Series per thread. Further ones are left to the SDK.
const CAPACITY: usize = 64;

#[derive(Debug)]
pub(super) struct SeriesCache<K> {
    series: Vec<(K, BoundHistogram<f64>)>,
}

impl<K: Clone + PartialEq> SeriesCache<K> {
    pub(super) const fn new() -> Self {
        Self { series: Vec::new() }
    }

    /// Records into the series of `key`. `attributes` builds its attributes when it is not cached.
    pub(super) fn record(
        &mut self,
        histogram: &Histogram<f64>,
        key: &K,
        value: f64,
        attributes: impl FnOnce(&K) -> Vec<KeyValue>,
    ) {
        if let Some((_, series)) = self.series.iter().find(|(cached, _)| cached == key) {
            return series.record(value);
        }
        let attributes = attributes(key);
        if self.series.len() >= CAPACITY {
            return histogram.record(value, &attributes);
        }
        let series = histogram.bind(&attributes);
        series.record(value);
        self.series.push((key.clone(), series));
    }
}
