//! The origins of pages that may send telemetry: those of this machine, and those that are listed.

use std::net::IpAddr;

/// Origins that are allowed beside those of this machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Origins(Vec<Pattern>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Pattern {
    /// `*`
    Any,
    /// `https://shop.example`
    One(String),
    /// `https://*.shop.example`, as `https://` and `.shop.example`
    Subdomains(String, String),
}

/// An item of a list that is no origin.
#[derive(Debug)]
pub(crate) struct InvalidOrigin;

impl Origins {
    /// Parses a comma-separated list, such as `https://shop.example, https://*.shop.example:8443`.
    pub(crate) fn parse(text: &str) -> Result<Self, InvalidOrigin> {
        let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
        items.map(Pattern::parse).collect::<Result<_, _>>().map(Self)
    }

    /// Whether a page with this origin may send, given as in the `Origin` header.
    pub(crate) fn allow(&self, origin: &str) -> bool {
        let origin = origin.to_ascii_lowercase();
        is_of_this_machine(&origin) || self.0.iter().any(|pattern| pattern.matches(&origin))
    }
}

impl Pattern {
    fn parse(text: &str) -> Result<Self, InvalidOrigin> {
        let text = text.to_ascii_lowercase();
        if text == "*" {
            return Ok(Self::Any);
        }
        let (scheme, authority) = split(&text).ok_or(InvalidOrigin)?;
        let (name, is_pattern) =
            authority.strip_prefix("*.").map_or((authority, false), |parent| (parent, true));
        let is_authority = !name.is_empty()
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._:[]".contains(&byte));
        match (is_authority, is_pattern) {
            (false, _) => Err(InvalidOrigin),
            (true, true) => Ok(Self::Subdomains(format!("{scheme}://"), format!(".{name}"))),
            (true, false) => Ok(Self::One(text)),
        }
    }

    fn matches(&self, origin: &str) -> bool {
        match self {
            Self::Any => true,
            Self::One(one) => origin == one,
            Self::Subdomains(scheme, parent) => origin
                .strip_prefix(scheme.as_str())
                .and_then(|authority| authority.strip_suffix(parent.as_str()))
                .is_some_and(|name| !name.is_empty()),
        }
    }
}

/// Scheme and authority of an origin on the web.
fn split(origin: &str) -> Option<(&str, &str)> {
    origin.split_once("://").filter(|(scheme, _)| matches!(*scheme, "http" | "https"))
}

/// Whether an origin is that of a loopback address, or of `localhost`, which no DNS server can point elsewhere.
fn is_of_this_machine(origin: &str) -> bool {
    let Some((_, authority)) = split(origin) else { return false };
    let host = process::without_port(authority);
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || host.ends_with(".localhost")
        || address.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(origins: &str, origin: &str) -> bool {
        Origins::parse(origins).unwrap().allow(origin)
    }

    #[test]
    fn pages_of_this_machine_are_allowed() {
        for origin in [
            "http://localhost",
            "http://localhost:3000",
            "https://shop.localhost:8443",
            "http://127.0.0.1:5173",
            "http://127.1.2.3",
            "http://[::1]:3000",
        ] {
            assert!(allows("", origin), "{origin}");
        }
    }

    #[test]
    fn other_pages_are_allowed_only_when_listed() {
        for origin in [
            "https://evil.example",
            "http://localhost.evil.example",
            "http://127.0.0.1.evil.example",
            "https://evil.example:3000",
            "ftp://localhost",
            "null",
            "",
        ] {
            assert!(!allows("", origin), "{origin}");
            assert!(!allows("https://shop.example,https://*.shop.example", origin), "{origin}");
            assert!(allows("*", origin), "{origin}");
        }
        assert!(allows("https://shop.example", "https://Shop.example"));
        assert!(!allows("https://shop.example", "http://shop.example"));
        assert!(!allows("https://shop.example", "https://shop.example:8443"));
        assert!(allows("https://*.shop.example:8443", "https://www.shop.example:8443"));
        assert!(!allows("https://*.shop.example", "https://shop.example"));
        assert!(!allows("https://*.shop.example", "https://evilshop.example"));
    }

    #[test]
    fn items_that_are_no_origins_are_rejected() {
        for text in
            ["shop.example", "https://", "https://shop.example/", "https://*", "https://a*.example", "null"]
        {
            assert!(Origins::parse(text).is_err(), "{text}");
        }
        assert_eq!(Origins::parse(" , ").unwrap(), Origins::default());
    }
}
