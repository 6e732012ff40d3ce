//! What the HTTP conventions say about both ends of a request.

/// The methods that the conventions know.
pub(crate) const METHODS: [&str; 10] =
    ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "QUERY", "CONNECT", "TRACE"];

/// The method as the conventions know it; `None` for one that a stranger invented.
pub(crate) fn known_method(method: &str) -> Option<&'static str> {
    METHODS.into_iter().find(|known| *known == method)
}

/// `network.protocol.version` of an answer.
pub(crate) fn client_version(version: reqwest::Version) -> &'static str {
    match version {
        reqwest::Version::HTTP_09 => "0.9",
        reqwest::Version::HTTP_10 => "1.0",
        reqwest::Version::HTTP_2 => "2",
        reqwest::Version::HTTP_3 => "3",
        _ => "1.1",
    }
}

/// `network.protocol.version` of a request.
pub(crate) fn server_version(version: actix_web::http::Version) -> &'static str {
    match version {
        actix_web::http::Version::HTTP_09 => "0.9",
        actix_web::http::Version::HTTP_10 => "1.0",
        actix_web::http::Version::HTTP_2 => "2",
        actix_web::http::Version::HTTP_3 => "3",
        _ => "1.1",
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
    fn an_unknown_method_has_no_name_of_its_own() {
        assert_eq!(known_method("GET"), Some("GET"));
        assert_eq!(known_method("get"), None);
        assert_eq!(known_method("BREW"), None);
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
