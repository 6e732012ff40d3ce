//! What a span calls beyond what is traced: a database, a queue, some server. It is what its attributes say, by the
//! semantic conventions, new and old.

use std::{borrow::Cow, sync::Arc};

use trace_model::{Attribute, Span, SpanKind, Value};

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

/// Of a span that calls, or takes a message; None for all others, and for those that do not say.
pub(crate) fn of(span: &Span<'_>) -> Option<Peer> {
    if !matches!(span.kind, SpanKind::Client | SpanKind::Producer | SpanKind::Consumer) {
        return None;
    }
    let mut said = Said::default();
    for raw in span.raw_attributes().filter(|raw| may_tell(raw)) {
        said.hear(Attribute::decode(raw));
    }
    said.peer()
}

/// Looked at as bytes: the key comes first, after its tag and its length.
fn may_tell(attribute: &[u8]) -> bool {
    let key = attribute.get(1).and_then(|length| attribute.get(2..2 + usize::from(*length)));
    matches!(
        key,
        Some(
            b"peer.service"
                | b"service.peer.name"
                | b"db.system.name"
                | b"db.system"
                | b"db.namespace"
                | b"db.name"
                | b"messaging.system"
                | b"messaging.destination.name"
                | b"server.address"
                | b"server.port"
        )
    )
}

#[derive(Default)]
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
    fn hear(&mut self, attribute: Attribute<'a>) {
        let field = match &*attribute.key {
            "peer.service" | "service.peer.name" => &mut self.service,
            "db.system.name" | "db.system" => &mut self.database,
            "db.namespace" | "db.name" => &mut self.namespace,
            "messaging.system" => &mut self.messaging,
            "messaging.destination.name" => &mut self.destination,
            "server.address" => &mut self.server,
            "server.port" => {
                if let Value::Int(port) = attribute.value {
                    self.port = Some(port);
                }
                return;
            }
            _ => return,
        };
        if let Value::String(text) = attribute.value
            && !text.is_empty()
        {
            *field = Some(text);
        }
    }

    fn peer(self) -> Option<Peer> {
        let (kind, name) = match (self.database, self.messaging, self.service, self.server) {
            (Some(_), _, Some(service), _) => (PeerKind::Database, cut(&service).into()),
            (Some(system), ..) => (PeerKind::Database, joined(&system, " ", self.namespace.as_deref())),
            (None, Some(system), ..) => {
                (PeerKind::Messaging, joined(&system, " ", self.destination.as_deref()))
            }
            (None, None, Some(service), _) => (PeerKind::Remote, cut(&service).into()),
            (None, None, None, Some(server)) => {
                let port = self.port.map(|port| port.to_string());
                (PeerKind::Remote, joined(&server, ":", port.as_deref()))
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
