//! Addresses and paths of calls: `http://stock:8080/price/4` asks `stock:8080` for `/price/4`.

use std::{fmt, ops::Range};

/// Host and port, as a client asks for them or a server is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Address<'a> {
    pub(crate) host: &'a str,
    pub(crate) port: u16,
}

impl<'a> Address<'a> {
    /// `host`, `host:port` or `[v6]:port`; `port` where the text has none.
    pub(crate) fn parse(text: &'a str, port: Option<u16>) -> Option<Self> {
        let (host, own) = match text.rsplit_once(':') {
            Some((host, digits)) if !host.contains(':') || host.ends_with(']') => {
                (host, Some(digits.parse().ok()?))
            }
            _ => (text, None),
        };
        let port = own.or(port)?;
        (!host.is_empty()).then_some(Self { host, port })
    }
}

impl fmt::Display for Address<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

/// Where address and path are in an absolute URL: a span's URL is asked for them many times.
#[derive(Debug, Clone)]
pub(crate) struct UrlParts {
    host: Range<usize>,
    /// Of the URL, else the default of the scheme. `None`: the URL names no address.
    port: Option<u16>,
    /// Without query; empty where the URL has none.
    path: Range<usize>,
}

impl UrlParts {
    pub(crate) fn of(url: &str) -> Option<Self> {
        let (scheme, rest) = url.split_once("://")?;
        let begin = scheme.len() + "://".len();
        let end = begin + rest.find(['/', '?']).unwrap_or(rest.len());
        let begin = url[begin..end].rfind('@').map_or(begin, |at| begin + at + 1);
        let default = match scheme {
            "http" | "ws" => Some(80),
            "https" | "wss" => Some(443),
            _ => None,
        };
        let address = Address::parse(&url[begin..end], default);
        let path = end..end + without_query(&url[end..]).len();
        let host = begin..begin + address.map_or(0, |address| address.host.len());
        Some(Self { host, port: address.map(|address| address.port), path })
    }

    /// `url` is what these are the parts of.
    pub(crate) fn address<'u>(&self, url: &'u str) -> Option<Address<'u>> {
        Some(Address { host: &url[self.host.clone()], port: self.port? })
    }

    pub(crate) fn path<'u>(&self, url: &'u str) -> &'u str {
        if self.path.is_empty() { "/" } else { &url[self.path.clone()] }
    }
}

pub(crate) fn without_query(path: &str) -> &str {
    path.split(['?', '#']).next().unwrap_or_default()
}

/// Writes the path with `{}` for each segment that has a digit: an id, most likely.
pub(crate) fn write_template(out: &mut String, path: &str) {
    let (mut begin, mut is_id) = (0, false);
    for (at, byte) in path.bytes().enumerate() {
        if byte == b'/' {
            out.push_str(if is_id { "{}" } else { &path[begin..at] });
            out.push('/');
            (begin, is_id) = (at + 1, false);
        } else {
            is_id |= byte.is_ascii_digit();
        }
    }
    out.push_str(if is_id { "{}" } else { &path[begin..] });
}

/// The last segment of a path: the id of what is asked for, where there is one.
pub(crate) fn last_segment(path: &str) -> Option<&str> {
    let bytes = path.as_bytes();
    let end = bytes.iter().rposition(|byte| *byte != b'/')? + 1;
    let begin = bytes[..end].iter().rposition(|byte| *byte == b'/')? + 1;
    Some(&path[begin..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_split_into_address_and_path() {
        let split = |url: &'static str| UrlParts::of(url).map(|parts| (parts.address(url), parts.path(url)));
        let stock = Address { host: "stock", port: 8080 };
        assert_eq!(split("http://stock:8080/price/4?x=1"), Some((Some(stock), "/price/4")));
        assert_eq!(split("https://a.b"), Some((Some(Address { host: "a.b", port: 443 }), "/")));
        assert_eq!(split("http://u:p@[::1]:80/x"), Some((Some(Address { host: "[::1]", port: 80 }), "/x")));
        assert_eq!(split("/relative"), None);
    }

    #[test]
    fn a_port_in_the_host_wins() {
        assert_eq!(Address::parse("a:1", Some(2)), Some(Address { host: "a", port: 1 }));
        assert_eq!(Address::parse("a", Some(2)), Some(Address { host: "a", port: 2 }));
        assert_eq!(Address::parse("a:x", Some(2)), None);
        assert_eq!(Address::parse("a", None), None);
    }

    #[test]
    fn segments_with_digits_are_ids() {
        let mut template = String::new();
        write_template(&mut template, "/price/4/of/eu0");
        assert_eq!(template, "/price/{}/of/{}");
        write_template(&mut template, "é7/ü/");
        assert_eq!(template, "/price/{}/of/{}{}/ü/");
        assert_eq!(last_segment("/price/4/"), Some("4"));
        assert_eq!(last_segment("/price//é"), Some("é"));
        assert_eq!(last_segment("/"), None);
        assert_eq!(last_segment("price"), None);
    }
}
