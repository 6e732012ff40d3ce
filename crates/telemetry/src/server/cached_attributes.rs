//! The attributes of server spans that repeat, for the attribute cache: target, client address, and response.

use std::net::IpAddr;

use actix_web::http::StatusCode;

use crate::otlp::{AttributeCache, Attributes, CachedAttributes, client_text};
use crate::semconv::{RequestInfo, default_port, host_and_port};

thread_local! {
    pub(super) static TARGETS: AttributeCache<(RequestInfo, Option<Box<[u8]>>)> = const { AttributeCache::new() };
    pub(super) static PEERS: AttributeCache<IpAddr> = const { AttributeCache::new() };
    pub(super) static RESPONSES: AttributeCache<(StatusCode, Option<Box<str>>)> = const { AttributeCache::new() };
}

/// Method, scheme, version and authority of a request.
pub(super) struct RequestTarget<'a> {
    pub(super) info: RequestInfo,
    /// `host[:port]`, if there is one.
    pub(super) authority: Option<&'a [u8]>,
}

impl CachedAttributes for RequestTarget<'_> {
    type Key = (RequestInfo, Option<Box<[u8]>>);

    fn matches(&self, (info, authority): &Self::Key) -> bool {
        self.info == *info && self.authority == authority.as_deref()
    }

    fn key(&self) -> Option<Self::Key> {
        /// Bytes of an authority. A host name has no more.
        const MAX_LENGTH: usize = 255;
        let is_short = self.authority.is_none_or(|authority| authority.len() <= MAX_LENGTH);
        is_short.then(|| (self.info, self.authority.map(Into::into)))
    }

    fn write(&self, attributes: &mut Attributes) {
        let RequestInfo { method, scheme, version } = self.info;
        attributes.add("http.request.method", method.name());
        attributes.add("url.scheme", scheme.name());
        attributes.add("network.protocol.version", version.name());
        let authority = self.authority.and_then(|authority| std::str::from_utf8(authority).ok());
        if let Some((host, port)) = authority.and_then(host_and_port) {
            attributes.add("server.address", client_text(host));
            attributes.add("server.port", i64::from(port.unwrap_or_else(|| default_port(scheme.name()))));
        }
    }
}

/// The address of the client.
pub(super) struct PeerAddress(pub(super) IpAddr);

impl CachedAttributes for PeerAddress {
    type Key = IpAddr;

    fn matches(&self, key: &IpAddr) -> bool {
        self.0 == *key
    }

    fn key(&self) -> Option<IpAddr> {
        Some(self.0)
    }

    fn write(&self, attributes: &mut Attributes) {
        attributes.add_formatted_to(["client.address", "network.peer.address"], format_args!("{}", self.0));
    }
}

/// Status and route of a response.
pub(super) struct ResponseInfo<'a> {
    pub(super) status: StatusCode,
    pub(super) route: Option<&'a str>,
}

impl CachedAttributes for ResponseInfo<'_> {
    type Key = (StatusCode, Option<Box<str>>);

    fn matches(&self, (status, route): &Self::Key) -> bool {
        self.status == *status && self.route == route.as_deref()
    }

    fn key(&self) -> Option<Self::Key> {
        Some((self.status, self.route.map(Into::into)))
    }

    fn write(&self, attributes: &mut Attributes) {
        if let Some(route) = self.route {
            attributes.add("http.route", route);
        }
        attributes.add("http.response.status_code", i64::from(self.status.as_u16()));
    }
}
