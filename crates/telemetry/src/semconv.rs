//! The semantic conventions: their version, and values of those for HTTP that servers and clients share.

use opentelemetry::InstrumentationScope;

/// The version of the conventions that resources, spans and metrics follow.
pub(crate) const SCHEMA_URL: &str = "https://opentelemetry.io/schemas/1.42.0";

/// The scope of this crate's spans, metrics and logs.
pub(crate) fn scope() -> InstrumentationScope {
    InstrumentationScope::builder("telemetry")
        .with_version(env!("CARGO_PKG_VERSION"))
        .with_schema_url(SCHEMA_URL)
        .build()
}

/// The values of `http.request.method`. The last one stands for every method that the conventions do not list.
const METHODS: [&str; 11] =
    ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "QUERY", "CONNECT", "TRACE", "_OTHER"];

/// A value of `http.request.method`, as its index in `METHODS`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Method(usize);

impl Method {
    /// A method that the conventions do not list.
    pub(crate) const OTHER: Self = Self(METHODS.len() - 1);

    pub(crate) fn parse(method: &str) -> Self {
        METHODS.iter().position(|known| *known == method).map_or(Self::OTHER, Self)
    }

    /// Every value.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        (0..METHODS.len()).map(Self)
    }

    /// `http.request.method`
    pub(crate) fn name(self) -> &'static str {
        METHODS[self.0]
    }

    /// The method as span names begin with it.
    pub(crate) fn span_name(self) -> &'static str {
        if self == Self::OTHER { "HTTP" } else { self.name() }
    }
}

/// Method, scheme and protocol version of a request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct RequestInfo {
    pub(crate) method: Method,
    pub(crate) scheme: Scheme,
    pub(crate) version: Version,
}

/// `url.scheme`
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Scheme {
    Http,
    Https,
}

impl Scheme {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }
}

/// `network.protocol.version`
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Version {
    Http09,
    Http10,
    Http11,
    Http2,
    Http3,
}

impl Version {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Http09 => "0.9",
            Self::Http10 => "1.0",
            Self::Http11 => "1.1",
            Self::Http2 => "2",
            Self::Http3 => "3",
        }
    }
}

/// The version of a response that reqwest received.
impl From<reqwest::Version> for Version {
    fn from(version: reqwest::Version) -> Self {
        match version {
            reqwest::Version::HTTP_09 => Self::Http09,
            reqwest::Version::HTTP_10 => Self::Http10,
            reqwest::Version::HTTP_2 => Self::Http2,
            reqwest::Version::HTTP_3 => Self::Http3,
            _ => Self::Http11,
        }
    }
}

/// The version of a request that actix-web received.
impl From<actix_web::http::Version> for Version {
    fn from(version: actix_web::http::Version) -> Self {
        match version {
            actix_web::http::Version::HTTP_09 => Self::Http09,
            actix_web::http::Version::HTTP_10 => Self::Http10,
            actix_web::http::Version::HTTP_2 => Self::Http2,
            actix_web::http::Version::HTTP_3 => Self::Http3,
            _ => Self::Http11,
        }
    }
}

/// The port of a URL that names none.
pub(crate) fn default_port(scheme: &str) -> u16 {
    if scheme == "https" { 443 } else { 80 }
}

/// Splits `host[:port]`, without user and password. An IPv6 address loses its brackets.
pub(crate) fn host_and_port(authority: &str) -> Option<(&str, Option<u16>)> {
    let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port.parse().ok()?)),
        _ => (authority, None),
    };
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    (!host.is_empty()).then_some((host, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_method_parses_from_its_name_and_an_unlisted_one_is_other() {
        for method in Method::all() {
            assert_eq!(Method::parse(method.name()), method);
        }
        assert_eq!(Method::parse("get"), Method::OTHER);
        assert_eq!(Method::parse("BREW"), Method::OTHER);
    }

    #[test]
    fn an_authority_splits_into_host_and_port() {
        assert_eq!(host_and_port("example.org"), Some(("example.org", None)));
        assert_eq!(host_and_port("me:pw@example.org:80"), Some(("example.org", Some(80))));
        assert_eq!(host_and_port("example.org:8080"), Some(("example.org", Some(8080))));
        assert_eq!(host_and_port("[::1]:8080"), Some(("::1", Some(8080))));
        assert_eq!(host_and_port("[::1]"), Some(("::1", None)));
        assert_eq!(host_and_port("example.org:eighty"), None);
        assert_eq!(host_and_port(":8080"), None);
        assert_eq!(host_and_port(""), None);
    }
}
