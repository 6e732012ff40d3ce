//! Removes secrets from items. It is the client's task: Rollbar stores what it gets.

use std::borrow::Cow;

use opentelemetry::Value;
use percent_encoding::percent_decode_str;

use crate::redact;

/// The replacement of a secret.
const SCRUBBED: &str = "***";

/// Names of secrets in the lists of rollbar.js (`defaults.js`) and pyrollbar (`SETTINGS`), beside those that
/// [`redact`](crate::redact) knows. Case, `-` and `_` are ignored.
const SECRET: [&str; 24] = [
    "auth",
    "authentication",
    "authenticitytoken",
    "authorization",
    "confirmpassword",
    "cookie",
    "cookies",
    "csrf",
    "csrftoken",
    "httpauthorization",
    "httpxcsrftoken",
    "oauthaccesstoken",
    "oauthtoken",
    "omniauth.auth",
    "pass",
    "passwordconfirmation",
    "pw",
    "secretkey",
    "secrettoken",
    "setcookie",
    "usersessionsecret",
    "wwwauthorization",
    "xaccesstoken",
    "xcsrftoken",
];

/// The normalized names of secrets: the built-in ones, and those of `ROLLBAR_SCRUB_FIELDS`.
#[derive(Clone, Debug)]
pub(super) struct Scrub {
    names: Vec<String>,
}

impl Scrub {
    pub(super) fn new(own: &[String]) -> Self {
        let own = own.iter().map(String::as_str);
        Self { names: SECRET.into_iter().chain(redact::SECRET).chain(own).map(normalized).collect() }
    }

    /// Whether a field, header or parameter with this name is a secret. Of a name with dots, the last part counts, too:
    /// `http.request.header.cookie`.
    pub(super) fn is_secret(&self, name: &str) -> bool {
        let name = normalized(name);
        let last = name.rsplit('.').next().unwrap_or_default();
        self.names.iter().any(|secret| *secret == name || secret == last)
            || name.starts_with("xamz")
            || name.starts_with("xgoog")
            || name.contains("accesstoken")
    }

    /// The value of a field as text, without secrets.
    pub(super) fn value(&self, name: &str, value: &Value) -> String {
        if self.is_secret(name) { SCRUBBED.to_owned() } else { self.text(&value.as_str()).into_owned() }
    }

    /// The text without the values of secrets in it: `password=..`, in a query or a sentence.
    pub(super) fn text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let mut scrubbed = String::new();
        let mut rest = text;
        while let Some(at) = rest.find('=') {
            let (before, value) = (&rest[..at], &rest[at + 1..]);
            let name_start = before
                .rfind(|c: char| !is_part_of_name(c))
                .map_or(0, |at| at + before[at..].chars().next().map_or(1, char::len_utf8));
            let name = percent_decode_str(&before[name_start..]).decode_utf8_lossy();
            let length = value.find(ends_value).unwrap_or(value.len());
            scrubbed.push_str(&rest[..=at]);
            let is_secret = length > 0 && self.is_secret(&name);
            scrubbed.push_str(if is_secret { SCRUBBED } else { &value[..length] });
            rest = &value[length..];
        }
        if scrubbed.is_empty() {
            return Cow::Borrowed(text);
        }
        scrubbed.push_str(rest);
        Cow::Owned(scrubbed)
    }
}

fn is_part_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '%')
}

fn ends_value(c: char) -> bool {
    c.is_whitespace() || matches!(c, '&' | ';' | ',' | ')' | '"' | '\'' | '=')
}

fn normalized(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, '_' | '-')).map(|c| c.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn scrub() -> Scrub {
        Scrub::new(&["card_number".to_owned()])
    }

    #[test]
    fn names_of_secrets_are_known_in_every_spelling() {
        for name in [
            "password",
            "Access-Token",
            "API_KEY",
            "http.request.header.cookie",
            "cardNumber",
            "X-CSRF-Token",
        ] {
            assert_eq!(scrub().value(name, &"S3CRET".into()), "***", "{name}");
        }
        for name in ["path", "author", "http.route", "passage", "tokens"] {
            assert_eq!(scrub().value(name, &"kept".into()), "kept", "{name}");
        }
    }

    #[test]
    fn values_of_secrets_in_texts_are_scrubbed() {
        let cases = [
            ("GET /x?token=S&q=1", "GET /x?token=***&q=1"),
            ("GET /x?%74oken=S&access%5Ftoken=S", "GET /x?%74oken=***&access%5Ftoken=***"),
            ("login failed (password=S, user=a)", "login failed (password=***, user=a)"),
            ("a=b=c", "a=b=c"),
            ("nothing to scrub", "nothing to scrub"),
        ];
        for (text, scrubbed) in cases {
            assert_eq!(scrub().text(text), scrubbed);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_secret_never_passes_whatever_is_around_it(before in "[^=]{0,20}", after in "\\PC{0,20}") {
            let text = format!("{before} password=S3CRET {after}");
            prop_assert!(!scrub().text(&text).contains("S3CRET"));
        }

        #[test]
        fn any_text_can_be_scrubbed(text in "\\PC{0,80}") {
            scrub().text(&text);
        }
    }
}
