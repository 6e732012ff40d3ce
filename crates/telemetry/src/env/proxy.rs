//! Proxies for destinations outside of this machine (`HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY`, upper or lower case).

use std::fmt;
use std::net::IpAddr;

use http::Uri;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};

use super::endpoint::check_authority;
use super::reader::Reader;
use super::variables::{self as v, Variable};

/// Which destination is reached through which proxy; `None` without a proxy. It is never printed: a proxy's URL may
/// contain a password.
#[derive(Clone, Default, Eq, PartialEq)]
pub(crate) struct Proxies(Option<Box<Rules>>);

#[derive(Clone, Default, Eq, PartialEq)]
struct Rules {
    /// For https endpoints.
    https: String,
    /// For http endpoints.
    http: String,
    /// Hosts that are reached directly, separated by commas.
    none: String,
}

impl Proxies {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let none = first(reader, [v::NO_PROXY, v::NO_PROXY_LOWER_CASE]);
        let rules = Rules {
            https: proxy(reader, [v::HTTPS_PROXY, v::HTTPS_PROXY_LOWER_CASE]),
            http: proxy(reader, [v::HTTP_PROXY, v::HTTP_PROXY_LOWER_CASE]),
            none: none.map(|(_, value)| value).unwrap_or_default(),
        };
        let is_any = !rules.https.is_empty() || !rules.http.is_empty();
        Self(is_any.then(|| Box::new(rules)))
    }

    /// The proxy for an endpoint; `None` when it is reached directly. Loopback and names without a dot always are: they
    /// are of this machine or cluster.
    pub(crate) fn for_endpoint(&self, endpoint: &Uri) -> Option<Intercept> {
        let rules = self.0.as_ref().filter(|_| endpoint.host().is_some_and(is_outside));
        rules.and_then(|rules| rules.matcher().intercept(endpoint))
    }
}

impl Rules {
    fn matcher(&self) -> Matcher {
        let Self { https, http, none } = self.clone();
        Matcher::builder().https(https).http(http).no(none).build()
    }
}

/// Whether a host is neither of this machine nor of its cluster.
pub(super) fn is_outside(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    match host.parse::<IpAddr>() {
        Ok(address) => !address.is_loopback(),
        Err(_) => host.contains('.') && !host.ends_with(".localhost"),
    }
}

/// The URL of a proxy; empty for none. The warning about an invalid one does not contain it.
fn proxy(reader: &mut Reader<'_>, variables: [Variable; 2]) -> String {
    let Some((name, url)) = first(reader, variables) else { return String::new() };
    let rules = Rules { https: url.clone(), ..Rules::default() };
    let proxy = rules.matcher().intercept(&Uri::from_static("https://a.example"));
    let authority =
        url.split_once("://").map_or(url.as_str(), |(_, rest)| rest).split(['/', '?', '#']).next();
    let authority = authority.map(|text| text.rsplit_once('@').map_or(text, |(_, host)| host));
    let is_valid = proxy.is_some_and(|proxy| proxy.uri().scheme_str() == Some("http"))
        && authority.is_some_and(|authority| check_authority(authority).is_ok());
    if is_valid {
        return url;
    }
    reader.warnings.push(format!("{name} is ignored: not the http URL of a proxy"));
    String::new()
}

fn first(reader: &Reader<'_>, variables: [Variable; 2]) -> Option<(&'static str, String)> {
    let [upper, lower] = variables.map(|variable| Some((variable.name, reader.text(variable)?)));
    upper.or(lower)
}

impl fmt::Debug for Proxies {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("REDACTED")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxies(pairs: &[(&str, &str)]) -> (Proxies, Vec<String>) {
        let get =
            |name: &str| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        let mut reader = Reader::new(&get);
        let proxies = Proxies::read(&mut reader);
        (proxies, reader.warnings)
    }

    fn host(proxies: &Proxies, endpoint: &'static str) -> Option<String> {
        let proxy = proxies.for_endpoint(&Uri::from_static(endpoint))?;
        proxy.uri().host().map(str::to_owned)
    }

    #[test]
    fn endpoints_outside_have_the_proxy_of_their_scheme() {
        let (proxies, warnings) = proxies(&[("HTTPS_PROXY", "http://s:3128"), ("http_proxy", "p:3128")]);
        assert_eq!(warnings, Vec::<String>::new());
        assert_eq!(host(&proxies, "https://api.honeycomb.io/v1/traces").as_deref(), Some("s"));
        assert_eq!(host(&proxies, "http://collector.example:4318/v1/traces").as_deref(), Some("p"));
    }

    #[test]
    fn loopback_names_without_a_dot_and_no_proxy_are_reached_directly() {
        let variables = [
            ("HTTPS_PROXY", "http://p:3128"),
            ("HTTP_PROXY", "http://p:3128"),
            ("NO_PROXY", "example.com,10.0.0.0/8"),
        ];
        let (proxies, _) = proxies(&variables);
        for direct in [
            "http://127.0.0.1:4318/v1/traces",
            "http://[::1]:4318/v1/traces",
            "https://localhost/v1/traces",
            "https://a.localhost/v1/traces",
            "http://waterfall:4318/v1/traces",
            "https://example.com/v1/traces",
            "https://otlp.example.com/v1/traces",
            "http://10.1.2.3:4318/v1/traces",
        ] {
            assert_eq!(host(&proxies, direct), None, "{direct}");
        }
        assert_eq!(host(&proxies, "https://notexample.com").as_deref(), Some("p"));
        let (all, _) = self::proxies(&[("HTTPS_PROXY", "http://p:3128"), ("no_proxy", "*")]);
        assert_eq!(host(&all, "https://api.honeycomb.io"), None);
    }

    #[test]
    fn a_proxy_that_is_no_http_proxy_is_ignored_without_its_password() {
        for url in [
            "socks5://me:S3CRET@p:1080",
            "https://me:S3CRET@p:3128",
            "http://",
            "!?",
            "http://me:S3CRET@p:99999",
            "http://p:S3CRET",
        ] {
            let (proxies, warnings) = proxies(&[("HTTPS_PROXY", url)]);
            assert_eq!(host(&proxies, "https://a.example"), None, "{url}");
            assert!(
                warnings.concat().contains("HTTPS_PROXY") && !warnings.concat().contains("S3CRET"),
                "{warnings:?}"
            );
        }
        let (proxies, _) = proxies(&[("HTTPS_PROXY", "http://me:S3CRET@p:3128")]);
        assert!(!format!("{proxies:?}").contains("S3CRET"));
    }
}
