//! What the HTTP conventions say about both ends of a request.

/// A request's method as the conventions know it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Method {
    Get,
    Post,
    Put,
    Delete,
    Patch,
    Head,
    Options,
    Query,
    Connect,
    Trace,
    /// One that a stranger invented.
    Other,
}

impl Method {
    pub(crate) const ALL: [Self; 11] = [
        Self::Get,
        Self::Post,
        Self::Put,
        Self::Delete,
        Self::Patch,
        Self::Head,
        Self::Options,
        Self::Query,
        Self::Connect,
        Self::Trace,
        Self::Other,
    ];

    pub(crate) fn of(method: &str) -> Self {
        match method {
            "GET" => Self::Get,
            "POST" => Self::Post,
            "PUT" => Self::Put,
            "DELETE" => Self::Delete,
            "PATCH" => Self::Patch,
            "HEAD" => Self::Head,
            "OPTIONS" => Self::Options,
            "QUERY" => Self::Query,
            "CONNECT" => Self::Connect,
            "TRACE" => Self::Trace,
            _ => Self::Other,
        }
    }

    /// `http.request.method`
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
            Self::Patch => "PATCH",
            Self::Head => "HEAD",
            Self::Options => "OPTIONS",
            Self::Query => "QUERY",
            Self::Connect => "CONNECT",
            Self::Trace => "TRACE",
            Self::Other => "_OTHER",
        }
    }

    /// How the name of a span begins.
    pub(crate) fn in_name(self) -> &'static str {
        if self == Self::Other { "HTTP" } else { self.name() }
    }
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
        for method in Method::ALL {
            assert_eq!(Method::of(method.name()), method);
        }
        assert_eq!(Method::of("get"), Method::Other);
        assert_eq!(Method::of("BREW"), Method::Other);
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
