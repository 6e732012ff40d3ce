//! Healthy traces: whatever is called wrong there is a false alarm.

use std::collections::BTreeMap;

use doctor::Severity;

use crate::corpus::{Recording, names};

/// `cargo test -p doctor -- --nocapture healthy` prints the findings by code.
#[test]
fn healthy_traces_have_no_finding_above_a_note_and_at_most_one_note() {
    let mut traces = 0;
    let mut by_code = BTreeMap::<(&str, &str), usize>::new();
    for name in names("healthy") {
        let report = Recording::read("healthy", &name).diagnose();
        traces += report.traces;
        let mut notes = BTreeMap::<String, Vec<&str>>::new();
        for finding in &report.findings {
            *by_code.entry((finding.severity.as_str(), finding.code)).or_default() +=
                finding.trace_ids().len();
            assert_eq!(finding.severity, Severity::Note, "{name}: {finding:#?}");
            for id in finding.trace_ids() {
                notes.entry(id.to_string()).or_default().push(finding.code);
            }
        }
        let several: Vec<_> = notes.iter().filter(|(_, codes)| codes.len() > 1).collect();
        assert!(several.is_empty(), "{name}: {several:?}");
    }
    for ((severity, code), count) in &by_code {
        println!("{severity:8} {code:32} {count:4} traces");
    }
    println!("{traces} healthy traces");
    assert_eq!(traces, 445);
}
