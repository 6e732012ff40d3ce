//! Each format alone: what is read and written, and invalid headers.

use super::{SPAN, TRACE, expected_ids, extract, ids, inject};
use crate::propagation::context::{SamplingDeferred, TraceIdOnly};

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
