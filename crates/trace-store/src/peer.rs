//! What a span calls beyond what is traced: a database, a queue, some server. It is what its attributes say, by the
//! semantic conventions, new and old.

use std::{borrow::Cow, sync::Arc};

use trace_model::{Attribute, SpanKind, Value};

use crate::tokens;

/// Longer names are cut.
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

/// What the spans of a request call: mostly the same few, of which each name is made once.
#[derive(Default)]
pub(crate) struct Peers<'a> {
    known: Vec<(Said<'a>, Option<usize>)>,
    list: Vec<Peer>,
}

impl<'a> Peers<'a> {
    /// More of them are found anew each time.
    const MOST: usize = 16;

    /// Which of the list a span calls that is of a kind that calls, or takes a message; None for all others, and for those
    /// that do not say.
    pub(crate) fn of(&mut self, kind: SpanKind, said: Said<'a>) -> Option<usize> {
        if !matches!(kind, SpanKind::Client | SpanKind::Producer | SpanKind::Consumer) {
            return None;
        }
        if let Some((_, peer)) = self.known.iter().find(|(known, _)| *known == said) {
            return *peer;
        }
        let peer = said.peer().map(|peer| {
            self.list.push(peer);
            self.list.len() - 1
        });
        if self.known.len() < Self::MOST {
            self.known.push((said, peer));
        }
        peer
    }

    pub(crate) fn into_list(self) -> Vec<Peer> {
        self.list
    }
}

/// What a span says of its peer, as it stands on the wire: few of them have to be read.
#[derive(Default, PartialEq)]
pub(crate) struct Said<'a> {
    service: Option<&'a [u8]>,
    database: Option<&'a [u8]>,
    namespace: Option<&'a [u8]>,
    messaging: Option<&'a [u8]>,
    destination: Option<&'a [u8]>,
    server: Option<&'a [u8]>,
    port: Option<&'a [u8]>,
}

impl<'a> Said<'a> {
    /// Takes note of an attribute, given as its `KeyValue` message.
    #[inline]
    pub(crate) fn hear(&mut self, raw: &'a [u8]) {
        let field = match tokens::key(raw) {
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
        // What is said twice counts as it was said last, if that says anything.
        if field.is_none() || text(raw).is_some() {
            *field = Some(raw);
        }
    }

    fn peer(&self) -> Option<Peer> {
        let [database, messaging, service, server] =
            [self.database, self.messaging, self.service, self.server].map(|raw| raw.and_then(text));
        let (kind, name) = match (&database, &messaging, &service, &server) {
            (Some(_), _, Some(service), _) => (PeerKind::Database, cut(service).into()),
            (Some(system), ..) => {
                (PeerKind::Database, joined(system, " ", self.namespace.and_then(text).as_deref()))
            }
            (None, Some(system), ..) => {
                (PeerKind::Messaging, joined(system, " ", self.destination.and_then(text).as_deref()))
            }
            (None, None, Some(service), _) => (PeerKind::Remote, cut(service).into()),
            (None, None, None, Some(server)) => {
                let port = self.port.and_then(number).map(|port| port.to_string());
                (PeerKind::Remote, joined(server, ":", port.as_deref()))
            }
            (None, None, None, None) => return None,
        };
        Some(Peer { kind, name })
    }
}

/// The text that an attribute is, unless it is empty.
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

fn joined(name: &str, between: &str, detail: Option<&str>) -> Arc<str> {
    match detail {
        Some(detail) => [cut(name), between, cut(detail)].concat().into(),
        None => cut(name).into(),
    }
}

/// As much of a name as is kept.
fn cut(name: &str) -> &str {
    // No more bytes are no more letters.
    if name.len() <= MAX_NAME {
        return name;
    }
    name.char_indices().nth(MAX_NAME).and_then(|(end, _)| name.get(..end)).unwrap_or(name)
}
