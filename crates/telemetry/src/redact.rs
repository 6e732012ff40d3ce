//! Redaction of secrets before they reach a trace: credentials in URLs, and secret query parameters.

use std::borrow::Cow;

use percent_encoding::percent_decode;

/// The replacement of a secret, as the semantic conventions define it.
const REDACTED: &str = "REDACTED";

/// Parameters and fields whose value is never recorded. Case is ignored.
///
/// They are the signatures of signed URLs that the semantic conventions list, and common names of credentials.
pub(crate) const SECRET: [&str; 17] = [
    "awsaccesskeyid",
    "signature",
    "sig",
    "x-goog-signature",
    "x-amz-signature",
    "x-amz-credential",
    "x-amz-security-token",
    "password",
    "passwd",
    "secret",
    "client_secret",
    "token",
    "access_token",
    "refresh_token",
    "id_token",
    "api_key",
    "apikey",
];

/// Query parameters whose value is never recorded, either. Elsewhere these names are common and harmless.
const SECRET_IN_QUERY: [&str; 11] = [
    "auth",
    "authorization",
    "code",
    "jwt",
    "key",
    "pass",
    "pwd",
    "session",
    "session_id",
    "sessionid",
    "sid",
];

/// Redacts the values of secret parameters in `query`.
pub(crate) fn query(query: &str) -> Cow<'_, str> {
    if !has_secret(query) {
        return Cow::Borrowed(query);
    }
    let mut redacted = String::with_capacity(query.len());
    for (at, pair) in query.split('&').enumerate() {
        if at > 0 {
            redacted.push('&');
        }
        match pair.split_once('=') {
            Some((name, _)) if is_secret(pair.as_bytes()) => redacted.extend([name, "=", REDACTED]),
            _ => redacted.push_str(pair),
        }
    }
    Cow::Owned(redacted)
}

/// Redacts user name, password and the values of secret parameters in `url`.
pub(crate) fn url(url: &reqwest::Url) -> Cow<'_, str> {
    let credentials = !url.username().is_empty() || url.password().is_some();
    let secrets = url.query().is_some_and(has_secret);
    if !credentials && !secrets {
        return Cow::Borrowed(url.as_str());
    }
    let mut url = url.clone();
    if credentials {
        // Setting these fails only for a URL without a host, which cannot have credentials.
        let _ = url.set_username(REDACTED);
        let _ = url.set_password(url.password().is_some().then_some(REDACTED));
    }
    if let Some(secret) = url.query().map(|text| query(text).into_owned()) {
        url.set_query(Some(&secret));
    }
    Cow::Owned(url.into())
}

/// Redacts credentials and the values of secret parameters in all URLs that `text` contains.
pub(crate) fn urls_in(text: &str) -> Cow<'_, str> {
    if !text.contains("://") {
        return Cow::Borrowed(text);
    }
    let mut redacted = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, url) = rest.split_at(at + 3);
        let (url, after) = url.split_at(url.find(is_after_url).unwrap_or(url.len()));
        redacted.push_str(before);
        push_redacted(&mut redacted, url);
        rest = after;
    }
    redacted.push_str(rest);
    Cow::Owned(redacted)
}

/// Whether a character ends a URL within a text.
fn is_after_url(character: char) -> bool {
    character.is_whitespace() || matches!(character, '"' | '\'' | '`' | '<' | '>' | ')')
}

/// Appends a URL that starts with its authority.
fn push_redacted(redacted: &mut String, url: &str) {
    let (authority, path) = url.split_at(url.find(['/', '?', '#']).unwrap_or(url.len()));
    match authority.rsplit_once('@') {
        Some((_, host)) => redacted.extend([REDACTED, "@", host]),
        None => redacted.push_str(authority),
    }
    match path.split_once('?') {
        Some((path, rest)) => redacted.extend([path, "?", &*query(rest)]),
        None => redacted.push_str(path),
    }
}

/// Whether a parameter is a secret. Bytes are split, as queries are short: a search for a character costs more.
fn has_secret(query: &str) -> bool {
    query.as_bytes().split(|byte| *byte == b'&').any(is_secret)
}

/// Whether a parameter's name is that of a secret, however it is percent-encoded.
fn is_secret(pair: &[u8]) -> bool {
    let mut name_and_value = pair.splitn(2, |byte| *byte == b'=');
    let (Some(name), Some(_)) = (name_and_value.next(), name_and_value.next()) else { return false };
    if name.contains(&b'%') {
        return is_name_of_secret(&percent_decode(name).collect::<Vec<u8>>());
    }
    is_name_of_secret(name)
}

fn is_name_of_secret(name: &[u8]) -> bool {
    // Nearly all names are ruled out by this, in every request with a query.
    let Some((first, letters)) = name.first().zip(FIRST_LETTERS.get(name.len())) else { return false };
    letters & letter(*first) != 0
        && SECRET.iter().chain(&SECRET_IN_QUERY).any(|secret| secret.as_bytes().eq_ignore_ascii_case(name))
}

/// Which letters the secret names of each length begin with.
static FIRST_LETTERS: [u32; 32] = add_first_letters(&SECRET_IN_QUERY, add_first_letters(&SECRET, [0; 32]));

const fn add_first_letters(names: &[&str], mut letters: [u32; 32]) -> [u32; 32] {
    let mut at = 0;
    while at < names.len() {
        let name = names[at].as_bytes();
        letters[name.len()] |= letter(name[0]);
        at += 1;
    }
    letters
}

/// The bit of a letter, in both cases. Other characters share the bits.
const fn letter(character: u8) -> u32 {
    1 << (character & 0x1f)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_secrets_in_a_query_are_redacted() {
        assert_eq!(query("a=1&b=2"), "a=1&b=2");
        assert_eq!(query("q=x&Sig=abc&token=t=t&z"), "q=x&Sig=REDACTED&token=REDACTED&z");
        assert_eq!(query("sig"), "sig");
        assert_eq!(query(""), "");
    }

    #[test]
    fn names_of_parameters_are_compared_decoded() {
        assert_eq!(query("%74oken=S&access%5Ftoken=S"), "%74oken=REDACTED&access%5Ftoken=REDACTED");
        assert_eq!(
            query("%41WSAccessKeyId=S&%ff=1&%=2&q%74=3"),
            "%41WSAccessKeyId=REDACTED&%ff=1&%=2&q%74=3"
        );
        for name in
            ["code", "key", "auth", "sig", "session", "Signature", "X-Goog-Signature", "X-Amz-Credential"]
        {
            assert_eq!(query(&format!("{name}=S&keys=1")), format!("{name}=REDACTED&keys=1"));
        }
    }

    #[test]
    fn every_name_of_a_secret_is_redacted_in_any_case() {
        for name in SECRET.iter().chain(&SECRET_IN_QUERY) {
            for name in [(*name).to_owned(), name.to_ascii_uppercase()] {
                assert_eq!(query(&format!("q=1&{name}=S")), format!("q=1&{name}=REDACTED"));
                assert_eq!(
                    query(&format!("{name}s=1&{}=2", &name[1..])),
                    format!("{name}s=1&{}=2", &name[1..])
                );
            }
        }
    }

    #[test]
    fn credentials_in_a_url_are_redacted() {
        let redacted = |text: &str| url(&text.parse().expect("a URL")).into_owned();
        assert_eq!(redacted("http://a.example/p?q=1"), "http://a.example/p?q=1");
        assert_eq!(redacted("http://me:pw@a.example/p"), "http://REDACTED:REDACTED@a.example/p");
        assert_eq!(redacted("http://me@a.example/"), "http://REDACTED@a.example/");
        assert_eq!(
            redacted("http://a.example/?X-Amz-Signature=abc&q=1"),
            "http://a.example/?X-Amz-Signature=REDACTED&q=1"
        );
    }

    #[test]
    fn secrets_of_urls_in_a_text_are_redacted() {
        for (text, expected) in [
            ("no URL: a@b", "no URL: a@b"),
            ("(https://a.example/?q=1)", "(https://a.example/?q=1)"),
            ("cannot open postgres://me:p@ss@db:5432/x", "cannot open postgres://REDACTED@db:5432/x"),
            (
                "sending (http://a/?sig=1&q=2), \"https://u@b/#t\" failed",
                "sending (http://a/?sig=REDACTED&q=2), \"https://REDACTED@b/#t\" failed",
            ),
            ("://", "://"),
            ("http://u:p@", "http://REDACTED@"),
        ] {
            assert_eq!(urls_in(text), expected);
        }
    }
}
