//! The hosts that a server answers for. A page whose name an attacker points at this machine (DNS rebinding) sends a name
//! that is none of them.

use std::net::{IpAddr, Ipv6Addr};

/// Names that requests may be sent to, besides IP addresses and `localhost`: no DNS server can point those elsewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hosts(Vec<Pattern>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Pattern {
    /// `*`
    Any,
    /// `feed.example`
    Name(String),
    /// `*.example`, stored as `.example`
    Subdomains(String),
}

/// A list of hosts has an item that is no host. It is not repeated: it may be a key that belongs in another variable.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("item {position} is not a host name without scheme and port, *.NAME or *")]
pub struct InvalidHost {
    /// Its place in the list, from 1.
    position: usize,
}

impl Hosts {
    /// Parses a comma-separated list, such as `feed.example, *.feed.example`. A name without a dot, such as that of a
    /// container, is always allowed.
    ///
    /// # Errors
    /// [`InvalidHost`] for an item that is neither a host name nor a pattern.
    pub fn parse(text: &str) -> Result<Self, InvalidHost> {
        let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
        let parsed =
            (1..).zip(items).map(|(position, item)| Pattern::parse(item).ok_or(InvalidHost { position }));
        parsed.collect::<Result<_, _>>().map(Self)
    }

    /// Whether the server answers for the host of a request, given as in its `Host` header.
    pub fn allow(&self, authority: &str) -> bool {
        let host = without_port(authority).trim_end_matches('.').to_ascii_lowercase();
        // In a browser, a name without a dot is looked up in the user's own network only.
        is_address(&host)
            || !host.contains('.')
            || host.ends_with(".localhost")
            || self.0.iter().any(|pattern| pattern.matches(&host))
    }

    /// Whether the server answers a request: for the authority of its target, else for its `Host` header as text. A request
    /// without either comes from no browser.
    pub fn answer<E>(&self, authority: Option<&str>, header: Option<Result<&str, E>>) -> bool {
        let host = authority.map(Ok).or(header);
        host.is_none_or(|host| host.is_ok_and(|host| self.allow(host)))
    }
}

impl Pattern {
    fn parse(text: &str) -> Option<Self> {
        let text = text.to_ascii_lowercase();
        let name = text.strip_prefix("*.").unwrap_or(&text);
        let is_name = !name.is_empty()
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_'));
        match text.as_str() {
            "*" => Some(Self::Any),
            _ if !is_name => None,
            pattern if pattern.starts_with("*.") => Some(Self::Subdomains(format!(".{name}"))),
            _ => Some(Self::Name(text)),
        }
    }

    fn matches(&self, host: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Name(name) => host == name,
            Self::Subdomains(suffix) => host.ends_with(suffix.as_str()),
        }
    }
}

/// The host of an authority, `host` or `host:port`. An IPv6 address keeps its brackets.
pub fn without_port(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    }
}

fn is_address(host: &str) -> bool {
    let bracketed = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    bracketed.map_or_else(|| host.parse::<IpAddr>().is_ok(), |host| host.parse::<Ipv6Addr>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(hosts: &str, host: &str) -> bool {
        Hosts::parse(hosts).unwrap().allow(host)
    }

    #[test]
    fn addresses_and_local_names_are_allowed_by_default() {
        for host in [
            "127.0.0.1:8080",
            "10.1.2.3",
            "[::1]:8080",
            "localhost",
            "LOCALHOST.:8080",
            "cruddur.localhost:8080",
            "gateway:8080",
        ] {
            assert!(allows("", host), "{host}");
        }
    }

    #[test]
    fn other_names_are_allowed_only_when_listed() {
        for host in
            ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:8080", "a:b@evil.example"]
        {
            assert!(!allows("", host), "{host}");
            assert!(!allows("feed.example,*.app.github.dev", host), "{host}");
            assert!(allows("*", host), "{host}");
        }
        assert!(allows("feed.example", "Feed.Example:443"));
        assert!(allows("feed.example, *.app.github.dev", "name-8080.app.github.dev"));
        assert!(!allows("*.app.github.dev", "evilapp.github.dev"));
    }

    #[test]
    fn items_that_are_no_hosts_are_rejected() {
        for text in ["https://feed.example", "feed.example:8080", "a b", "*x", "*."] {
            assert!(Hosts::parse(text).is_err(), "{text}");
        }
        let error = Hosts::parse("feed.example, https://feed.example").unwrap_err();
        assert_eq!(error.to_string(), "item 2 is not a host name without scheme and port, *.NAME or *");
        assert_eq!(Hosts::parse(" , ").unwrap(), Hosts::default());
    }
}
