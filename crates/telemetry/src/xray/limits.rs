//! The limits of X-Ray's OTLP endpoint, kept before anything is sent: one span above a limit would cost its whole request
//! (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-OTLPEndpoint.html>).

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::export::sink::Fitted;
use crate::otlp::{Batch, EncodedSpan, Encoder, Scope};

/// A KB is counted as 1,000 bytes, so that a limit holds whichever is meant.
const KB: usize = 1_000;
const MAX_SPANS: usize = 10_000;
const MAX_REQUEST: usize = 5_000 * KB;
const MAX_SPAN: usize = 200 * KB;
/// Resource and scope together.
const MAX_CONTEXT: usize = 16 * KB;
const MAX_AGE: Duration = Duration::from_hours(14 * 24);
const MAX_AHEAD: Duration = Duration::from_hours(2);
/// Between any two times in one request.
const MAX_APART: Duration = Duration::from_hours(24);
/// The tags and lengths around resource and scope, at most.
const FRAME: usize = 32;

/// What of a batch X-Ray takes at `now`; `None` if that is all of it in one request.
pub(super) fn fit(batch: &Batch, encoder: &Encoder, now: SystemTime) -> Option<Fitted> {
    let mut parts: Vec<Part> = Vec::new();
    let mut dropped = Dropped::default();
    for (number, scope) in batch.scopes().enumerate() {
        let context = Context { scope, number, length: encoder.context_length(scope) };
        for span in scope.encoded_spans() {
            if let Some(limit) = Limit::exceeded(&context, span, now) {
                dropped.count(limit);
            } else if let Some(part) = parts.iter_mut().find(|part| part.takes(&context, span)) {
                part.add(&context, span);
            } else {
                let mut part = Part::default();
                part.add(&context, span);
                parts.push(part);
            }
        }
    }
    let is_whole = parts.len() <= 1 && dropped.total() == 0;
    (!is_whole).then(|| Fitted {
        parts: parts.into_iter().map(|part| part.batch).collect(),
        dropped: dropped.total(),
        reason: dropped.in_words(),
    })
}

/// What surrounds the spans of a scope.
struct Context<'a> {
    scope: &'a Scope,
    number: usize,
    /// The bytes of resource and scope.
    length: usize,
}

/// The spans of one request.
#[derive(Default)]
struct Part {
    batch: Batch,
    /// The bytes of the request, at most.
    length: usize,
    /// The number of the last span's scope. Its bytes are counted once.
    scope: Option<usize>,
    /// The earliest and the latest time.
    times: Option<(u64, u64)>,
}

impl Part {
    /// Whether a span fits into the same request.
    fn takes(&self, context: &Context<'_>, span: EncodedSpan<'_>) -> bool {
        let (from, to) = self.times_with(span);
        self.batch.len() < MAX_SPANS
            && self.length + self.added(context, span) <= MAX_REQUEST
            && to.saturating_sub(from) <= nanoseconds(MAX_APART)
    }

    fn add(&mut self, context: &Context<'_>, span: EncodedSpan<'_>) {
        self.times = Some(self.times_with(span));
        self.length += self.added(context, span);
        self.scope = Some(context.number);
        self.batch.add_encoded(context.scope, span);
    }

    fn times_with(&self, span: EncodedSpan<'_>) -> (u64, u64) {
        let (from, to) = (span.start.min(span.end), span.start.max(span.end));
        self.times.map_or((from, to), |(first, last)| (first.min(from), last.max(to)))
    }

    /// The bytes that a span adds.
    fn added(&self, context: &Context<'_>, span: EncodedSpan<'_>) -> usize {
        let is_counted = self.scope == Some(context.number);
        span.field.len() + if is_counted { 0 } else { context.length + FRAME }
    }
}

/// A limit that a span can exceed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Limit {
    Context,
    Span,
    Age,
    Ahead,
}

impl Limit {
    const ALL: [Self; 4] = [Self::Context, Self::Span, Self::Age, Self::Ahead];

    fn exceeded(context: &Context<'_>, span: EncodedSpan<'_>, now: SystemTime) -> Option<Self> {
        let now = now.duration_since(UNIX_EPOCH).unwrap_or_default();
        let (oldest, newest) = (nanoseconds(now.saturating_sub(MAX_AGE)), nanoseconds(now + MAX_AHEAD));
        let exceeds = [
            (Self::Context, context.length > MAX_CONTEXT),
            (Self::Span, span.field.len() > MAX_SPAN),
            (Self::Age, span.start.min(span.end) < oldest),
            (Self::Ahead, span.start.max(span.end) > newest),
        ];
        exceeds.into_iter().find_map(|(limit, is_exceeded)| is_exceeded.then_some(limit))
    }

    fn in_words(self) -> &'static str {
        match self {
            Self::Context => "with more than 16 KB of resource and scope: shorten OTEL_RESOURCE_ATTRIBUTES",
            Self::Span => "larger than 200 KB: set OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT",
            Self::Age => "older than 14 days",
            Self::Ahead => "more than 2 hours in the future: check the clock of this machine",
        }
    }
}

/// How many spans exceed each limit.
#[derive(Default)]
struct Dropped([usize; Limit::ALL.len()]);

impl Dropped {
    fn count(&mut self, limit: Limit) {
        for (count, _) in self.0.iter_mut().zip(Limit::ALL).filter(|(_, each)| *each == limit) {
            *count += 1;
        }
    }

    fn total(&self) -> usize {
        self.0.iter().sum()
    }

    fn in_words(&self) -> String {
        let counted = self.0.iter().zip(Limit::ALL).filter(|(count, _)| **count > 0);
        let texts: Vec<String> =
            counted.map(|(count, limit)| format!("{count} {}", limit.in_words())).collect();
        format!("X-Ray does not take spans: {}", texts.join("; "))
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use opentelemetry::{InstrumentationScope, KeyValue};

    use super::*;
    use crate::otlp::{Limits, SpanData};

    const HOUR: Duration = Duration::from_hours(1);

    fn now() -> SystemTime {
        UNIX_EPOCH + Duration::from_hours(500_000)
    }

    fn span(name: usize, end: SystemTime) -> SpanData {
        let mut span = SpanData::blank(Limits::default());
        span.name = "a".repeat(name);
        span.start = end - Duration::from_millis(1);
        span.end = end;
        span
    }

    fn batch(spans: impl IntoIterator<Item = SpanData>) -> Batch {
        let mut batch = Batch::default();
        spans.into_iter().for_each(|span| batch.add(&span));
        batch
    }

    fn encoder(resource: usize) -> Encoder {
        let pair = KeyValue::new("a", "a".repeat(resource));
        Encoder::new([(&pair.key, &pair.value)])
    }

    /// Spans of each part, how many spans were dropped, and why.
    fn fitted(batch: &Batch, encoder: &Encoder) -> (Vec<usize>, usize, String) {
        let fitted = fit(batch, encoder, now()).expect("it does not fit");
        for part in &fitted.parts {
            assert!(encoder.request(part).len() <= MAX_REQUEST);
            assert!(fit(part, encoder, now()).is_none(), "a part fits");
        }
        (fitted.parts.iter().map(Batch::len).collect(), fitted.dropped, fitted.reason)
    }

    #[test]
    fn a_batch_within_the_limits_is_sent_as_it_is() {
        let spans = (0..MAX_SPANS).map(|_| span(20, now()));
        assert!(fit(&batch(spans), &encoder(100), now()).is_none());
        let day = [span(1, now()), span(1, now() - 23 * HOUR), span(1, now() - HOUR)];
        assert!(fit(&batch(day), &encoder(100), now()).is_none());
        assert!(fit(&Batch::default(), &encoder(100), now()).is_none());
    }

    #[test]
    fn too_many_spans_or_bytes_are_several_requests() {
        let spans = (0..=MAX_SPANS).map(|_| span(1, now()));
        assert_eq!(fitted(&batch(spans), &encoder(100)).0, [10_000, 1]);
        // 24 spans of 199,900 bytes and 200,000 bytes of room for the rest.
        let spans = (0..60).map(|_| span(199_900, now()));
        let (parts, dropped, _) = fitted(&batch(spans), &encoder(100));
        assert_eq!((parts, dropped), (vec![25, 25, 10], 0));
    }

    #[test]
    fn a_request_is_as_large_as_the_limit_allows_and_no_larger() {
        let one = |length| batch((0..25).map(|_| span(length, now())));
        let encoder = encoder(1_000);
        // The longest names that 25 spans may have.
        let longest = (199_800..199_990).rev().find(|length| fit(&one(*length), &encoder, now()).is_none());
        let request = encoder.request(&one(longest.expect("a length"))).len();
        assert!((MAX_REQUEST - 25 - FRAME..=MAX_REQUEST).contains(&request), "{request}");
    }

    #[test]
    fn spans_more_than_a_day_apart_are_several_requests() {
        let hours = [0, 30, 1, 31, 23, 60];
        let spans = hours.map(|hours| span(1, now() - hours * HOUR));
        assert_eq!(fitted(&batch(spans), &encoder(1)).0, [3, 2, 1]);
    }

    #[test]
    fn spans_that_exceed_a_limit_are_dropped_alone_and_counted_with_the_limit() {
        let spans = [
            span(1, now()),
            span(200_001, now()),
            span(1, now() - 337 * HOUR),
            span(1, now() + 3 * HOUR),
            span(1, now() + HOUR),
        ];
        let (parts, dropped, reason) = fitted(&batch(spans), &encoder(1));
        assert_eq!((parts, dropped), (vec![2], 3));
        for expected in ["1 larger than 200 KB", "1 older than 14 days", "1 more than 2 hours in the future"]
        {
            assert!(reason.contains(expected), "{reason}");
        }
    }

    #[test]
    fn a_scope_that_is_too_large_with_its_resource_costs_its_own_spans_only() {
        let mut large = span(1, now());
        let attributes = [KeyValue::new("a", "a".repeat(9_000))];
        large.scope = Some(InstrumentationScope::builder("large").with_attributes(attributes).build());
        let (parts, dropped, reason) =
            fitted(&batch([span(1, now()), large, span(1, now())]), &encoder(8_000));
        assert_eq!((parts, dropped), (vec![2], 1));
        assert!(reason.contains("1 with more than 16 KB of resource and scope"), "{reason}");
        let (parts, dropped, _) = fitted(&batch([span(1, now())]), &encoder(17_000));
        assert_eq!((parts, dropped), (vec![], 1));
    }
}
