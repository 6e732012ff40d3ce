//! Where Honeycomb shows the traces that the services send there as well.

use process::ConfigError;

pub(crate) const TEAM: &str = "HONEYCOMB_TEAM";
pub(crate) const ENVIRONMENT: &str = "HONEYCOMB_ENVIRONMENT";
/// The services read it, too: it says to which region they send.
pub(crate) const API_ENDPOINT: &str = "HONEYCOMB_API_ENDPOINT";

/// Of a team or an environment. It becomes part of a URL on the page.
const MAX_SLUG_LENGTH: usize = 100;

/// The URL of an environment's pages, such as `https://ui.honeycomb.io/acme/environments/test`.
///
/// The page of a trace is below it: `/datasets/DATASET/trace?trace_id=ID&trace_start_ts=SECONDS&trace_end_ts=SECONDS`
/// (<https://docs.honeycomb.io/investigate/collaborate/share-trace/>).
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct HoneycombPages(String);

impl HoneycombPages {
    /// From `HONEYCOMB_TEAM`, `HONEYCOMB_ENVIRONMENT` and `HONEYCOMB_API_ENDPOINT`. Without a team there are none, and
    /// for another endpoint than Honeycomb's own there are none, either. A classic team has no environment.
    ///
    /// # Errors
    /// [`ConfigError`] when a slug has another character than letters, digits, `-` and `_`, or an environment has no team.
    pub(crate) fn from_env(get: impl Fn(&str) -> Option<String>) -> Result<Option<Self>, ConfigError> {
        let team = get(TEAM).map(|value| slug(TEAM, value)).transpose()?;
        let environment = get(ENVIRONMENT).map(|value| slug(ENVIRONMENT, value)).transpose()?;
        let Some(team) = team else {
            return match environment {
                Some(_) => Err(ConfigError::new(TEAM, format!("set together with {ENVIRONMENT}"))),
                None => Ok(None),
            };
        };
        let host = match get(API_ENDPOINT).as_deref().map(|url| url.trim_end_matches('/')) {
            None | Some("https://api.honeycomb.io") => "https://ui.honeycomb.io",
            Some("https://api.eu1.honeycomb.io") => "https://ui.eu1.honeycomb.io",
            Some(_) => return Ok(None),
        };
        let environment = environment.map_or_else(String::new, |slug| format!("/environments/{slug}"));
        Ok(Some(Self(format!("{host}/{team}{environment}"))))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

fn slug(variable: &str, value: String) -> Result<String, ConfigError> {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    if value.len() <= MAX_SLUG_LENGTH && value.bytes().all(is_allowed) {
        return Ok(value);
    }
    let expected = "the name in the address of Honeycomb's page: letters, digits, `-` and `_`";
    Err(ConfigError::new(variable, expected).with_value(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pages(variables: &[(&str, &str)]) -> Result<Option<String>, String> {
        let get = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        HoneycombPages::from_env(get)
            .map(|pages| pages.map(|pages| pages.0))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn a_team_and_an_environment_have_pages_in_their_region() {
        let both = [(TEAM, "acme"), (ENVIRONMENT, "test-1")];
        let with = |endpoint| pages(&[both[0], both[1], (API_ENDPOINT, endpoint)]).unwrap();
        assert_eq!(
            pages(&both).unwrap().as_deref(),
            Some("https://ui.honeycomb.io/acme/environments/test-1")
        );
        assert_eq!(
            with("https://api.eu1.honeycomb.io/").as_deref(),
            Some("https://ui.eu1.honeycomb.io/acme/environments/test-1")
        );
        assert_eq!(with("http://relay.example:8080"), None, "a relay does not say which region it sends to");
        assert_eq!(
            pages(&[(TEAM, "acme")]).unwrap().as_deref(),
            Some("https://ui.honeycomb.io/acme"),
            "a classic team"
        );
        assert_eq!(pages(&[]).unwrap(), None);
    }

    #[test]
    fn a_slug_cannot_change_the_address() {
        let long = "a".repeat(101);
        for bad in
            ["acme/x", "..", "acme?x", "ac me", "acme#", "acme%2f", "\u{e4}cme", "@evil.example", &long]
        {
            let error = pages(&[(TEAM, bad), (ENVIRONMENT, "test")]).unwrap_err();
            assert!(error.contains(TEAM), "{bad}: {error}");
            let error = pages(&[(TEAM, "acme"), (ENVIRONMENT, bad)]).unwrap_err();
            assert!(error.contains(ENVIRONMENT), "{bad}: {error}");
        }
    }

    #[test]
    fn an_environment_without_a_team_is_refused() {
        assert!(pages(&[(ENVIRONMENT, "test")]).unwrap_err().contains(TEAM));
    }
}
