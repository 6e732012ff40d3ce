//! The attributes of client spans that repeat, for the attribute cache: target and response.

use std::net::SocketAddr;

use reqwest::StatusCode;

use crate::otlp::{AttributeCache, Attributes, CachedAttributes};
use crate::semconv::{Method, Version};

thread_local! {
    pub(super) static TARGETS: AttributeCache<(Method, Box<str>, u16)> = const { AttributeCache::new() };
    pub(super) static RESPONSES: AttributeCache<ResponseInfo> = const { AttributeCache::new() };
}

/// Method, host and port of a request.
pub(super) struct RequestTarget<'a> {
    pub(super) method: Method,
    /// Empty when the URL has none.
    pub(super) host: &'a str,
    pub(super) port: u16,
}

impl CachedAttributes for RequestTarget<'_> {
    type Key = (Method, Box<str>, u16);

    fn matches(&self, (method, host, port): &Self::Key) -> bool {
        self.method == *method && self.port == *port && *self.host == **host
    }

    fn key(&self) -> Option<Self::Key> {
        Some((self.method, self.host.into(), self.port))
    }

    fn write(&self, attributes: &mut Attributes) {
        attributes.add("http.request.method", self.method.name());
        if !self.host.is_empty() {
            attributes.add("server.address", self.host.trim_matches(['[', ']']));
        }
        attributes.add("server.port", i64::from(self.port));
    }
}

/// Status, version and peer of a response.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct ResponseInfo {
    pub(super) status: StatusCode,
    pub(super) version: Version,
    pub(super) peer: Option<SocketAddr>,
}

impl CachedAttributes for ResponseInfo {
    type Key = Self;

    fn matches(&self, known: &Self) -> bool {
        self == known
    }

    fn key(&self) -> Option<Self> {
        Some(*self)
    }

    fn write(&self, attributes: &mut Attributes) {
        attributes.add("http.response.status_code", i64::from(self.status.as_u16()));
        attributes.add("network.protocol.version", self.version.name());
        if let Some(peer) = self.peer {
            attributes.add_formatted("network.peer.address", format_args!("{}", peer.ip()));
            attributes.add("network.peer.port", i64::from(peer.port()));
        }
    }
}
