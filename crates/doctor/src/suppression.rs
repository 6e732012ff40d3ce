//! Findings that are known and accepted, as `doctor.toml` lists them:
//!
//! ```toml
//! [[suppress]]
//! code = "calls-in-a-row"
//! service = "activities"
//! route = "/activities/home"
//! reason = "The upstream has no batch call."
//! ```
//!
//! Each entry has a code, a service or a route; all that it has must match. A service matches either end of a hop. What is
//! suppressed is counted, so that it stays visible.

use std::fmt::Write as _;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::{Finding, RULES, Report};

/// The entries of a file. None by default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Suppressions(Vec<Suppression>);

/// Findings that are left out.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Suppression {
    pub code: Option<String>,
    pub service: Option<String>,
    pub route: Option<String>,
    /// For people.
    pub reason: Option<String>,
}

/// Why a file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SuppressionError {
    #[error("it is not valid TOML, or has fields other than code, service, route and reason")]
    Toml(#[source] basic_toml::Error),
    #[error("entry {0} has no code, service or route: it would suppress everything")]
    Everything(usize),
    #[error("entry {0} has the unknown code {1:?}; docs/doctor.md lists the codes")]
    UnknownCode(usize, String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    suppress: Vec<Suppression>,
}

/// The findings that an entry left out.
#[derive(Debug, Clone)]
pub struct Suppressed<'s> {
    pub by: &'s Suppression,
    pub findings: Vec<Finding>,
}

impl Suppressions {
    /// Reads `doctor.toml`.
    ///
    /// # Errors
    /// [`SuppressionError`].
    pub fn parse(text: &str) -> Result<Self, SuppressionError> {
        let File { suppress } = basic_toml::from_str(text).map_err(SuppressionError::Toml)?;
        for (number, entry) in (1..).zip(&suppress) {
            entry.check(number)?;
        }
        Ok(Self(suppress))
    }

    /// Adds an entry, once.
    ///
    /// # Errors
    /// [`SuppressionError`] with its number.
    pub fn add(&mut self, entry: Suppression) -> Result<(), SuppressionError> {
        entry.check(self.0.len() + 1)?;
        if !self.has(&entry) {
            self.0.push(entry);
        }
        Ok(())
    }

    /// Removes an entry, whatever its reason. Returns whether it was there.
    pub fn remove(&mut self, entry: &Suppression) -> bool {
        let before = self.0.len();
        self.0.retain(|one| !one.suppresses_as(entry));
        self.0.len() < before
    }

    /// Whether an entry suppresses the same.
    pub fn has(&self, entry: &Suppression) -> bool {
        self.0.iter().any(|one| one.suppresses_as(entry))
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// These and others.
    #[must_use]
    pub fn and(&self, others: &Self) -> Self {
        Self(self.0.iter().chain(&others.0).cloned().collect())
    }

    /// As a file has them.
    pub fn to_toml(&self) -> String {
        self.0.iter().map(Suppression::to_toml).collect::<Vec<_>>().join("\n")
    }

    /// Removes what is suppressed. Returns each entry with the findings that it removed; an entry without any, too: it may
    /// be out of date.
    pub fn apply(&self, report: &mut Report) -> Vec<Suppressed<'_>> {
        let mut suppressed: Vec<Suppressed<'_>> =
            self.0.iter().map(|by| Suppressed { by, findings: Vec::new() }).collect();
        for finding in std::mem::take(&mut report.findings) {
            match suppressed.iter_mut().find(|entry| entry.by.matches(&finding)) {
                Some(entry) => entry.findings.push(finding),
                None => report.findings.push(finding),
            }
        }
        suppressed
    }
}

impl Suppression {
    fn check(&self, number: usize) -> Result<(), SuppressionError> {
        match &self.code {
            None if self.service.is_none() && self.route.is_none() => {
                Err(SuppressionError::Everything(number))
            }
            Some(code) if !RULES.iter().any(|rule| rule.code == code) => {
                Err(SuppressionError::UnknownCode(number, code.clone()))
            }
            _ => Ok(()),
        }
    }

    fn suppresses_as(&self, other: &Self) -> bool {
        (&self.code, &self.service, &self.route) == (&other.code, &other.service, &other.route)
    }

    /// The lines of a file.
    pub fn to_toml(&self) -> String {
        let fields = [
            ("code", &self.code),
            ("service", &self.service),
            ("route", &self.route),
            ("reason", &self.reason),
        ];
        let lines = fields
            .into_iter()
            .filter_map(|(key, value)| Some(format!("{key} = {}\n", quoted(value.as_ref()?))));
        format!("[[suppress]]\n{}", lines.collect::<String>())
    }

    fn matches(&self, finding: &Finding) -> bool {
        let is = |wanted: &Option<String>, values: &[Option<&str>]| {
            wanted.as_deref().is_none_or(|wanted| values.contains(&Some(wanted)))
        };
        let hop = &finding.hop;
        is(&self.code, &[Some(finding.code)])
            && is(&self.service, &[hop.from.as_deref(), hop.to.as_deref()])
            && is(&self.route, &[hop.route.as_deref()])
    }
}

/// A basic string of TOML. Names of services and routes come from untrusted spans.
fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            control if control.is_control() => {
                let _ = write!(quoted, "\\u{:04X}", u32::from(control));
            }
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

/// For programs.
pub fn json(suppressed: &[Suppressed<'_>]) -> Value {
    let entries = suppressed.iter().map(|Suppressed { by, findings }| {
        let Suppression { code, service, route, reason } = by;
        json!({ "code": code, "service": service, "route": route, "reason": reason, "findings": findings.len() })
    });
    entries.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(code: Option<&str>, route: Option<&str>) -> Suppression {
        let text = |text: Option<&str>| text.map(str::to_owned);
        Suppression { code: text(code), service: None, route: text(route), reason: None }
    }

    #[test]
    fn entries_are_added_once_and_removed_whatever_their_reason() {
        let mut all = Suppressions::default();
        let one = entry(Some("clock-skew"), None);
        all.add(one.clone()).unwrap();
        all.add(Suppression { reason: Some("again".to_owned()), ..one.clone() }).unwrap();
        assert_eq!(all.len(), 1);
        assert!(all.add(entry(None, None)).is_err() && all.add(entry(Some("x"), None)).is_err());
        assert!(!all.remove(&entry(Some("clock-skew"), Some("/"))));
        assert!(all.remove(&Suppression { reason: Some("why".to_owned()), ..one }) && all.is_empty());
    }

    #[test]
    fn what_is_written_is_read_back_whatever_the_names_are() {
        let mut all = Suppressions::default();
        for route in ["/users/{id}", "a\"]\n[[suppress]]\ncode = \"x\\", "\u{7f}\u{85}\t\u{1f600}", ""] {
            all.add(entry(Some("clock-skew"), Some(route))).unwrap();
        }
        assert_eq!(Suppressions::parse(&all.to_toml()).unwrap(), all, "{}", all.to_toml());
    }
}
