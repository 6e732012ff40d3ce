//! Recorded mistakes: each is found at its hop, on its traces, on no control, and nothing else is.
//!
//! The truth of each recording says which traces are broken, which belong together, and which services are concerned. Only
//! the codes are listed here.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use doctor::{Finding, Report, Severity};
use serde_json::Value;

use crate::corpus::{Recording, names, texts, trace_ids, truth};

/// A recording, and the codes that it must have, each with its confidence. None: it is not recognised.
type Expected = (&'static str, &'static [(&'static str, &'static str)]);

const UNTELLABLE: &str = "cannot be told apart";

const EXPECTED: [Expected; 30] = [
    ("b3-against-w3c", &[("propagators-differ", UNTELLABLE)]),
    ("client-uninstrumented", &[("client-not-instrumented", "likely")]),
    ("clock-ahead", &[("clock-skew", "likely")]),
    ("double-instrumented", &[("server-instrumented-twice", "certain")]),
    ("go-ctx-background", &[("context-lost-in-process", "likely")]),
    ("go-queue-overflow", &[("spans-dropped", UNTELLABLE)]),
    ("go-retry-hidden", &[("retry-hidden", UNTELLABLE)]),
    ("go-unit-mistake", &[("end-before-start", UNTELLABLE), ("time-in-wrong-unit", "certain")]),
    ("high-cardinality", &[("ids-in-span-names", "likely")]),
    ("java-clock-skew", &[("clock-skew", "certain")]),
    ("java-executor-lost", &[("context-lost-in-process", "likely")]),
    ("java-passthrough", &[("hidden-hop", UNTELLABLE)]),
    ("js-client-uninstrumented", &[("client-not-instrumented", "likely")]),
    ("js-clock-skew-minus", &[("clock-skew", UNTELLABLE)]),
    ("js-context-lost", &[("context-lost-in-process", "likely"), ("context-of-another-request", "likely")]),
    (
        "js-double-instrumented",
        &[("client-instrumented-twice", "likely"), ("server-instrumented-twice", "certain")],
    ),
    ("js-never-ended", &[("span-never-ended", "likely")]),
    ("killed-before-export", &[("service-exports-nothing", UNTELLABLE)]),
    ("leaked-context", &[("context-leaked", "likely")]),
    ("never-ended", &[("span-never-ended", "likely")]),
    ("not-parentbased", &[("sampled-apart", "likely")]),
    ("py-not-parentbased", &[("sampled-apart", "likely")]),
    ("py-stripped-by-proxy", &[("header-dropped-on-route", "likely"), ("trace-restarted", UNTELLABLE)]),
    ("py-swallowed-error", &[("error-swallowed", UNTELLABLE)]),
    ("queue-control", &[]),
    ("queue-no-context", &[("message-without-context", "likely")]),
    ("rewritten-by-proxy", &[("parent-rewritten", "likely")]),
    ("sibling-parent", &[("injected-before-client-span", "certain")]),
    ("stripped-by-proxy", &[("header-dropped-on-route", "likely")]),
    ("thread-context-lost", &[("context-lost-in-process", "likely")]),
];

#[test]
fn recorded_mistakes_are_found_where_they_are_and_nowhere_else() {
    let recordings = names("broken");
    assert_eq!(recordings, EXPECTED.map(|(name, _)| name));
    for (name, codes) in EXPECTED {
        let recording = Recording::read("broken", name);
        let received = recording.received();
        let sent = received.iter().map(|it| it.origin.resource.service_name().into_owned()).collect();
        check(name, codes, &truth("broken", name), &recording.diagnose(), &sent);
    }
}

fn check(name: &str, codes: &[(&str, &str)], truth: &Value, report: &Report, sent: &BTreeSet<String>) {
    let expected: BTreeSet<&str> = codes.iter().map(|(code, _)| *code).collect();
    let is_expected = |finding: &&Finding| expected.contains(finding.code);
    let own: Vec<&Finding> = report.findings.iter().filter(is_expected).collect();
    for (code, confidence) in codes {
        let mut found = own.iter().filter(|finding| finding.code == *code).peekable();
        assert!(found.peek().is_some(), "{name}: no {code} in {report:#?}");
        for finding in found {
            assert_eq!(finding.confidence.as_str(), *confidence, "{name}: {finding:#?}");
            assert_eq!(finding.confidence.candidates().is_empty(), *confidence != UNTELLABLE, "{name}");
        }
    }
    let others = report.findings.iter().filter(|finding| !is_expected(finding));
    let others: Vec<_> = others.filter(|finding| finding.severity > Severity::Note).collect();
    assert!(others.is_empty(), "{name}: other findings {others:#?}");
    check_traces(name, truth, &own);
    check_joins(name, truth, &own);
    check_hops(name, truth, &own, sent);
}

/// All broken traces that show something, and no control.
fn check_traces(name: &str, truth: &Value, own: &[&Finding]) {
    let broken = texts(&truth["broken_traces"]);
    let found: BTreeSet<String> = own.iter().flat_map(|finding| trace_ids(finding)).collect();
    // An error that was handled well looks the same as one that was swallowed.
    let alike = texts(&truth["handled_controls"]);
    let controls: Vec<_> = found.difference(&broken).filter(|id| !alike.contains(*id)).collect();
    assert!(controls.is_empty(), "{name}: controls {controls:?}");
    if own.is_empty() {
        return;
    }
    let missed: Vec<_> = broken.difference(&found).filter(|id| !is_untellable(truth, id)).collect();
    assert!(missed.is_empty(), "{name}: missed {missed:?}");
}

/// Whether nothing of this trace shows that it is broken, or whose it is.
fn is_untellable(truth: &Value, id: &str) -> bool {
    let ambiguous = texts(&truth["ambiguous_by_time"]);
    texts(&truth["invisible"]).contains(id)
        || groups(truth).iter().any(|group| group.contains(id) && !group.is_disjoint(&ambiguous))
}

/// The traces that one request fell into.
fn groups(truth: &Value) -> Vec<BTreeSet<String>> {
    truth["joined_by"].as_array().into_iter().flatten().map(texts).collect()
}

/// Every join is true; and all of one request are joined, where that can be known.
fn check_joins(name: &str, truth: &Value, own: &[&Finding]) {
    let groups = groups(truth);
    if groups.is_empty() || own.is_empty() {
        return;
    }
    let joins = own.iter().flat_map(|finding| &finding.joins);
    let pairs: Vec<BTreeSet<String>> =
        joins.map(|join| [join.caller, join.callee].map(|span| span.trace_id.to_string()).into()).collect();
    for pair in &pairs {
        assert!(groups.iter().any(|group| pair.is_subset(group)), "{name}: {pair:?} are not one request");
    }
    let ambiguous = texts(&truth["ambiguous_by_time"]);
    for group in groups.iter().filter(|group| group.is_disjoint(&ambiguous)) {
        let joined = pairs.iter().filter(|pair| pair.is_subset(group)).count();
        assert!(joined + 1 >= group.len(), "{name}: {group:?} is one request");
    }
}

/// The hops name the services of the truth, and no others.
fn check_hops(name: &str, truth: &Value, own: &[&Finding], sent: &BTreeSet<String>) {
    let mut guilty = BTreeSet::new();
    let mut concerned = BTreeSet::new();
    let places = match &truth["where"] {
        Value::Array(places) => places.clone(),
        Value::Null => vec![truth.clone()],
        place => vec![place.clone()],
    };
    for place in &places {
        let at = |key: &str| place[key].as_str().unwrap_or_default().split('/').map(str::to_owned);
        concerned.extend(at("service").chain(at("from")).chain(at("to")));
        let named: BTreeSet<String> = at("service").filter(|name| !name.is_empty()).collect();
        guilty.extend(if named.is_empty() { at("from").chain(at("to")).collect() } else { named });
    }
    let named: BTreeSet<String> =
        own.iter().flat_map(|finding| [&finding.hop.from, &finding.hop.to]).flatten().cloned().collect();
    // A service that never sent a span has no name.
    guilty.retain(|service| sent.contains(service));
    if own.iter().any(|finding| finding.hop.to.is_none()) {
        return;
    }
    assert!(named.is_subset(&concerned), "{name}: {named:?}, but {concerned:?}");
    guilty.remove("");
    concerned.remove("");
    // Where both ends of both hops of a service are named, the service is meant.
    let is_between = truth["from"].as_str().is_some_and(|from| from.contains('/'));
    assert!(own.is_empty() || is_between || guilty.is_subset(&named), "{name}: {named:?}, but {guilty:?}");
}

/// What was found in a recording.
struct Score {
    /// Broken traces with the expected finding, of those that show something.
    found: usize,
    decidable: usize,
    /// Other findings above a note, and traces without the mistake that have the expected finding.
    false_alarms: usize,
}

fn score(name: &str, codes: &[(&str, &str)], truth: &Value) -> Score {
    let report = Recording::read("broken", name).diagnose();
    let is_expected = |finding: &Finding| codes.iter().any(|(code, _)| *code == finding.code);
    let (own, others): (Vec<&Finding>, Vec<&Finding>) =
        report.findings.iter().partition(|finding| is_expected(finding));
    let found: BTreeSet<String> = own.iter().flat_map(|finding| trace_ids(finding)).collect();
    let broken = texts(&truth["broken_traces"]);
    let alike = texts(&truth["handled_controls"]);
    let decidable: BTreeSet<String> = broken.iter().filter(|id| !is_untellable(truth, id)).cloned().collect();
    Score {
        found: decidable.intersection(&found).count(),
        decidable: decidable.len(),
        false_alarms: others.iter().filter(|finding| finding.severity > Severity::Note).count()
            + found.iter().filter(|id| !broken.contains(*id) && !alike.contains(*id)).count(),
    }
}

/// The table of recordings for the documentation.
pub(crate) fn table() -> String {
    let mut text = String::from(
        "| recording | mistake | finding | broken traces found | false alarms |\n|---|---|---|---|---|\n",
    );
    let mut sum = Score { found: 0, decidable: 0, false_alarms: 0 };
    for (name, codes) in EXPECTED {
        let truth = truth("broken", name);
        let fault = truth["fault"].as_str().unwrap_or_default().replace('|', "/");
        let score = score(name, codes, &truth);
        let codes: Vec<String> =
            codes.iter().map(|(code, confidence)| format!("`{code}`, {confidence}")).collect();
        let nothing = if score.decidable == 0 { "none, rightly" } else { "not recognised" };
        let found = if codes.is_empty() { nothing.to_owned() } else { codes.join("; ") };
        writeln!(
            text,
            "| {name} | {fault} | {found} | {} of {} | {} |",
            score.found, score.decidable, score.false_alarms
        )
        .unwrap();
        sum.found += score.found;
        sum.decidable += score.decidable;
        sum.false_alarms += score.false_alarms;
    }
    let recall = sum.found * 100 / sum.decidable;
    writeln!(
        text,
        "| all | | recall {recall} % | {} of {} | {} |",
        sum.found, sum.decidable, sum.false_alarms
    )
    .unwrap();
    text
}
