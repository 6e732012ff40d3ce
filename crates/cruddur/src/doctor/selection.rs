//! Which findings are shown, and which count as broken: `--allow`, `--deny` and `doctor.toml`.

use std::path::Path;

use anyhow::{Context as _, bail};
use doctor::suppression::Suppressed;
use doctor::{Finding, RULES, Report, Severity, Suppressions};

use crate::cli::Doctor;

/// Read when no other file is named.
const DEFAULT_CONFIG: &str = "doctor.toml";

/// What the command line wants of the report.
pub(super) struct Selection {
    /// Findings of these codes make traces broken, whatever their severity.
    deny: Vec<String>,
    /// These codes are not shown.
    allow: Vec<String>,
    suppressions: Suppressions,
}

/// The findings that are shown, the most severe first, and how many are not.
pub(super) struct Selected<'s> {
    pub(super) report: Report,
    pub(super) allowed: usize,
    pub(super) suppressed: Vec<Suppressed<'s>>,
    deny: &'s [String],
    allow: &'s [String],
}

impl Selection {
    pub(super) fn new(doctor: &Doctor) -> anyhow::Result<Self> {
        for code in doctor.deny.iter().chain(&doctor.allow) {
            if !RULES.iter().any(|rule| rule.code == code) {
                let codes: Vec<&str> = RULES.iter().map(|rule| rule.code).collect();
                bail!("there is no rule {code:?}; the rules are {}", codes.join(", "));
            }
        }
        let suppressions = match &doctor.config {
            Some(path) => suppressions(path)?,
            None if Path::new(DEFAULT_CONFIG).exists() => suppressions(Path::new(DEFAULT_CONFIG))?,
            None => Suppressions::default(),
        };
        Ok(Self { deny: doctor.deny.clone(), allow: doctor.allow.clone(), suppressions })
    }

    pub(super) fn of(&self, mut report: Report) -> Selected<'_> {
        let suppressed = self.suppressions.apply(&mut report);
        let all = report.findings.len();
        report.findings.retain(|finding| !self.allow.iter().any(|code| code == finding.code));
        let allowed = all - report.findings.len();
        report.keep_one_note_a_trace(|finding| self.deny.iter().any(|code| code == finding.code));
        // Rules keep their order.
        report.findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        Selected { allowed, suppressed, report, deny: &self.deny, allow: &self.allow }
    }
}

fn suppressions(path: &Path) -> anyhow::Result<Suppressions> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    Suppressions::parse(&text).with_context(|| format!("cannot use {}", path.display()))
}

impl Selected<'_> {
    pub(super) fn is_broken(&self) -> bool {
        self.report.findings.iter().any(|finding| self.is_broken_by(finding))
    }

    /// Whether a finding counts as broken.
    pub(super) fn is_broken_by(&self, finding: &Finding) -> bool {
        finding.severity > Severity::Note || self.deny.iter().any(|denied| denied == finding.code)
    }

    /// Why the verdict of a rule says nothing: `--allow` leaves it out, or `doctor.toml` a finding that would count as broken.
    pub(super) fn why_skipped(&self, code: &str) -> Option<String> {
        if self.allow.iter().any(|allowed| allowed == code) {
            return Some(format!("left out by --allow {code}"));
        }
        let would_break = |finding: &&Finding| finding.code == code && self.is_broken_by(finding);
        let entries =
            self.suppressed.iter().map(|entry| (entry, entry.findings.iter().filter(would_break).count()));
        let entries: Vec<_> = entries.filter(|(_, findings)| *findings > 0).collect();
        let count: usize = entries.iter().map(|(_, findings)| findings).sum();
        let reasons: Vec<&str> = entries.iter().filter_map(|(entry, _)| entry.by.reason.as_deref()).collect();
        let reasons = if reasons.is_empty() { String::new() } else { format!(": {}", reasons.join(" ")) };
        (count > 0).then(|| format!("{count} suppressed by doctor.toml{reasons}"))
    }

    /// Findings that `doctor.toml` leaves out.
    pub(super) fn suppressed_findings(&self) -> usize {
        self.suppressed.iter().map(|entry| entry.findings.len()).sum()
    }
}
