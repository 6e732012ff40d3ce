//! Reads and parses variables, by the rules that apply to all of them.

use std::fmt::Display;
use std::time::Duration;

use percent_encoding::percent_decode_str;

use super::variables::Variable;

/// Reads variables and collects warnings, which are logged later: logging is not set up yet.
pub(super) struct Reader<'a> {
    get: &'a dyn Fn(&str) -> Option<String>,
    pub(super) warnings: Vec<String>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(get: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Self { get, warnings: Vec::new() }
    }

    /// The trimmed value of the variable with this name. An empty one counts as unset.
    pub(super) fn named(&self, name: &str) -> Option<String> {
        (self.get)(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
    }

    pub(super) fn text(&self, variable: Variable) -> Option<String> {
        self.named(variable.name)
    }

    /// The items of a list that is separated by commas.
    pub(super) fn list(&self, variable: Variable) -> Vec<String> {
        let value = self.text(variable).unwrap_or_default();
        value.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect()
    }

    /// An http or https URL. The warning does not contain the value, which may contain a password.
    pub(super) fn url(&mut self, name: &str) -> Option<String> {
        let value = self.named(name)?;
        let valid = value
            .parse::<http::Uri>()
            .is_ok_and(|uri| uri.host().is_some() && matches!(uri.scheme_str(), Some("http" | "https")));
        if !valid {
            self.warnings.push(format!("{name} is ignored: not an http or https URL"));
        }
        valid.then_some(value)
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

    /// A positive count.
    pub(super) fn count(&mut self, variable: Variable) -> Option<usize> {
        self.parsed(variable.name, "not a positive whole number", |value| {
            value.parse().ok().filter(|count| *count > 0)
        })
    }

    /// A limit, which may be zero.
    pub(super) fn limit(&mut self, variable: Variable) -> Option<usize> {
        self.parsed(variable.name, "not a whole number", |value| value.parse().ok())
    }

    pub(super) fn milliseconds(&mut self, name: &str) -> Option<Duration> {
        self.parsed(name, "not a whole number of milliseconds", |value| {
            value.parse().ok().map(Duration::from_millis)
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
                // The warning does not contain the pair, which may be a header with a secret.
                None => self.warnings.push(format!("{name}: ignored a member that is not key=value")),
            }
        }
        pairs
    }

    pub(super) fn ignored(&mut self, name: &str, value: impl Display, why: &str) {
        self.warnings.push(format!("{name}={value} is ignored: {why}"));
    }
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
