//! The peer of a call that is not traced itself: a database, a message queue or another server.
//!
//! It is named from the span's attributes, by the current and the older semantic conventions.

use std::{borrow::Cow, sync::Arc};

use trace_model::{Attribute, SpanKind, Value};

use super::token;

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

/// The peers of the spans of a request. They are mostly the same few, so that each name is built once.
#[derive(Default)]
pub(crate) struct PeerCache<'a> {
    known: Vec<(PeerAttributes<'a>, Option<usize>)>,
    list: Vec<Peer>,
}

impl<'a> PeerCache<'a> {
    /// Entries of the cache. Further peers are built each time.
    const CAPACITY: usize = 16;

    /// The peer of a client, producer or consumer span, as its position in the list. `None` for other kinds, and for
    /// spans whose attributes name no peer.
    pub(crate) fn resolve(&mut self, kind: SpanKind, attributes: PeerAttributes<'a>) -> Option<usize> {
        if !matches!(kind, SpanKind::Client | SpanKind::Producer | SpanKind::Consumer) {
            return None;
        }
        if let Some((_, peer)) = self.known.iter().find(|(known, _)| *known == attributes) {
            return *peer;
        }
        let peer = attributes.peer().map(|peer| {
            self.list.push(peer);
            self.list.len() - 1
        });
        if self.known.len() < Self::CAPACITY {
            self.known.push((attributes, peer));
        }
        peer
    }

    pub(crate) fn into_list(self) -> Vec<Peer> {
        self.list
    }
}

/// The attributes of a span that name its peer, still encoded. Few spans need them decoded.
#[derive(Default, PartialEq)]
pub(crate) struct PeerAttributes<'a> {
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
    pub(crate) fn observe(&mut self, raw: &'a [u8]) {
        let field = match token::key(raw) {
            Some(b"peer.service" | b"service.peer.name") => &mut self.service,
            Some(b"db.system.name" | b"db.system") => &mut self.database,
            Some(b"db.namespace" | b"db.name") => &mut self.namespace,
            Some(b"messaging.system") => &mut self.messaging,
            Some(b"messaging.destination.name") => &mut self.destination,
            Some(b"server.address") => &mut self.server,
            Some(b"server.port") => {
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

    fn peer(&self) -> Option<Peer> {
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
