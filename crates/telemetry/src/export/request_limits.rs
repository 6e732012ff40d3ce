//! What a destination takes in one request, kept before anything is sent: one span above a limit can cost its whole request.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;

use super::sink::Fitted;
use crate::otlp::{Batch, EncodedSpan, Encoder, Scope};

/// A KB is counted as 1,000 bytes, so that a limit holds whichever is meant.
const KB: usize = 1_000;
/// The tags and lengths around resource and scope, at most.
const FRAME: usize = 32;

/// The limits of a destination.
#[derive(Debug)]
pub(crate) struct RequestLimits {
    destination: &'static str,
    /// Spans of a request.
    spans: usize,
    /// Bytes of a request.
    request: usize,
    /// Bytes of a span.
    span: usize,
    /// Events and links of a span count apart from it.
    events_are_apart: bool,
    /// Bytes of resource and scope together.
    context: usize,
    age: Duration,
    ahead: Duration,
    /// Between any two times in one request.
    apart: Duration,
}

/// X-Ray's OTLP endpoint
/// (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-OTLPEndpoint.html>).
#[cfg(any(feature = "xray", test))]
pub(crate) const XRAY: RequestLimits = RequestLimits {
    destination: "X-Ray",
    spans: 10_000,
    request: 5_000 * KB,
    span: 200 * KB,
    events_are_apart: false,
    context: 16 * KB,
    age: Duration::from_secs(14 * 24 * 3_600),
    ahead: Duration::from_secs(2 * 3_600),
    apart: Duration::from_secs(24 * 3_600),
};

/// Honeycomb: a body of 15 MB, and 1 MB for an event, which a span becomes with its resource and scope, and each of its events
/// and links by itself (<https://docs.honeycomb.io/send-data/opentelemetry/>).
pub(crate) const HONEYCOMB: RequestLimits = RequestLimits {
    destination: "Honeycomb",
    spans: usize::MAX,
    request: 15_000 * KB,
    span: 1_000 * KB,
    events_are_apart: true,
    context: 1_000 * KB,
    age: Duration::MAX,
    ahead: Duration::MAX,
    apart: Duration::MAX,
};

impl RequestLimits {
    /// What of a batch the destination takes at `now`; `None` if that is all of it in one request.
    pub(super) fn fit(&self, batch: &Batch, encoder: &Encoder, now: SystemTime) -> Option<Fitted> {
        let mut parts: Vec<Part> = Vec::new();
        let mut dropped = Dropped::default();
        for (number, scope) in batch.scopes().enumerate() {
            let context = Context { scope, number, length: encoder.context_length(scope) };
            for span in scope.encoded_spans() {
                if let Some(limit) = self.exceeded(&context, span, now) {
                    dropped.count(limit);
                } else if let Some(part) = parts.iter_mut().find(|part| part.takes(self, &context, span)) {
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
            reason: dropped.in_words(self),
        })
    }

    /// The limit that a span exceeds.
    fn exceeded(&self, context: &Context<'_>, span: EncodedSpan<'_>, now: SystemTime) -> Option<Limit> {
        let now = now.duration_since(UNIX_EPOCH).unwrap_or_default();
        let oldest = nanoseconds(now.saturating_sub(self.age));
        let newest = nanoseconds(now.saturating_add(self.ahead));
        let exceeds = [
            (Limit::Context, context.length > self.context),
            (Limit::Span, self.is_too_long(context, span)),
            (Limit::Age, span.start.min(span.end) < oldest),
            (Limit::Ahead, span.start.max(span.end) > newest),
        ];
        exceeds.into_iter().find_map(|(limit, is_exceeded)| is_exceeded.then_some(limit))
    }

    fn is_too_long(&self, context: &Context<'_>, span: EncodedSpan<'_>) -> bool {
        if self.events_are_apart {
            let room = self.span.saturating_sub(context.length);
            span.field.len() > room && length_without_events(span) > room
        } else {
            span.field.len() > self.span
        }
    }

    fn in_words(&self, limit: Limit) -> String {
        match limit {
            Limit::Context => format!(
                "with more than {} KB of resource and scope: shorten OTEL_RESOURCE_ATTRIBUTES",
                self.context / KB
            ),
            Limit::Span => {
                format!("larger than {} KB: set OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", self.span / KB)
            }
            Limit::Age => format!("older than {} days", self.age.as_secs() / 86_400),
            Limit::Ahead => format!(
                "more than {} hours in the future: check the clock of this machine",
                self.ahead.as_secs() / 3_600
            ),
        }
    }
}

/// The bytes of a span apart from its events and links.
fn length_without_events(span: EncodedSpan<'_>) -> usize {
    let Ok(mut decoded) = Span::decode(span.message()) else { return span.field.len() };
    decoded.events.clear();
    decoded.links.clear();
    decoded.encoded_len()
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
    fn takes(&self, limits: &RequestLimits, context: &Context<'_>, span: EncodedSpan<'_>) -> bool {
        let (from, to) = self.times_with(span);
        self.batch.len() < limits.spans
            && self.length + self.added(context, span) <= limits.request
            && to.saturating_sub(from) <= nanoseconds(limits.apart)
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

    fn in_words(&self, limits: &RequestLimits) -> String {
        let counted = self.0.iter().zip(Limit::ALL).filter(|(count, _)| **count > 0);
        let texts: Vec<String> =
            counted.map(|(count, limit)| format!("{count} {}", limits.in_words(limit))).collect();
        format!("{} does not take spans: {}", limits.destination, texts.join("; "))
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use opentelemetry::trace::Event;
    use opentelemetry::{InstrumentationScope, KeyValue};
    use opentelemetry_sdk::Resource;

    use super::*;
    use crate::otlp::{Limits, SpanData};

    const HOUR: Duration = Duration::from_secs(3_600);

    fn now() -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(500_000 * 3_600)
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
        Encoder::new(&Resource::builder_empty().with_attribute(pair).build())
    }

    /// Spans of each part, how many spans were dropped, and why.
    fn fitted(batch: &Batch, encoder: &Encoder) -> (Vec<usize>, usize, String) {
        let fitted = XRAY.fit(batch, encoder, now()).expect("it does not fit");
        for part in &fitted.parts {
            assert!(encoder.request(part).len() <= XRAY.request);
            assert!(XRAY.fit(part, encoder, now()).is_none(), "a part fits");
        }
        (fitted.parts.iter().map(Batch::len).collect(), fitted.dropped, fitted.reason)
    }

    #[test]
    fn a_batch_within_the_limits_is_sent_as_it_is() {
        let spans = (0..XRAY.spans).map(|_| span(20, now()));
        assert!(XRAY.fit(&batch(spans), &encoder(100), now()).is_none());
        let day = [span(1, now()), span(1, now() - 23 * HOUR), span(1, now() - HOUR)];
        assert!(XRAY.fit(&batch(day), &encoder(100), now()).is_none());
        assert!(XRAY.fit(&Batch::default(), &encoder(100), now()).is_none());
    }

    #[test]
    fn too_many_spans_or_bytes_are_several_requests() {
        let spans = (0..=XRAY.spans).map(|_| span(1, now()));
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
        let longest =
            (199_800..199_990).rev().find(|length| XRAY.fit(&one(*length), &encoder, now()).is_none());
        let request = encoder.request(&one(longest.expect("a length"))).len();
        assert!((XRAY.request - 25 - FRAME..=XRAY.request).contains(&request), "{request}");
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

    #[test]
    fn honeycomb_takes_a_span_whose_events_make_it_large_and_not_one_that_is_large_itself() {
        let fitted = |spans: Vec<SpanData>| HONEYCOMB.fit(&batch(spans), &encoder(100), now());
        let mut with_events = span(1, now());
        for _ in 0..3 {
            let text = KeyValue::new("exception.stacktrace", "a".repeat(500_000));
            with_events.add_event(Event::new("exception", now(), vec![text], 0));
        }
        assert!(fitted(vec![with_events]).is_none());
        let fitted = fitted(vec![span(1_000_001, now()), span(1, now())]).expect("one is too large");
        assert_eq!((fitted.parts.len(), fitted.dropped), (1, 1));
        assert!(fitted.reason.starts_with("Honeycomb does not take spans: 1 larger than 1000 KB"));
    }

    #[test]
    fn honeycomb_gets_more_than_15_mb_in_several_requests() {
        let spans = batch((0..40).map(|_| span(900_000, now())));
        let fitted = HONEYCOMB.fit(&spans, &encoder(100), now()).expect("it is too large for one");
        assert_eq!(
            (fitted.parts.iter().map(Batch::len).collect::<Vec<_>>(), fitted.dropped),
            (vec![16, 16, 8], 0)
        );
    }
}
