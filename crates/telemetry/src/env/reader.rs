//! Reads and parses variables, by the rules that apply to all of them.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use percent_encoding::percent_decode_str;

use super::endpoint::Endpoint;
use super::harmless::{is_harmless, is_path};
use super::spelling::{is_pem, oddity, unquoted};
use super::variables::Variable;

/// The greatest integer that OpenTelemetry's specification asks implementations to support. It bounds durations, which are
/// added to times.
const GREATEST: u64 = (1 << 31) - 1;
/// The greatest number of spans in a queue or batch, whose memory is bounded in bytes.
pub(super) const GREATEST_COUNT: usize = (1 << 31) - 1;
/// A time limit that is none.
const NO_LIMIT: Duration = Duration::from_secs(365 * 24 * 3_600);

/// Reads variables and collects warnings, which are logged later: logging is not set up yet.
pub(super) struct Reader<'a> {
    get: &'a dyn Fn(&str) -> Option<String>,
    pub(super) warnings: Vec<String>,
    /// The names of variables with quotes around their value.
    quoted: RefCell<BTreeSet<String>>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(get: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Self { get, warnings: Vec::new(), quoted: RefCell::default() }
    }

    /// The trimmed value of the variable with this name, without quotes around it. An empty one counts as unset.
    pub(super) fn named(&self, name: &str) -> Option<String> {
        let value = (self.get)(name)?;
        let value = value.trim();
        let unquoted = unquoted(value);
        if unquoted.is_some() {
            self.quoted.borrow_mut().insert(name.to_owned());
        }
        Some(unquoted.unwrap_or(value)).filter(|value| !value.is_empty()).map(str::to_owned)
    }

    /// All warnings, each once: a variable that several destinations read is worth one.
    pub(super) fn into_warnings(self) -> Vec<String> {
        let quoted = self.quoted.into_inner().into_iter().map(|name| {
            format!("{name} has quotes around its value, which were removed: remove them where it is set")
        });
        let mut seen = BTreeSet::new();
        self.warnings.into_iter().chain(quoted).filter(|warning| seen.insert(warning.clone())).collect()
    }

    pub(super) fn text(&self, variable: Variable) -> Option<String> {
        self.named(variable.name)
    }

    /// The items of a list that is separated by commas.
    pub(super) fn list(&self, variable: Variable) -> Vec<String> {
        let value = self.text(variable).unwrap_or_default();
        value.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect()
    }

    /// An http or https URL without user and password. The warning does not contain the value.
    pub(super) fn url(&mut self, name: &str) -> Option<String> {
        let parsed = Endpoint::parse_without_user(&self.named(name)?);
        parsed.map_err(|error| self.warnings.push(format!("{name} is ignored: {error}"))).ok()
    }

    pub(super) fn boolean(&mut self, name: &str) -> Option<bool> {
        let value = self.named(name)?;
        if value.eq_ignore_ascii_case("true") {
            return Some(true);
        }
        if !value.eq_ignore_ascii_case("false") {
            self.ignored(name, &value, "expected true or false; false is assumed");
        }
        Some(false)
    }

    /// The value, parsed by `parse`. An invalid value is ignored with a warning.
    pub(super) fn parsed<T>(
        &mut self,
        name: &str,
        problem: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let value = self.named(name)?;
        let parsed = parse(&value);
        if parsed.is_none() {
            self.ignored(name, &value, problem);
        }
        parsed
    }

    /// One of several names, in any case, as the specification asks for: `parse` gets it in lower case.
    pub(super) fn choice<T>(
        &mut self,
        name: &str,
        problem: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        self.parsed(name, problem, |value| parse(&value.to_ascii_lowercase()))
    }

    /// A count from 1 to `greatest`.
    pub(super) fn count(&mut self, variable: Variable, greatest: usize) -> Option<usize> {
        self.parsed(variable.name, &format!("not a whole number from 1 to {greatest}"), |value| {
            value.parse().ok().filter(|count| (1..=greatest).contains(count))
        })
    }

    /// A limit, which may be zero.
    pub(super) fn limit(&mut self, variable: Variable) -> Option<usize> {
        self.parsed(variable.name, "not a whole number", |value| value.parse().ok())
    }

    /// A delay in milliseconds, which may be zero.
    pub(super) fn delay(&mut self, variable: Variable) -> Option<Duration> {
        self.milliseconds(variable.name, 0)
    }

    /// A pause in milliseconds between two actions, which may not be zero.
    pub(super) fn interval(&mut self, variable: Variable) -> Option<Duration> {
        self.milliseconds(variable.name, 1)
    }

    /// A time limit in milliseconds. Zero is no limit, as OpenTelemetry specifies.
    pub(super) fn timeout(&mut self, name: &str) -> Option<Duration> {
        self.milliseconds(name, 0).map(|limit| if limit.is_zero() { NO_LIMIT } else { limit })
    }

    fn milliseconds(&mut self, name: &str, least: u64) -> Option<Duration> {
        let problem = format!("not a whole number of milliseconds from {least} to {GREATEST}");
        self.parsed(name, &problem, |value| {
            let value = value.parse().ok().filter(|value| (least..=GREATEST).contains(value));
            value.map(Duration::from_millis)
        })
    }

    /// Pairs of the form `key=value,key=value`, percent-decoded. An invalid pair is left out with a warning.
    pub(super) fn pairs(&mut self, name: &str) -> Vec<(String, String)> {
        let mut pairs = Vec::new();
        let Some(value) = self.named(name) else { return pairs };
        for member in value.split(',').map(str::trim).filter(|member| !member.is_empty()) {
            let pair = member.split_once('=').and_then(|(key, value)| {
                let key = decoded(key.trim()).filter(|key| !key.is_empty())?;
                Some((key, decoded(value.trim())?))
            });
            match pair {
                Some(pair) => pairs.push(pair),
                None => self.no_pair(name),
            }
        }
        pairs
    }

    /// Warns of a member that is no pair, or no header. It is not repeated: it may be a header with a secret.
    pub(super) fn no_pair(&mut self, name: &str) {
        self.warnings.push(format!(
            "{name}: ignored a member that cannot be used: write name=value, with commas between members and %20 for a space"
        ));
    }

    /// The path of a PEM file.
    pub(super) fn pem_path(&mut self, name: &str) -> Option<PathBuf> {
        let value = self.named(name)?;
        if is_pem(&value) {
            self.warnings
                .push(format!("{name} is ignored: it must be the path of a PEM file, not its contents"));
            return None;
        }
        Some(value.into())
    }

    /// Warns that a value is ignored. It is repeated only if it cannot be a secret.
    pub(super) fn ignored(&mut self, name: &str, value: &str, why: &str) {
        let shown = if is_harmless(value) { format!("={value}") } else { String::new() };
        let oddity = oddity(value).map(|oddity| format!(" ({oddity})")).unwrap_or_default();
        self.warnings.push(format!("{name}{shown} is ignored: {why}{oddity}"));
    }
}

/// A warning of a directive in a list of levels that does not parse.
pub(crate) fn ignored_directive(name: &str, directive: &str) -> String {
    let shown = if directive.split('=').all(is_harmless) { directive } else { "a directive" };
    format!("{name}: ignored {shown}: expected a level or target=level")
}

/// The path in an error about its file. In place of one that may be a key there is a text, in `Debug` of the error, too.
pub(crate) fn shown_path(path: &Path) -> PathBuf {
    let is_shown = path.to_str().is_some_and(is_path) || path.exists();
    if is_shown { path.to_owned() } else { "(a name that may be a key)".into() }
}

/// Percent-decodes `text`. `None` when a `%` does not start a sequence, or the bytes are not UTF-8.
fn decoded(text: &str) -> Option<String> {
    let decoded = is_well_formed(text).then(|| percent_decode_str(text).decode_utf8().ok())??;
    Some(decoded.into_owned())
}

/// Whether two hexadecimal digits follow every `%`.
fn is_well_formed(text: &str) -> bool {
    text.split('%').skip(1).all(|after| {
        after.as_bytes().first_chunk::<2>().is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_encoding_is_decoded() {
        assert_eq!(decoded("a%20b%2C").as_deref(), Some("a b,"));
        assert_eq!(decoded("").as_deref(), Some(""));
    }

    #[test]
    fn malformed_percent_encoding_is_rejected() {
        for malformed in ["a%2", "%zz", "%", "%+1", "%ff"] {
            assert_eq!(decoded(malformed), None, "{malformed}");
        }
    }
}
