//! Properties of all formats: round trips, and headers of any content.

use opentelemetry::baggage::BaggageExt;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{SpanContext, TraceContextExt, TraceFlags, TraceState};
use opentelemetry::{Context, KeyValue};
use proptest::prelude::*;

use super::{ALL, Headers, formats, ids, inject};

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_injected_context_is_extracted_unchanged(
        trace in 1..u128::MAX,
        span in 1..u64::MAX,
        sampled: bool,
        name in "tracecontext|b3|b3multi|xray",
    ) {
        let flags = TraceFlags::NOT_SAMPLED.with_sampled(sampled);
        let span_context = SpanContext::new(trace.into(), span.into(), flags, false, TraceState::NONE);
        let context = Context::new().with_remote_span_context(span_context);
        let headers = inject(&[&name], &context).into_iter().collect();
        let back = formats(&[&name]).extract_with_context(&Context::new(), &Headers(headers));
        prop_assert_eq!(ids(&back), ids(&context));
        prop_assert!(back.span().span_context().is_remote());
    }

    #[test]
    fn any_header_is_accepted_or_rejected_and_yields_valid_headers(
        values in proptest::collection::vec(
            (0..9_usize, "\\PC{0,80}|[0-9a-f=;,%@-]{0,120}|00-[0-9a-f]{32}-[0-9a-f]{16}-0[0-3]"),
            0..6,
        ),
    ) {
        const NAMES: [&str; 9] = [
            "traceparent", "tracestate", "baggage", "b3", "x-b3-traceid", "x-b3-spanid", "x-b3-sampled", "x-b3-flags",
            "x-amzn-trace-id",
        ];
        let headers = values.into_iter().map(|(name, value)| (NAMES[name].to_owned(), value)).collect();
        let context = formats(&ALL).extract_with_context(&Context::new(), &Headers(headers));
        for (name, value) in inject(&ALL, &context) {
            prop_assert!(value.parse::<::http::HeaderValue>().is_ok(), "{} {}", name, value);
        }
    }

    #[test]
    fn injected_baggage_is_extracted_unchanged(key in "[a-z0-9_]{1,20}", value in "\\PC{0,40}") {
        let context = Context::new().with_baggage([KeyValue::new(key.clone(), value.clone())]);
        let headers = inject(&["baggage"], &context).into_iter().collect();
        let back = formats(&["baggage"]).extract_with_context(&Context::new(), &Headers(headers));
        prop_assert_eq!(back.baggage().get(&key).map(ToString::to_string), Some(value));
    }
}
