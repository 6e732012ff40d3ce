//! Endpoints: http and https URLs, checked at the start. Nothing is sent to another host or port than the one that is named.

use std::net::Ipv6Addr;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use http::Uri;
use percent_encoding::percent_decode_str;
use thiserror::Error;

use super::spelling::oddity;

/// A checked endpoint.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Endpoint {
    /// Without user and password, which would be in the log lines of the HTTP client.
    pub(super) url: String,
    /// The value of the header `Authorization` that says user and password.
    pub(super) authorization: Option<String>,
}

/// Why a text is not an endpoint. It never contains the text, in which there may be a password.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Error)]
pub(super) enum EndpointError {
    #[error("it has no scheme: write http:// or https:// before the host")]
    NoScheme,
    #[error("its scheme is not http or https")]
    OtherScheme,
    #[error("its host is not a name, an IPv4 address or an IPv6 address in brackets")]
    Host,
    #[error("its IPv6 address has a zone, which is not supported: name a host or an address without a zone")]
    Zone,
    #[error("its port is not a number from 1 to 65535")]
    Port,
    #[error("it has a user and a password, which cannot be sent there: remove them")]
    Credentials,
    #[error("{0}")]
    Spelling(&'static str),
    #[error("it is not a URL")]
    NotUrl,
}

impl Endpoint {
    pub(super) fn parse(text: &str) -> Result<Self, EndpointError> {
        oddity(text).map_or(Ok(()), |oddity| Err(EndpointError::Spelling(oddity)))?;
        let (scheme, rest) = text.split_once("://").ok_or(EndpointError::NoScheme)?;
        if !["http", "https"].iter().any(|known| known.eq_ignore_ascii_case(scheme)) {
            return Err(EndpointError::OtherScheme);
        }
        let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        let (user, host_and_port) =
            authority.rsplit_once('@').map_or((None, authority), |(user, host)| (Some(user), host));
        check_authority(host_and_port)?;
        let url = format!("{scheme}://{}{path}", host_and_port.trim_end_matches(':'));
        url.parse::<Uri>().map_err(|_| EndpointError::NotUrl)?;
        let url = url.split('#').next().unwrap_or_default().to_owned();
        Ok(Self { url, authorization: user.map(basic) })
    }

    /// Parses the endpoint of a service that takes no user and password.
    pub(super) fn parse_without_user(text: &str) -> Result<String, EndpointError> {
        match Self::parse(text)? {
            Self { url, authorization: None } => Ok(url),
            _ => Err(EndpointError::Credentials),
        }
    }
}

/// Adds a path to that of a URL, before its query.
pub(super) fn join(url: &str, path: &str) -> String {
    let (base, query) = url.split_at(url.find('?').unwrap_or(url.len()));
    format!("{}/{path}{query}", base.trim_end_matches('/'))
}

/// Checks `host[:port]`. The HTTP client would replace a port that is no number by the default one.
pub(super) fn check_authority(host_and_port: &str) -> Result<(), EndpointError> {
    let (host, port) = match host_and_port.rfind(':') {
        Some(at) if !host_and_port[at..].contains(']') => (&host_and_port[..at], &host_and_port[at + 1..]),
        _ => (host_and_port, ""),
    };
    let is_number = port.bytes().all(|byte| byte.is_ascii_digit());
    if let Some(address) = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        if address.contains('%') {
            return Err(EndpointError::Zone);
        }
        address.parse::<Ipv6Addr>().map_err(|_| EndpointError::Host)?;
    } else {
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
        if host.is_empty() || !host.bytes().all(is_allowed) {
            return Err(EndpointError::Host);
        }
    }
    let is_port = port.is_empty() || is_number && port.parse::<u16>().is_ok_and(|port| port > 0);
    if is_port { Ok(()) } else { Err(EndpointError::Port) }
}

/// Basic authentication (RFC 7617) for `user[:password]`, which is percent-encoded in a URL.
fn basic(user: &str) -> String {
    let (user, password) = user.split_once(':').unwrap_or((user, ""));
    let mut plain: Vec<u8> = percent_decode_str(user).collect();
    plain.push(b':');
    plain.extend(percent_decode_str(password));
    format!("Basic {}", BASE64_STANDARD.encode(plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_is_kept_or_refused_with_its_problem() {
        use EndpointError::{Host, NoScheme, NotUrl, OtherScheme, Port, Spelling, Zone};
        for (text, expected) in [
            ("http://collector:4318", Ok("http://collector:4318")),
            ("https://a.example/base/", Ok("https://a.example/base/")),
            ("http://[::1]:4318/v1", Ok("http://[::1]:4318/v1")),
            ("http://127.0.0.1:4318?a=b", Ok("http://127.0.0.1:4318?a=b")),
            ("http://a:/x", Ok("http://a/x")),
            ("http://a:4318/x#part", Ok("http://a:4318/x")),
            ("HTTP://a:4318", Ok("HTTP://a:4318")),
            ("collector:4318", Err(NoScheme)),
            ("/v1/traces", Err(NoScheme)),
            ("unix:/run/otlp.sock", Err(NoScheme)),
            ("unix:///run/otlp.sock", Err(OtherScheme)),
            ("dns:///collector:4317", Err(OtherScheme)),
            ("ftp://a", Err(OtherScheme)),
            ("http://", Err(Host)),
            ("http://:4318", Err(Host)),
            ("http://::1:4318", Err(Host)),
            ("http://[::1:4318", Err(Host)),
            ("http://[a]:4318", Err(Host)),
            ("http://a b:4318", Err(Spelling("it contains a space"))),
            ("\"http://a:4318", Err(Spelling("it contains a quote"))),
            ("http://a,b:4318", Err(Host)),
            ("http://[fe80::1%25eth0]:4318", Err(Zone)),
            ("http://[fe80::1%eth0]:4318", Err(Zone)),
            ("http://a:0", Err(Port)),
            ("http://a:65536", Err(Port)),
            ("http://a:+80", Err(Port)),
            ("http://a:http", Err(Port)),
            ("http://[::1]:99999", Err(Port)),
            ("http://a/ b", Err(Spelling("it contains a space"))),
            ("http://a/\u{7f}", Err(NotUrl)),
        ] {
            let parsed = Endpoint::parse(text);
            assert_eq!(
                parsed.as_ref().map(|endpoint| endpoint.url.as_str()),
                expected.as_ref().copied(),
                "{text}"
            );
        }
    }

    #[test]
    fn user_and_password_are_a_header_and_no_part_of_the_url() {
        let endpoint = Endpoint::parse("https://me:p%40ss@a.example:4318/x").expect("an endpoint");
        assert_eq!(endpoint.url, "https://a.example:4318/x");
        assert_eq!(endpoint.authorization.as_deref(), Some("Basic bWU6cEBzcw=="));
        assert_eq!(
            Endpoint::parse("http://me@a").expect("an endpoint").authorization,
            Some("Basic bWU6".into())
        );
        assert_eq!(Endpoint::parse_without_user("http://me@a"), Err(EndpointError::Credentials));
    }

    #[test]
    fn a_path_is_added_before_the_query() {
        assert_eq!(join("http://a/b/?key=c", "v1/traces"), "http://a/b/v1/traces?key=c");
        assert_eq!(join("http://a", "v1/traces"), "http://a/v1/traces");
    }
}
