//! Mistakes that no recording has, planted in small traces: lost context, killed processes, ids, names, secrets.

use serde_json::json;

use crate::plant::{LOCAL, Planted, asked_for, call, codes, findings};

#[test]
fn whole_calls_have_no_finding() {
    let spans: Vec<Planted<'_>> = (1..8).flat_map(|number| call(number, 2)).collect();
    assert_eq!(codes(&findings(&spans)), []);
}

#[test]
fn a_server_that_links_instead_of_continuing_is_a_public_endpoint() {
    let mut spans: Vec<Planted<'_>> = (1..5).flat_map(|number| call(number, 2)).collect();
    for span in spans.iter_mut().filter(|span| span.service == "shop") {
        span.link = Some((span.trace, span.parent));
        (span.trace, span.parent, span.flags) = (span.trace + 100, 0, LOCAL);
    }
    let findings = findings(&spans);
    assert_eq!(codes(&findings), [("public-endpoint-inside", "certain")]);
    assert_eq!(findings[0].joins.len(), 4);
}

#[test]
fn a_process_that_is_followed_by_another_was_killed() {
    let whole = (1..4).flat_map(|number| call(number, 2));
    let lost = (4..8).flat_map(|number| call(number, 2).into_iter().filter(|span| span.service != "shop"));
    let after = (8..12).flat_map(|number| call(number, 3));
    let spans: Vec<Planted<'_>> = whole.chain(lost).chain(after).collect();
    let findings = findings(&spans);
    assert_eq!(codes(&findings), [("service-exports-nothing", "likely")]);
    assert_eq!((findings[0].occurrences.affected, findings[0].hop.to.as_deref()), (4, Some("shop")));
}

/// Nothing tells a filtered route from a lost one.
#[test]
fn calls_that_are_not_answered_say_nothing_where_the_process_goes_on() {
    let spans: Vec<Planted<'_>> = (1..12)
        .flat_map(|number| {
            let keeps = move |span: &Planted<'_>| span.service != "shop" || number % 2 == 0;
            call(number, 2).into_iter().filter(keeps)
        })
        .collect();
    // Even and odd ids lie on no two sides of a threshold.
    assert_eq!(codes(&findings(&spans)), []);
}

#[test]
fn two_split_calls_may_be_chance_and_three_are_a_hop() {
    for (split, expected) in [(2, None), (3, Some("context-lost-between-services"))] {
        let mut spans: Vec<Planted<'_>> = (1..=split).flat_map(|number| call(number, 2)).collect();
        for span in spans.iter_mut().filter(|span| span.service == "shop") {
            (span.trace, span.parent, span.flags) = (span.trace + 100, 0, LOCAL);
        }
        let findings = findings(&spans);
        assert_eq!(findings.first().map(|finding| finding.code), expected, "{findings:#?}");
    }
}

#[test]
fn ids_that_repeat_are_named_and_nothing_else_is_said_of_their_traces() {
    let mut spans: Vec<Planted<'_>> = (1..5).flat_map(|number| call(number, 2)).collect();
    let again: Vec<Planted<'_>> = (1..5)
        .flat_map(|number| call(number, 4))
        .filter(|span| span.service == "shop")
        .map(|span| Planted { times: (span.times.0 + 3_000, span.times.1 + 3_000), ..span })
        .collect();
    spans.extend(again);
    assert_eq!(codes(&findings(&spans)), [("span-ids-repeat", "cannot be told apart")]);
}

#[test]
fn a_process_without_a_name_is_named_by_its_default() {
    let mut spans: Vec<Planted<'_>> = call(1, 2);
    spans
        .iter_mut()
        .filter(|span| span.service == "shop")
        .for_each(|span| span.service = "unknown_service:java");
    assert_eq!(codes(&findings(&spans)), [("service-name-missing", "certain")]);
}

#[test]
fn a_credential_is_reported_by_its_key_and_never_shown() {
    let mut spans = call(1, 2);
    spans[0].attributes = json!({ "app.header": "Bearer abcdef0123456789abcdef" });
    let findings = findings(&spans);
    assert_eq!(codes(&findings), [("secret-in-attribute", "likely")]);
    let summary = &findings[0].summary;
    assert!(
        summary.starts_with("1 attribute of spans of ") && summary.contains(" has the form"),
        "{summary}"
    );
    let shown = format!("{findings:?}");
    assert!(shown.contains("app.header") && !shown.contains("0123456789"), "{shown}");
}

/// `shop` has no tracing, and calls `stock` by another path.
#[test]
fn a_service_without_tracing_in_the_middle_is_named_by_its_address() {
    let mut spans: Vec<Planted<'_>> = (1..7).flat_map(|number| call(number, 2)).collect();
    for span in spans.iter_mut().filter(|span| span.service == "shop") {
        span.service = "stock";
        (span.trace, span.parent, span.flags) = (span.trace + 100, 0, LOCAL);
        let path = format!("/reserve/{}", span.trace - 100);
        span.attributes = asked_for(&path);
        span.attributes["server.address"] = json!("stock");
    }
    let findings = findings(&spans);
    assert_eq!(codes(&findings), [("untraced-hop", "cannot be told apart")]);
    assert!(findings[0].summary.contains("shop:80"), "{}", findings[0].summary);
    assert_eq!((findings[0].joins.len(), findings[0].hop.to.as_deref()), (6, Some("stock")));
}
