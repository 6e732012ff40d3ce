//! What a span calls beyond what is traced: a database, a queue, some server. It is what its attributes say, by the
//! semantic conventions, new and old.

use std::{borrow::Cow, sync::Arc};

use trace_model::{Attribute, Span, SpanKind, Value};

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
    known: Vec<(Said<'a>, Option<Peer>)>,
}

impl<'a> Peers<'a> {
    /// More of them are found anew each time.
    const MOST: usize = 16;

    /// Of a span that calls, or takes a message; None for all others, and for those that do not say.
    pub(crate) fn of(&mut self, span: &Span<'a>) -> Option<Peer> {
        if !matches!(span.kind, SpanKind::Client | SpanKind::Producer | SpanKind::Consumer) {
            return None;
        }
        let mut said = Said::default();
        span.raw_attributes().for_each(|raw| said.hear(raw));
        if let Some((_, peer)) = self.known.iter().find(|(known, _)| *known == said) {
            return peer.clone();
        }
        let peer = said.peer();
        if self.known.len() < Self::MOST {
            self.known.push((said, peer.clone()));
        }
        peer
    }
}

#[derive(Default, PartialEq)]
struct Said<'a> {
    service: Option<Cow<'a, str>>,
    database: Option<Cow<'a, str>>,
    namespace: Option<Cow<'a, str>>,
    messaging: Option<Cow<'a, str>>,
    destination: Option<Cow<'a, str>>,
    server: Option<Cow<'a, str>>,
    port: Option<i64>,
}

impl<'a> Said<'a> {
    fn hear(&mut self, raw: &'a [u8]) {
        let field = match tokens::key(raw) {
            Some(b"peer.service" | b"service.peer.name") => &mut self.service,
            Some(b"db.system.name" | b"db.system") => &mut self.database,
            Some(b"db.namespace" | b"db.name") => &mut self.namespace,
            Some(b"messaging.system") => &mut self.messaging,
            Some(b"messaging.destination.name") => &mut self.destination,
            Some(b"server.address") => &mut self.server,
            Some(b"server.port") => {
                if let Value::Int(port) = Attribute::decode(raw).value {
                    self.port = Some(port);
                }
                return;
            }
            _ => return,
        };
        if let Value::String(text) = Attribute::decode(raw).value
            && !text.is_empty()
        {
            *field = Some(text);
        }
    }

    fn peer(&self) -> Option<Peer> {
        let (kind, name) = match (&self.database, &self.messaging, &self.service, &self.server) {
            (Some(_), _, Some(service), _) => (PeerKind::Database, cut(service).into()),
            (Some(system), ..) => (PeerKind::Database, joined(system, " ", self.namespace.as_deref())),
            (None, Some(system), ..) => {
                (PeerKind::Messaging, joined(system, " ", self.destination.as_deref()))
            }
            (None, None, Some(service), _) => (PeerKind::Remote, cut(service).into()),
            (None, None, None, Some(server)) => {
                let port = self.port.map(|port| port.to_string());
                (PeerKind::Remote, joined(server, ":", port.as_deref()))
            }
            (None, None, None, None) => return None,
        };
        Some(Peer { kind, name })
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
