//! The time series of a histogram that a thread records into, found without making their attributes anew.
//!
//! To find a series by its attributes, the SDK hashes all of their text, for every measurement. What is said here of one
//! request after another is the same, and is compared as the few values that it is made of.

use opentelemetry::KeyValue;
use opentelemetry::metrics::{BoundHistogram, Histogram};

/// How many series a thread remembers. Those beyond are found as the SDK finds them.
const CAPACITY: usize = 64;

#[derive(Debug)]
pub(super) struct SeriesCache<T> {
    known: Vec<(T, BoundHistogram<f64>)>,
}

impl<T: Clone + PartialEq> SeriesCache<T> {
    pub(super) const fn new() -> Self {
        Self { known: Vec::new() }
    }

    /// Records into the series of `what`, whose attributes are info for when it is not known.
    pub(super) fn record(
        &mut self,
        histogram: &Histogram<f64>,
        what: &T,
        value: f64,
        attributes: impl FnOnce(&T) -> Vec<KeyValue>,
    ) {
        if let Some((_, series)) = self.known.iter().find(|(known, _)| known == what) {
            return series.record(value);
        }
        let attributes = attributes(what);
        if self.known.len() >= CAPACITY {
            return histogram.record(value, &attributes);
        }
        let series = histogram.bind(&attributes);
        series.record(value);
        self.known.push((what.clone(), series));
    }
}
