//! The peer of a call, as the caller's span names it: a database, a message queue or another server.
//!
//! It is named from the span's attributes, by the current and the older semantic conventions.

use std::{borrow::Cow, sync::Arc};

use crate::{Attribute, Span, SpanKind, Value, value::raw_key};

/// Characters of a name; longer names are truncated.
const MAX_NAME: usize = 128;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PeerKind {
    Database,
    Messaging,
    /// Any other server.
    Remote,
}

impl PeerKind {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Database => "database",
            Self::Messaging => "messaging",
            Self::Remote => "remote",
        }
    }
}

/// The other side of a call.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Peer {
    pub kind: PeerKind,
    pub name: Arc<str>,
}

impl Peer {
    /// The peer of a span; `None` where its kind has none or its attributes name none.
    pub fn of(span: &Span<'_>) -> Option<Self> {
        if !has_peer(span.kind) {
            return None;
        }
        let mut attributes = PeerAttributes::default();
        span.raw_attributes().for_each(|raw| attributes.observe(raw));
        attributes.peer()
    }
}

/// Whether spans of a kind have a peer: clients, producers and consumers.
pub const fn has_peer(kind: SpanKind) -> bool {
    matches!(kind, SpanKind::Client | SpanKind::Producer | SpanKind::Consumer)
}

/// The attributes of a span that name its peer, still encoded. Few spans need them decoded.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct PeerAttributes<'a> {
    service: Option<&'a [u8]>,
    database: Option<&'a [u8]>,
    namespace: Option<&'a [u8]>,
    messaging: Option<&'a [u8]>,
    destination: Option<&'a [u8]>,
    server: Option<&'a [u8]>,
    port: Option<&'a [u8]>,
}

impl<'a> PeerAttributes<'a> {
    /// Stores an attribute, given as its `KeyValue` message, if it names a part of the peer.
    #[inline]
    pub fn observe(&mut self, raw: &'a [u8]) {
        let field = match raw_key(raw) {
            Some(b"peer.service" | b"service.peer.name") => &mut self.service,
            Some(b"db.system.name" | b"db.system") => &mut self.database,
            Some(b"db.namespace" | b"db.name") => &mut self.namespace,
            Some(b"messaging.system") => &mut self.messaging,
            Some(b"messaging.destination.name" | b"messaging.destination") => &mut self.destination,
            Some(b"server.address" | b"net.peer.name") => &mut self.server,
            Some(b"server.port" | b"net.peer.port") => {
                if self.port.is_none() || number(raw).is_some() {
                    self.port = Some(raw);
                }
                return;
            }
            _ => return,
        };
        // Of duplicates the last one counts, unless it has no text.
        if field.is_none() || text(raw).is_some() {
            *field = Some(raw);
        }
    }

    /// The peer that the attributes name.
    pub fn peer(&self) -> Option<Peer> {
        let [database, messaging, service, server] =
            [self.database, self.messaging, self.service, self.server].map(|raw| raw.and_then(text));
        let (kind, name) = match (&database, &messaging, &service, &server) {
            (Some(_), _, Some(service), _) => (PeerKind::Database, truncated(service).into()),
            (Some(system), ..) => {
                (PeerKind::Database, joined(system, " ", self.namespace.and_then(text).as_deref()))
            }
            (None, Some(system), ..) => {
                (PeerKind::Messaging, joined(system, " ", self.destination.and_then(text).as_deref()))
            }
            (None, None, Some(service), _) => (PeerKind::Remote, truncated(service).into()),
            (None, None, None, Some(server)) => {
                let port = self.port.and_then(number).map(|port| port.to_string());
                (PeerKind::Remote, joined(server, ":", port.as_deref()))
            }
            (None, None, None, None) => return None,
        };
        Some(Peer { kind, name })
    }
}

/// The text of an attribute, unless it is empty.
fn text(raw: &[u8]) -> Option<Cow<'_, str>> {
    match Attribute::decode(raw).value {
        Value::String(text) if !text.is_empty() => Some(text),
        _ => None,
    }
}

fn number(raw: &[u8]) -> Option<i64> {
    match Attribute::decode(raw).value {
        Value::Int(number) => Some(number),
        _ => None,
    }
}

fn joined(name: &str, separator: &str, detail: Option<&str>) -> Arc<str> {
    match detail {
        Some(detail) => [truncated(name), separator, truncated(detail)].concat().into(),
        None => truncated(name).into(),
    }
}

/// At most [`MAX_NAME`] characters of a name.
fn truncated(name: &str) -> &str {
    // A name has at most as many characters as bytes.
    if name.len() <= MAX_NAME {
        return name;
    }
    name.char_indices().nth(MAX_NAME).and_then(|(end, _)| name.get(..end)).unwrap_or(name)
}
