//! Headers of untrusted clients, baggage and its limits, and the hosts that receive it.

use std::collections::HashMap;

use opentelemetry::baggage::BaggageExt;
use opentelemetry::{Context, KeyValue};

use super::{Headers, SPAN, TRACE, expected_ids, extract, ids, inject};
use crate::env::{Inbound, Propagation};
use crate::propagation::baggage::BaggageFormat;
use crate::propagation::headers::{ExtractorReader, InjectorWriter};
use crate::propagation::policy::Policy;

#[test]
fn an_untrusted_context_is_continued_linked_or_ignored() {
    let headers = Headers(vec![("traceparent".to_owned(), format!("00-{TRACE}-{SPAN}-00"))]);
    let incoming = |inbound| {
        Policy::new(&Propagation { inbound, ..Propagation::default() })
            .incoming(&ExtractorReader(&headers), Context::new())
    };
    let continued = incoming(Inbound::Continue);
    assert_eq!((ids(&continued.parent), continued.link), (expected_ids(0), None));
    let linked = incoming(Inbound::Link);
    assert_eq!(ids(&linked.parent), None);
    assert_eq!(linked.link.map(|link| link.trace_id().to_string()).as_deref(), Some(TRACE));
    let ignored = incoming(Inbound::Ignore);
    assert_eq!((ids(&ignored.parent), ignored.link), (None, None));
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
