//! Healthy traces: whatever is called wrong there is a false alarm.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use doctor::Severity;

use crate::corpus::{Recording, names};

#[test]
fn healthy_traces_have_no_finding_above_a_note_and_at_most_one_note() {
    let mut traces = 0;
    for name in names("healthy") {
        let report = Recording::read("healthy", &name).diagnose();
        traces += report.traces;
        let mut notes = BTreeMap::<String, Vec<&str>>::new();
        for finding in &report.findings {
            assert_eq!(finding.severity, Severity::Note, "{name}: {finding:#?}");
            for id in finding.trace_ids() {
                notes.entry(id.to_string()).or_default().push(finding.code);
            }
        }
        let several: Vec<_> = notes.iter().filter(|(_, codes)| codes.len() > 1).collect();
        assert!(several.is_empty(), "{name}: {several:?}");
    }
    assert_eq!(traces, 445);
}

/// The findings by code, for the documentation.
pub(crate) fn table() -> String {
    let mut by_code = BTreeMap::<(&str, &str), (usize, usize)>::new();
    let mut traces = 0;
    for name in names("healthy") {
        let report = Recording::read("healthy", &name).diagnose();
        traces += report.traces;
        for finding in &report.findings {
            let counts = by_code.entry((finding.severity.as_str(), finding.code)).or_default();
            counts.0 += 1;
            counts.1 += finding.trace_ids().len();
        }
    }
    let mut text = format!("| {traces} healthy traces | severity | findings | traces |\n|---|---|---|---|\n");
    for ((severity, code), (findings, traces)) in by_code {
        writeln!(text, "| `{code}` | {severity} | {findings} | {traces} |").unwrap();
    }
    text
}
