//! What the HTTP conventions say about both ends of a request.

/// `http.request.method` of every method that the conventions know, and of those that they do not.
const METHODS: [&str; 11] =
    ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "QUERY", "CONNECT", "TRACE", "_OTHER"];

/// A request's method as the conventions know it: its place among them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Method(usize);

impl Method {
    /// One that a stranger invented.
    pub(crate) const OTHER: Self = Self(METHODS.len() - 1);

    pub(crate) fn parse(method: &str) -> Self {
        METHODS.iter().position(|known| *known == method).map_or(Self::OTHER, Self)
    }

    /// Each of them.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        (0..METHODS.len()).map(Self)
    }

    /// `http.request.method`
    pub(crate) fn name(self) -> &'static str {
        METHODS[self.0]
    }

    /// How the name of a span begins.
    pub(crate) fn span_name(self) -> &'static str {
        if self == Self::OTHER { "HTTP" } else { self.name() }
    }
}

/// How a request came.
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

/// That of an answer.
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

/// That of a request.
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

/// The port that a scheme has when none is written.
pub(crate) fn default_port(scheme: &str) -> u16 {
    if scheme == "https" { 443 } else { 80 }
}

/// `host:port` as its two parts; a bracketed IPv6 address loses its brackets.
pub(crate) fn host_and_port(authority: &str) -> Option<(&str, Option<u16>)> {
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
    fn a_method_is_known_by_its_name_and_an_unknown_one_has_none_of_its_own() {
        for method in Method::all() {
            assert_eq!(Method::parse(method.name()), method);
        }
        assert_eq!(Method::parse("get"), Method::OTHER);
        assert_eq!(Method::parse("BREW"), Method::OTHER);
    }

    #[test]
    fn an_authority_splits_into_host_and_port() {
        assert_eq!(host_and_port("example.org"), Some(("example.org", None)));
        assert_eq!(host_and_port("example.org:8080"), Some(("example.org", Some(8080))));
        assert_eq!(host_and_port("[::1]:8080"), Some(("::1", Some(8080))));
        assert_eq!(host_and_port("[::1]"), Some(("::1", None)));
        assert_eq!(host_and_port("example.org:eighty"), None);
        assert_eq!(host_and_port(":8080"), None);
        assert_eq!(host_and_port(""), None);
    }
}
