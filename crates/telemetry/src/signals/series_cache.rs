//! A cache of a histogram's time series per thread, keyed by the few values that attributes are built from.
//!
//! The SDK finds a series by hashing the text of all attributes, for each measurement. Comparing keys is cheaper.

use std::cell::RefCell;
use std::thread::LocalKey;

use opentelemetry::KeyValue;
use opentelemetry::metrics::{BoundHistogram, Histogram};

/// Series per thread. Further ones are left to the SDK.
const CAPACITY: usize = 64;

/// One thread's cache of one histogram.
#[derive(Debug)]
pub(super) struct SeriesCache<K>(RefCell<Vec<(K, BoundHistogram<f64>)>>);

impl<K: Clone + PartialEq> SeriesCache<K> {
    pub(super) const fn new() -> Self {
        Self(RefCell::new(Vec::new()))
    }

    /// Records into the series of `key`. `attributes` builds its attributes when it is not cached.
    pub(super) fn record(
        cache: &'static LocalKey<Self>,
        histogram: &Histogram<f64>,
        key: &K,
        value: f64,
        attributes: impl Fn(&K) -> Vec<KeyValue>,
    ) {
        Self::record_by(cache, histogram, value, |known| known == key, || key.clone(), attributes);
    }

    /// [`record`](Self::record), for a key that is compared in another form, and built only for a new series.
    pub(super) fn record_by(
        cache: &'static LocalKey<Self>,
        histogram: &Histogram<f64>,
        value: f64,
        is_key: impl Fn(&K) -> bool,
        key: impl Fn() -> K,
        attributes: impl Fn(&K) -> Vec<KeyValue>,
    ) {
        let recorded = cache.try_with(|cache| {
            let Ok(mut series) = cache.0.try_borrow_mut() else { return false };
            if let Some((_, series)) = series.iter().find(|(known, _)| is_key(known)) {
                series.record(value);
                return true;
            }
            let has_room = series.len() < CAPACITY;
            if has_room {
                let key = key();
                let new = histogram.bind(&attributes(&key));
                new.record(value);
                series.push((key, new));
            }
            has_room
        });
        // The cache of a thread that is ending is gone.
        if recorded != Ok(true) {
            histogram.record(value, &attributes(&key()));
        }
    }
}
