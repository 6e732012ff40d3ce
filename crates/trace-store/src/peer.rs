//! What a span calls beyond what is traced: a database, a queue, some server. It is what its attributes say, by the
//! semantic conventions, new and old.

use std::sync::Arc;

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
    // Looked at as bytes first: the key comes after its tag and its length.
    for raw in span.raw_attributes().filter(|raw| may_tell(raw.get(2..).unwrap_or_default())) {
        said.hear(Attribute::decode(raw));
    }
    said.peer()
}

fn may_tell(key: &[u8]) -> bool {
    [&b"db."[..], b"messaging.", b"peer.service", b"service.peer.name", b"server."]
        .iter()
        .any(|prefix| key.starts_with(prefix))
}

#[derive(Default)]
struct Said {
    service: Option<String>,
    database: Option<String>,
    namespace: Option<String>,
    messaging: Option<String>,
    destination: Option<String>,
    server: Option<String>,
    port: Option<i64>,
}

impl Said {
    fn hear(&mut self, attribute: Attribute<'_>) {
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
            *field = Some(text.chars().take(MAX_NAME).collect());
        }
    }

    fn peer(self) -> Option<Peer> {
        let with = |name: String, detail: Option<String>| {
            detail.map_or(name.clone(), |more| format!("{name} {more}"))
        };
        let (kind, name) = if let Some(system) = self.database {
            (PeerKind::Database, self.service.unwrap_or_else(|| with(system, self.namespace)))
        } else if let Some(system) = self.messaging {
            (PeerKind::Messaging, with(system, self.destination))
        } else if let Some(service) = self.service {
            (PeerKind::Remote, service)
        } else {
            let server = self.server?;
            (PeerKind::Remote, self.port.map_or(server.clone(), |port| format!("{server}:{port}")))
        };
        Some(Peer { kind, name: name.into() })
    }
}
