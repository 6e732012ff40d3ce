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

/// How many findings an entry left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suppressed<'s> {
    pub by: &'s Suppression,
    pub findings: usize,
}

impl Suppressions {
    /// Reads `doctor.toml`.
    ///
    /// # Errors
    /// [`SuppressionError`].
    pub fn parse(text: &str) -> Result<Self, SuppressionError> {
        let File { suppress } = basic_toml::from_str(text).map_err(SuppressionError::Toml)?;
        for (number, entry) in (1..).zip(&suppress) {
            match &entry.code {
                None if entry.service.is_none() && entry.route.is_none() => {
                    return Err(SuppressionError::Everything(number));
                }
                Some(code) if !RULES.iter().any(|rule| rule.code == code) => {
                    return Err(SuppressionError::UnknownCode(number, code.clone()));
                }
                _ => {}
            }
        }
        Ok(Self(suppress))
    }

    /// Removes what is suppressed. Returns each entry with the findings that it removed; an entry without any, too: it may
    /// be out of date.
    pub fn apply(&self, report: &mut Report) -> Vec<Suppressed<'_>> {
        let mut counts: Vec<Suppressed<'_>> =
            self.0.iter().map(|by| Suppressed { by, findings: 0 }).collect();
        report.findings.retain(|finding| {
            let found = counts.iter_mut().find(|entry| entry.by.matches(finding));
            found.is_none_or(|entry| {
                entry.findings += 1;
                false
            })
        });
        counts
    }
}

impl Suppression {
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

/// For programs.
pub fn json(suppressed: &[Suppressed<'_>]) -> Value {
    let entries = suppressed.iter().map(|Suppressed { by, findings }| {
        let Suppression { code, service, route, reason } = by;
        json!({ "code": code, "service": service, "route": route, "reason": reason, "findings": findings })
    });
    entries.collect()
}
