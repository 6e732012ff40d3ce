//! Splits batches that a destination refuses as too large (413), and remembers for a while what it refused.

use std::time::{Duration, Instant};

use crate::otlp::Batch;

/// Refusals of parts as too large, one after the other, after which the rest is dropped.
pub(super) const MAX_REFUSALS: u32 = 32;
/// How long a refusal counts. The limit of a backend or of a proxy before it may be raised while this process runs.
const MEMORY: Duration = Duration::from_secs(10 * 60);

/// The bytes that a batch may have, once a larger one was refused.
#[derive(Debug, Default)]
pub(super) struct LearnedLimit(Option<(usize, Instant)>);

impl LearnedLimit {
    /// The limit, if one is known.
    pub(super) fn bytes(&self, now: Instant) -> Option<usize> {
        let known = self.0.filter(|(_, since)| now.saturating_duration_since(*since) < MEMORY);
        known.map(|(bytes, _)| bytes)
    }

    /// Notes that a batch of several spans was refused. Returns the new limit.
    pub(super) fn learn(&mut self, refused: &Batch, now: Instant) -> usize {
        let half = (refused.bytes() / 2).max(1);
        let limit = self.bytes(now).map_or(half, |known| known.min(half));
        self.0 = Some((limit, now));
        limit
    }
}

/// The spans of a batch in parts of at most `limit` bytes, in their order. A larger span is a part of its own.
pub(super) fn split(batch: &Batch, limit: usize) -> Vec<Batch> {
    let mut parts: Vec<Batch> = Vec::new();
    for scope in batch.scopes() {
        for span in scope.encoded_spans() {
            if let Some(part) = parts.last_mut().filter(|part| part.bytes() + span.field.len() <= limit) {
                part.add_encoded(scope, span);
            } else {
                let mut part = Batch::default();
                part.add_encoded(scope, span);
                parts.push(part);
            }
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::otlp::{Limits, SpanData};

    fn batch(lengths: &[usize]) -> Batch {
        let mut batch = Batch::default();
        for length in lengths {
            let mut span = SpanData::blank(Limits::default());
            span.name = "a".repeat(*length);
            batch.add(&span);
        }
        batch
    }

    #[test]
    fn parts_are_within_the_limit_and_lose_no_span_or_byte() {
        for (lengths, limit, expected) in [
            (&[100, 100, 100, 100][..], 400, &[2, 2][..]),
            (&[100, 900, 100, 100], 400, &[1, 1, 2]),
            (&[900, 100], 1, &[1, 1]),
        ] {
            let batch = batch(lengths);
            let parts = split(&batch, limit);
            assert_eq!(parts.iter().map(Batch::len).collect::<Vec<_>>(), expected);
            assert_eq!(parts.iter().map(Batch::bytes).sum::<usize>(), batch.bytes());
            assert!(parts.iter().all(|part| part.len() == 1 || part.bytes() <= limit));
        }
    }

    #[test]
    fn the_limit_is_half_of_the_smallest_refused_batch_and_is_forgotten() {
        let (mut limit, now) = (LearnedLimit::default(), Instant::now());
        assert_eq!(limit.bytes(now), None);
        let (small, large) = (batch(&[100; 4]), batch(&[100; 40]));
        assert_eq!(limit.learn(&small, now), small.bytes() / 2);
        assert_eq!(limit.learn(&large, now), small.bytes() / 2);
        assert_eq!(limit.bytes(now + MEMORY), None);
    }
}
