//! What server spans say alike, one after another.

use std::net::IpAddr;

use actix_web::http::StatusCode;

use crate::http::{Asked, default_port, host_and_port};
use crate::otlp::{Alike, Attributes, Memory};

thread_local! {
    pub(super) static ADDRESSED: Memory<(Asked, Option<Box<[u8]>>)> = const { Memory::new() };
    pub(super) static PEERS: Memory<IpAddr> = const { Memory::new() };
    pub(super) static ANSWERS: Memory<(StatusCode, Option<Box<str>>)> = const { Memory::new() };
}

/// How a request came, and to whom.
pub(super) struct Addressed<'a> {
    pub(super) asked: Asked,
    /// `host[:port]`, if it is text.
    pub(super) authority: Option<&'a [u8]>,
}

impl Alike for Addressed<'_> {
    type Known = (Asked, Option<Box<[u8]>>);

    fn is(&self, (asked, authority): &Self::Known) -> bool {
        self.asked == *asked && self.authority == authority.as_deref()
    }

    fn known(&self) -> Option<Self::Known> {
        /// Bytes; no name of a host is longer.
        const LONGEST: usize = 255;
        let short = self.authority.is_none_or(|authority| authority.len() <= LONGEST);
        short.then(|| (self.asked, self.authority.map(Into::into)))
    }

    fn say(&self, said: &mut Attributes) {
        let Asked { method, scheme, version } = self.asked;
        said.add("http.request.method", method.name());
        said.add("url.scheme", scheme.name());
        said.add("network.protocol.version", version.name());
        let authority = self.authority.and_then(|authority| std::str::from_utf8(authority).ok());
        if let Some((host, port)) = authority.and_then(host_and_port) {
            said.add("server.address", host);
            said.add("server.port", i64::from(port.unwrap_or_else(|| default_port(scheme.name()))));
        }
    }
}

/// Whose request it is.
pub(super) struct Peer(pub(super) IpAddr);

impl Alike for Peer {
    type Known = IpAddr;

    fn is(&self, known: &IpAddr) -> bool {
        self.0 == *known
    }

    fn known(&self) -> Option<IpAddr> {
        Some(self.0)
    }

    fn say(&self, said: &mut Attributes) {
        said.add_formatted_to(["client.address", "network.peer.address"], format_args!("{}", self.0));
    }
}

/// How it was answered, and by which route.
pub(super) struct Answer<'a> {
    pub(super) status: StatusCode,
    pub(super) route: Option<&'a str>,
}

impl Alike for Answer<'_> {
    type Known = (StatusCode, Option<Box<str>>);

    fn is(&self, (status, route): &Self::Known) -> bool {
        self.status == *status && self.route == route.as_deref()
    }

    fn known(&self) -> Option<Self::Known> {
        Some((self.status, self.route.map(Into::into)))
    }

    fn say(&self, said: &mut Attributes) {
        if let Some(route) = self.route {
            said.add("http.route", route);
        }
        said.add("http.response.status_code", i64::from(self.status.as_u16()));
    }
}
