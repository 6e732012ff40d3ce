//! Several formats in one request: they are not mixed.

use opentelemetry::Context;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::TraceContextExt;

use super::{ALL, Headers, SPAN, TRACE, expected_ids, extract, formats, ids, inject};
use crate::propagation::context::SamplingDeferred;

#[test]
fn formats_are_not_mixed() {
    let parent = format!("00-{TRACE}-{SPAN}-03");
    let context = extract("tracecontext", &[("traceparent", &parent), ("tracestate", "a=1")]);
    let written = inject(&ALL, &context);
    assert_eq!(
        written["x-amzn-trace-id"],
        format!("Root=1-4bf92f35-77b34da6a3ce929d0e0e4736;Parent={SPAN};Sampled=1")
    );
    assert_eq!(written["b3"], format!("{TRACE}-{SPAN}-1"));
    // Only the last format that has a context is read.
    let both = Headers(vec![
        (
            "x-amzn-trace-id".to_owned(),
            format!("Root=1-4bf92f35-77b34da6a3ce929d0e0e4736;Parent={SPAN};Sampled=0"),
        ),
        ("traceparent".to_owned(), format!("00-{}-{SPAN}-01", TRACE.replace('4', "5"))),
        ("tracestate".to_owned(), "a=1".to_owned()),
    ]);
    let context = formats(&["tracecontext", "xray"]).extract_with_context(&Context::new(), &both);
    assert_eq!(ids(&context), expected_ids(0));
    assert!(!inject(&["tracecontext"], &context).contains_key("tracestate"));
    let context = formats(&["xray", "tracecontext"]).extract_with_context(&Context::new(), &both);
    assert_ne!(ids(&context), expected_ids(0));
    assert_eq!(inject(&["tracecontext"], &context)["tracestate"], "a=1");
}

#[test]
fn a_tracestate_is_kept_beside_another_format_of_the_same_span() {
    let xray = |sampled| format!("Root=1-4bf92f35-77b34da6a3ce929d0e0e4736;Parent={SPAN};Sampled={sampled}");
    // OpenTelemetry's type takes only the first.
    for state in ["a=1,b=2", "1a*=1"] {
        for (sampled, flags) in [("1", 1), ("0", 0), ("?", 0)] {
            let both = Headers(vec![
                ("traceparent".to_owned(), format!("00-{TRACE}-{SPAN}-01")),
                ("tracestate".to_owned(), state.to_owned()),
                ("x-amzn-trace-id".to_owned(), xray(sampled)),
            ]);
            let context = formats(&["tracecontext", "xray"]).extract_with_context(&Context::new(), &both);
            assert_eq!(ids(&context), expected_ids(flags), "the last format counts");
            assert_eq!(context.get::<SamplingDeferred>().is_some(), sampled == "?");
            assert_eq!(inject(&["tracecontext"], &context)["tracestate"], state);
            let context = formats(&["xray"]).extract_with_context(&Context::new(), &both);
            assert!(!inject(&["tracecontext"], &context).contains_key("tracestate"), "not asked for");
        }
    }
    for other in
        [format!("00-{}-{SPAN}-01", TRACE.replace('4', "5")), format!("00-{TRACE}-00f067aa0ba902b8-01")]
    {
        let both = Headers(vec![
            ("traceparent".to_owned(), other),
            ("tracestate".to_owned(), "a=1".to_owned()),
            ("x-amzn-trace-id".to_owned(), xray("1")),
        ]);
        let context = formats(&["tracecontext", "xray"]).extract_with_context(&Context::new(), &both);
        assert!(!inject(&["tracecontext"], &context).contains_key("tracestate"));
    }
}

#[test]
fn an_invalid_or_incomplete_context_does_not_replace_that_of_an_earlier_format() {
    let parent = ("traceparent".to_owned(), format!("00-{TRACE}-{SPAN}-01"));
    for last in
        ["Root=1-00000000-77b34da6a3ce929d0e0e4736", "Root=;;", "Root=1-5bf92f35-77b34da6a3ce929d0e0e4736"]
    {
        let both = Headers(vec![parent.clone(), ("x-amzn-trace-id".to_owned(), last.to_owned())]);
        let context = formats(&["tracecontext", "xray"]).extract_with_context(&Context::new(), &both);
        assert_eq!(context.span().span_context().trace_id().to_string(), TRACE, "{last}");
    }
}

/// A message that is received within a request: what is known of the request's trace says nothing about the message's.
#[test]
fn a_context_that_is_extracted_within_another_has_neither_its_tracestate_nor_its_deferral() {
    let request = extract(
        "tracecontext",
        &[("traceparent", &format!("00-{TRACE}-{SPAN}-01")), ("tracestate", "1a*=1")],
    );
    assert_eq!(inject(&["tracecontext"], &request)["tracestate"], "1a*=1");
    let other = Headers(vec![(
        "traceparent".to_owned(),
        format!("00-{}-00f067aa0ba902b8-00", TRACE.replace('4', "5")),
    )]);
    let message = formats(&["tracecontext"]).extract_with_context(&request, &other);
    assert!(!inject(&["tracecontext"], &message).contains_key("tracestate"));

    let deferring = extract("b3", &[("b3", &format!("{TRACE}-{SPAN}"))]);
    let is_deferred = |context: &Context| SamplingDeferred::is_by(context, context.span().span_context());
    assert!(is_deferred(&deferring));
    assert!(!is_deferred(&formats(&["tracecontext"]).extract_with_context(&deferring, &other)));
}
