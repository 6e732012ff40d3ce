//! All formats: round trips, invalid headers, limits, and no mixing of formats.

use std::collections::HashMap;

use opentelemetry::baggage::BaggageExt;
use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry::trace::{SpanContext, TraceContextExt, TraceFlags, TraceState};
use opentelemetry::{Context, KeyValue};
use proptest::prelude::*;

use super::baggage::BaggageFormat;
use super::context::{SamplingDeferred, TraceIdOnly};
use super::formats::Formats;
use super::headers::{ExtractorReader, InjectorWriter};
use super::policy::Policy;
use crate::env::{Inbound, Propagation};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN: &str = "00f067aa0ba902b7";
const ALL: [&str; 5] = ["tracecontext", "baggage", "b3", "b3multi", "xray"];

/// Headers that may occur more than once.
struct Headers(Vec<(String, String)>);

impl Extractor for Headers {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    fn keys(&self) -> Vec<&str> {
        self.0.iter().map(|(name, _)| name.as_str()).collect()
    }

    fn get_all(&self, key: &str) -> Option<Vec<&str>> {
        let values: Vec<&str> =
            self.0.iter().filter(|(name, _)| name == key).map(|(_, value)| value.as_str()).collect();
        (!values.is_empty()).then_some(values)
    }
}

fn formats(names: &[&str]) -> Formats {
    Formats::new(&Propagation {
        formats: names.iter().map(|name| (*name).to_owned()).collect(),
        baggage_allow: vec!["*".to_owned()],
        ..Propagation::default()
    })
}

fn extract(format: &str, headers: &[(&str, &str)]) -> Context {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    formats(&[format]).extract_with_context(&Context::new(), &Headers(headers))
}

fn inject(names: &[&str], context: &Context) -> HashMap<String, String> {
    let mut headers = HashMap::new();
    formats(names).inject_context(context, &mut headers);
    headers
}

fn ids(context: &Context) -> Option<(String, String, u8)> {
    let span = context.span();
    let ids = span.span_context();
    ids.is_valid().then(|| (ids.trace_id().to_string(), ids.span_id().to_string(), ids.trace_flags().to_u8()))
}

#[expect(clippy::unnecessary_wraps, reason = "it is compared to an `Option`")]
fn expected_ids(flags: u8) -> Option<(String, String, u8)> {
    Some((TRACE.to_owned(), SPAN.to_owned(), flags))
}

#[test]
fn a_traceparent_of_the_wrong_form_starts_a_new_trace() {
    let good = format!("00-{TRACE}-{SPAN}-01");
    assert_eq!(ids(&extract("tracecontext", &[("traceparent", &good)])), expected_ids(1));
    for bad in [
        good.to_uppercase(),
        format!("ff-{TRACE}-{SPAN}-01"),
        format!("00-{TRACE}-{SPAN}-01-extra"),
        format!("00-{TRACE}-{SPAN}-1"),
        format!("00-{TRACE}-{SPAN}-011"),
        format!("0-{TRACE}-{SPAN}-01"),
        format!("00-{TRACE}0-{SPAN}-01"),
        format!("00-{}-{SPAN}-01", "0".repeat(32)),
        format!("00-{TRACE}-{}-01", "0".repeat(16)),
        format!("01-{TRACE}-{SPAN}-01x"),
        String::new(),
    ] {
        assert_eq!(ids(&extract("tracecontext", &[("traceparent", &bad)])), None, "{bad}");
    }
    let later = format!("cc-{TRACE}-{SPAN}-ff-what-comes");
    assert_eq!(
        ids(&extract("tracecontext", &[("traceparent", &later)])),
        expected_ids(3),
        "other flags are cleared"
    );
    assert_eq!(ids(&extract("tracecontext", &[("traceparent", &good), ("traceparent", &good)])), None);
}

#[test]
fn a_tracestate_with_an_invalid_member_is_dropped() {
    let parent = format!("00-{TRACE}-{SPAN}-01");
    let passed = |states: &[&str]| {
        let mut headers = vec![("traceparent", parent.as_str())];
        headers.extend(states.iter().map(|state| ("tracestate", *state)));
        inject(&["tracecontext"], &extract("tracecontext", &headers)).remove("tracestate")
    };
    assert_eq!(passed(&["a=1", "", "b=2, c=3"]).as_deref(), Some("a=1,b=2,c=3"));
    assert_eq!(passed(&["foo@=1,foo@@bar=2"]).as_deref(), Some("foo@=1,foo@@bar=2"));
    assert_eq!(passed(&["a=1,B=2"]), None);
    assert_eq!(passed(&["a=1,b"]), None);
    assert_eq!(passed(&["a=1,b=x=y"]), None);
    let members = |count: usize| (0..count).map(|at| format!("k{at}=v")).collect::<Vec<_>>().join(",");
    assert_eq!(passed(&[&members(32)]), Some(members(32)));
    assert_eq!(passed(&[&members(33)]), None);
    assert!(passed(&[&format!("{}=1", "a".repeat(256))]).is_some());
    assert_eq!(passed(&[&format!("{}=1", "a".repeat(257))]), None);
}

#[test]
fn b3_is_read_from_one_header_and_from_several() {
    for (value, expected) in [
        (format!("{TRACE}-{SPAN}-1"), expected_ids(1)),
        (format!("{TRACE}-{SPAN}-0"), expected_ids(0)),
        (format!("{TRACE}-{SPAN}-d"), expected_ids(1)),
        (format!("{TRACE}-{SPAN}"), expected_ids(0)),
        (format!("{TRACE}-{SPAN}-1-{SPAN}"), expected_ids(1)),
        (format!("{TRACE}-{SPAN}-2"), None),
        (format!("{TRACE}-{SPAN}-1-xyz"), None),
        (format!("{TRACE}-{SPAN}-1-{SPAN}-1"), None),
        ("0".to_owned(), None),
        (format!("{}-{SPAN}-1", TRACE.to_uppercase()), None),
    ] {
        assert_eq!(ids(&extract("b3", &[("b3", &value)])), expected, "{value}");
    }
    let short = extract("b3", &[("b3", &format!("a3ce929d0e0e4736-{SPAN}-1"))]);
    assert_eq!(ids(&short).map(|ids| ids.0).as_deref(), Some("0000000000000000a3ce929d0e0e4736"));
    let multi = |extra: &[(&str, &str)]| {
        let mut headers = vec![("x-b3-traceid", TRACE), ("x-b3-spanid", SPAN)];
        headers.extend(extra);
        extract("b3multi", &headers)
    };
    assert_eq!(ids(&multi(&[("x-b3-sampled", "1")])), expected_ids(1));
    assert_eq!(ids(&multi(&[("x-b3-sampled", "false")])), expected_ids(0));
    assert_eq!(ids(&multi(&[("x-b3-flags", "1")])), expected_ids(1));
    assert!(multi(&[]).get::<SamplingDeferred>().is_some(), "without a decision, sampling is deferred");
    assert!(multi(&[("x-b3-sampled", "0")]).get::<SamplingDeferred>().is_none());
}

#[test]
fn xray_fields_are_read_in_any_order() {
    let root = "Root=1-4bf92f35-77b34da6a3ce929d0e0e4736";
    let parent = format!("Parent={SPAN}");
    let read = |value: &str| extract("xray", &[("x-amzn-trace-id", value)]);
    assert_eq!(ids(&read(&format!("{root};{parent};Sampled=1"))), expected_ids(1));
    assert_eq!(
        ids(&read(&format!("Self=1-67891233-abcdef012345678912345678;Sampled=1; {parent};{root}"))),
        expected_ids(1)
    );
    let undecided = read(&format!("{root};{parent};Sampled=?"));
    assert_eq!((ids(&undecided), undecided.get::<SamplingDeferred>().is_some()), (expected_ids(0), true));
    let alone = read(root);
    assert_eq!(ids(&alone), None);
    assert_eq!(alone.get::<TraceIdOnly>().map(|root| root.trace_id.to_string()).as_deref(), Some(TRACE));
    for bad in
        ["Root=1-4bf92f35", "Root=2-4bf92f35-77b34da6a3ce929d0e0e4736", "", ";;;", "Parent=00f067aa0ba902b7"]
    {
        let context = read(bad);
        assert!(ids(&context).is_none() && context.get::<TraceIdOnly>().is_none(), "{bad}");
    }
    let lineage = read(&format!("{root};{parent};Sampled=1;Lineage=100:e3b0c442:11"));
    let written = inject(&["xray"], &lineage).remove("x-amzn-trace-id");
    assert_eq!(written, Some(format!("{root};{parent};Sampled=1;Lineage=100:e3b0c442:11")));
    for hostile in ["a\u{85}b", "a\rb", "a b", &"a".repeat(257)] {
        let written = inject(&["xray"], &read(&format!("{root};{parent};Sampled=1;Lineage={hostile}")));
        assert_eq!(written["x-amzn-trace-id"], format!("{root};{parent};Sampled=1"), "{hostile:?}");
    }
}

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
    // Only the first format that has a context is read.
    let both = Headers(vec![
        (
            "x-amzn-trace-id".to_owned(),
            format!("Root=1-4bf92f35-77b34da6a3ce929d0e0e4736;Parent={SPAN};Sampled=0"),
        ),
        ("traceparent".to_owned(), format!("00-{}-{SPAN}-01", TRACE.replace('4', "5"))),
        ("tracestate".to_owned(), "a=1".to_owned()),
    ]);
    let context = formats(&["xray", "tracecontext"]).extract_with_context(&Context::new(), &both);
    assert_eq!(ids(&context), expected_ids(0));
    assert!(!inject(&["tracecontext"], &context).contains_key("tracestate"));
}

#[test]
fn incoming_baggage_is_filtered_and_limited() {
    let context = extract("baggage", &[("baggage", "a=1,b=%20x%2C;meta=1"), ("baggage", "c=3")]);
    assert_eq!(context.baggage().len(), 3);
    assert_eq!(context.baggage().get("b").map(ToString::to_string).as_deref(), Some(" x,"));
    let choosy = BaggageFormat { allow: vec!["a".to_owned()] };
    let headers = Headers(vec![("baggage".to_owned(), "a=1,b=2".to_owned())]);
    let context = choosy.extract(Context::new(), &ExtractorReader(&headers));
    assert_eq!(context.baggage().len(), 1);
    let closed = BaggageFormat { allow: Vec::new() };
    assert!(closed.extract(Context::new(), &ExtractorReader(&headers)).baggage().is_empty());
    let long = format!("a={}", "x".repeat(8200));
    assert!(extract("baggage", &[("baggage", &long)]).baggage().is_empty());
    let many = (0..100).map(|at| format!("k{at}=v")).collect::<Vec<_>>().join(",");
    assert_eq!(extract("baggage", &[("baggage", &many)]).baggage().len(), 64);
    // A value that decodes to a line break must not reach a header.
    let hostile = extract("baggage", &[("baggage", "k=v;m=a%0Ab,l=%0A")]);
    let written = inject(&["baggage"], &hostile).remove("baggage").expect("baggage");
    assert!(written.parse::<::http::HeaderValue>().is_ok(), "{written}");
}

#[test]
fn baggage_is_sent_to_own_hosts_only() {
    let policy = Policy::new(&Propagation {
        own_hosts: vec![".example.org".to_owned(), "10.1.2.3".to_owned()],
        ..Propagation::default()
    });
    let context = Context::new().with_baggage([KeyValue::new("k", "v")]);
    let is_sent = |host: &str| {
        let mut headers = HashMap::new();
        policy.outgoing(&context, Some(host), &mut InjectorWriter(&mut headers));
        headers.contains_key("baggage")
    };
    for own in ["127.0.0.1", "[::1]", "localhost", "users", "a.example.org", "10.1.2.3"] {
        assert!(is_sent(own), "{own}");
    }
    for other in ["example.org.evil.net", "example.net", "10.1.2.4", "api.honeycomb.io", "evil-example.org"] {
        assert!(!is_sent(other), "{other}");
    }
}

#[test]
fn an_untrusted_context_is_continued_linked_or_ignored() {
    let headers = Headers(vec![("traceparent".to_owned(), format!("00-{TRACE}-{SPAN}-00"))]);
    let incoming = |inbound| {
        Policy::new(&Propagation { inbound, ..Propagation::default() }).incoming(&ExtractorReader(&headers))
    };
    let continued = incoming(Inbound::Continue);
    assert_eq!((ids(&continued.parent), continued.link), (expected_ids(0), None));
    let linked = incoming(Inbound::Link);
    assert_eq!(ids(&linked.parent), None);
    assert_eq!(linked.link.map(|link| link.trace_id().to_string()).as_deref(), Some(TRACE));
    let ignored = incoming(Inbound::Ignore);
    assert_eq!((ids(&ignored.parent), ignored.link), (None, None));
}

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
