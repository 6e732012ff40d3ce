//! Findings for a terminal, grouped by cause: what was seen and where, then what would disprove it and what to change.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use doctor::{Fact, Finding, Hop, Severity};
use trace_model::{Nanos, TraceId};

use super::{Selected, probe::Expected};
use crate::colors;
use trace_text::{
    duration,
    text::{sanitize, wrap},
};

/// Columns of a label before its text.
const LABEL: usize = 14;
/// Narrowest text that is readable.
const MIN_WIDTH: usize = 60;
/// Widest text that is readable.
const MAX_WIDTH: usize = 120;
/// Trace ids that are written out for each finding.
const MAX_TRACES: usize = 3;

/// The findings of a report, in lines of at most `width` columns.
pub(super) fn report(selected: &Selected<'_>, expected: &[Expected], width: usize) -> String {
    let mut out = Lines { text: String::new(), width: width.clamp(MIN_WIDTH, MAX_WIDTH) };
    let report = &selected.report;
    out.line(Style::new().bold(), &total(selected));
    for one in expected {
        let style = if one.is_missing() { colors::error() } else { colors::dim() };
        out.line(style, &sanitize(&one.text()));
    }
    let findings = &report.findings;
    for group in findings.chunk_by(|one, other| one.code == other.code) {
        out.group(group);
    }
    out.text
}

/// `2 findings in 25 traces (118 spans): 1 error, 1 note`
fn total(selected: &Selected<'_>) -> String {
    let report = &selected.report;
    let count = |severity| report.findings.iter().filter(|finding| finding.severity == severity).count();
    let severities = [Severity::Error, Severity::Warning, Severity::Note];
    let counts: Vec<String> = severities
        .into_iter()
        .filter(|severity| count(*severity) > 0)
        .map(|severity| plural(count(severity), severity.as_str()))
        .collect();
    let found = match report.findings.len() {
        0 => "No findings".to_owned(),
        findings => plural(findings, "finding"),
    };
    let mut text =
        format!("{found} in {} ({})", plural(report.traces, "trace"), plural(report.spans, "span"));
    if !counts.is_empty() {
        let _ = write!(text, ": {}", counts.join(", "));
    }
    if selected.allowed > 0 {
        let _ = write!(text, "; {} allowed", selected.allowed);
    }
    if selected.suppressed_findings() > 0 {
        let _ = write!(text, "; {} suppressed by doctor.toml", selected.suppressed_findings());
    }
    if report.left_out > 0 {
        let _ = write!(text, "; {} left out, the oldest", plural(report.left_out, "trace"));
    }
    text
}

struct Lines {
    text: String,
    width: usize,
}

impl Lines {
    fn line(&mut self, style: Style, text: &str) {
        for line in wrap(text, self.width) {
            let _ = writeln!(self.text, "{style}{line}{style:#}");
        }
    }

    fn labelled(&mut self, label: &str, text: &str) {
        let dim = colors::dim();
        for (index, line) in wrap(&sanitize(text), self.width - LABEL - 2).iter().enumerate() {
            let label = if index == 0 { label } else { "" };
            let _ = writeln!(self.text, "  {dim}{label:LABEL$}{dim:#}{line}");
        }
    }

    /// Findings of one code.
    fn group(&mut self, findings: &[Finding]) {
        let Some(first) = findings.first() else { return };
        let style = style(first.severity);
        let _ = writeln!(self.text, "\n{style}{}[{}]{style:#}", first.severity.as_str(), first.code);
        for finding in findings {
            self.finding(finding);
        }
        self.labelled("change", first.remedy);
        if !first.rust.is_empty() {
            self.labelled("in Rust", first.rust);
        }
        self.labelled("disproved by", first.disproof);
    }

    fn finding(&mut self, finding: &Finding) {
        for line in wrap(&sanitize(&finding.summary), self.width) {
            let _ = writeln!(self.text, "{line}");
        }
        self.labelled("where", &place(&finding.hop));
        self.labelled("how sure", &confidence(finding));
        self.labelled("when", &when(finding));
        let seen = finding.evidence.iter().filter_map(|evidence| {
            Some(format!("{}: {}", evidence.name.replace('_', " "), fact(&evidence.value)?))
        });
        for (index, line) in seen.enumerate() {
            self.labelled(if index == 0 { "evidence" } else { "" }, &line);
        }
        for (index, line) in traces(finding).iter().enumerate() {
            self.labelled(if index == 0 { "traces" } else { "" }, line);
        }
        self.text.push('\n');
    }
}

fn style(severity: Severity) -> Style {
    match severity {
        Severity::Error => colors::error(),
        Severity::Warning => Style::new().fg_color(Some(AnsiColor::Yellow.into())).bold(),
        Severity::Note => Style::new().fg_color(Some(AnsiColor::Cyan.into())).bold(),
    }
}

fn place(hop: &Hop) -> String {
    let name =
        |service: &Option<String>| service.clone().unwrap_or_else(|| "a service without spans".to_owned());
    let services = if hop.from == hop.to {
        format!("inside {}", name(&hop.to))
    } else {
        format!("from {} to {}", name(&hop.from), name(&hop.to))
    };
    match &hop.route {
        Some(route) => format!("{services}, {route}"),
        None => services,
    }
}

fn confidence(finding: &Finding) -> String {
    match finding.confidence.candidates() {
        [] => finding.confidence.as_str().to_owned(),
        candidates => format!("cannot be told apart: {}", candidates.join("; or ")),
    }
}

fn when(finding: &Finding) -> String {
    let seen = &finding.occurrences;
    let count = if seen.affected == seen.of {
        seen.of.to_string()
    } else {
        format!("{} of {}", seen.affected, seen.of)
    };
    let (first, last) = (time(seen.first), time(seen.last));
    if first == last { format!("{count}, at {first}") } else { format!("{count}, from {first} to {last}") }
}

/// UTC, in milliseconds.
pub(super) fn time(time: Nanos) -> String {
    let timestamp = jiff::Timestamp::from_nanosecond(time.as_unix().into()).unwrap_or_default();
    timestamp.strftime("%Y-%m-%d %H:%M:%S.%3fZ").to_string()
}

/// `None` for an empty list.
fn fact(fact: &Fact) -> Option<String> {
    Some(match fact {
        Fact::Count(count) => count.to_string(),
        Fact::Share { part, of } => format!("{part} of {of}"),
        Fact::Duration(nanos) => {
            format!("{}{}", if *nanos < 0 { "-" } else { "" }, duration(nanos.unsigned_abs()))
        }
        Fact::Time(at) => time(*at),
        Fact::Chance(chance) => format!("{chance:.1e}"),
        Fact::Text(text) => text.clone(),
        Fact::Texts(texts) if texts.is_empty() => return None,
        Fact::Texts(texts) => texts.join(", "),
        Fact::TraceIds(ids) => ids.iter().map(TraceId::to_string).collect::<Vec<_>>().join(", "),
    })
}

/// Traces that belong together on one line, else one trace a line.
fn traces(finding: &Finding) -> Vec<String> {
    let joined: Vec<String> = finding
        .joins
        .iter()
        .filter(|join| join.caller.trace_id != join.callee.trace_id)
        .map(|join| format!("{} with {}", join.caller.trace_id, join.callee.trace_id))
        .collect();
    let (mut lines, what) = if joined.is_empty() {
        (finding.trace_ids().iter().map(TraceId::to_string).collect(), "traces")
    } else {
        (joined, "pairs")
    };
    let more = lines.len().saturating_sub(MAX_TRACES);
    if more > 0 {
        lines.truncate(MAX_TRACES);
        lines.push(format!("and {more} more {what}"));
    }
    lines
}

fn plural(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}
