//! What the attributes of a span say about its call, in the conventions of today and of before.

use std::borrow::Cow;

use trace_model::{Origin, Span, SpanKind, Value};

use super::{
    address::{Address, UrlParts, without_query},
    secrets,
};

/// Attributes that the semantic conventions require on spans of one kind or another.
pub(crate) const REQUIRED: [&str; 8] = [
    "http.request.method",
    "url.full",
    "server.address",
    "server.port",
    "url.path",
    "url.scheme",
    "db.system.name",
    "messaging.system",
];

/// Which of [`REQUIRED`] a span lacks, a bit each.
#[derive(Debug, Clone, Copy, Default)]
struct Missing(u8);

/// Facts of one span, borrowed from the received bytes where they are valid UTF-8.
#[derive(Debug, Clone, Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, each asked for by name")]
pub(crate) struct Facts<'a> {
    pub(crate) scope: Cow<'a, str>,
    pub(crate) method: Cow<'a, str>,
    pub(crate) route: Cow<'a, str>,
    /// `url.full` of a client, and where its address and path are in it.
    url: Cow<'a, str>,
    url_parts: Option<UrlParts>,
    /// Without query.
    path: Cow<'a, str>,
    /// `server.address` or what came before it.
    server: Cow<'a, str>,
    server_port: Option<u16>,
    pub(crate) status: Option<u16>,
    pub(crate) peer_port: Option<u16>,
    pub(crate) local_port: Option<u16>,
    rare: Option<Box<Rare<'a>>>,
    pub(crate) is_database: bool,
    /// The user agent is that of a browser.
    pub(crate) is_of_browser: bool,
    /// An attribute whose value has another type than the conventions say.
    pub(crate) mistyped: Option<&'static str>,
    has_scheme: bool,
    /// `http.request.method`: the conventions of today.
    is_stable_http: bool,
    has_query: bool,
    has_messaging_system: bool,
    has_rpc_system: bool,
    /// An attribute has the form of a credential.
    pub(crate) has_secret: bool,
    missing: Missing,
}

/// Facts that few spans have. They are apart, so that those of all spans take less memory.
#[derive(Debug, Clone, Default)]
struct Rare<'a> {
    /// The `Host` header, where it is recorded apart.
    host_header: Cow<'a, str>,
    rpc: [Cow<'a, str>; 2],
    destination: Cow<'a, str>,
    thread: Cow<'a, str>,
}

impl<'a> Facts<'a> {
    pub(crate) fn of(origin: &Origin<'a>, span: &Span<'a>) -> Self {
        let mut facts = Self { scope: origin.scope.name(), ..Self::default() };
        for attribute in span.attributes() {
            facts.has_secret |= secrets::is_secret(&attribute.value);
            facts.read(&attribute.key, attribute.value);
        }
        facts.url_parts = UrlParts::of(&facts.url);
        let length = without_query(&facts.path).len();
        match &mut facts.path {
            Cow::Borrowed(path) => *path = &path[..length],
            Cow::Owned(path) => path.truncate(length),
        }
        if facts.path.is_empty()
            && let Some(Rare { rpc: [service, method], .. }) = facts.rare.as_deref()
            && !service.is_empty()
        {
            facts.path = format!("/{service}/{method}").into();
        }
        facts.missing = facts.find_missing(span.kind);
        facts
    }

    fn read(&mut self, key: &str, value: Value<'a>) {
        match key {
            "http.request.method" => {
                self.is_stable_http = true;
                set(&mut self.method, value);
            }
            "http.method" => set(&mut self.method, value),
            "url.scheme" | "http.scheme" => self.has_scheme = true,
            "user_agent.original" | "http.user_agent" => {
                self.is_of_browser = matches!(&value, Value::String(agent) if agent.starts_with("Mozilla/"));
            }
            "http.route" => set(&mut self.route, value),
            "url.full" | "http.url" => set(&mut self.url, value),
            "url.path" | "http.target" => set(&mut self.path, value),
            "server.address" | "net.peer.name" => set(&mut self.server, value),
            "http.host" => set(&mut self.rare().host_header, value),
            "net.host.name" if self.server.is_empty() => set(&mut self.server, value),
            "server.port" => {
                self.expect_number("server.port", &value);
                self.server_port = number(&value);
            }
            "net.host.port" => self.server_port = number(&value),
            "net.peer.port" => {
                self.peer_port = self.peer_port.or(number(&value));
            }
            "network.peer.port" | "net.sock.peer.port" => self.peer_port = number(&value),
            "network.local.port" => self.local_port = number(&value),
            "http.response.status_code" => {
                self.expect_number("http.response.status_code", &value);
                self.status = number(&value);
            }
            "http.status_code" => {
                self.expect_number("http.status_code", &value);
                self.status = number(&value);
            }
            "db.query.text" | "db.statement" => self.has_query = true,
            "messaging.system" => self.has_messaging_system = true,
            "rpc.system" | "rpc.system.name" => self.has_rpc_system = true,
            "rpc.service" => set(&mut self.rare().rpc[0], value),
            "rpc.method" => set(&mut self.rare().rpc[1], value),
            "messaging.destination.name" | "messaging.destination" => {
                set(&mut self.rare().destination, value);
            }
            "thread.name" => set(&mut self.rare().thread, value),
            "db.system" | "db.system.name" => self.is_database = true,
            _ => {}
        }
    }

    fn rare(&mut self) -> &mut Rare<'a> {
        self.rare.get_or_insert_default()
    }

    /// The destination of a message.
    pub(crate) fn destination(&self) -> &str {
        self.rare.as_ref().map_or("", |rare| &rare.destination)
    }

    pub(crate) fn thread(&self) -> &str {
        self.rare.as_ref().map_or("", |rare| &rare.thread)
    }

    fn expect_number(&mut self, key: &'static str, value: &Value<'_>) {
        if !matches!(value, Value::Int(_)) {
            self.mistyped = Some(key);
        }
    }

    /// The attributes that the conventions require on such a span, and that it does not have, as indexes into
    /// [`REQUIRED`].
    pub(crate) fn missing(&self) -> impl Iterator<Item = usize> + use<> {
        let missing = self.missing.0;
        (0..REQUIRED.len()).filter(move |key| missing & (1 << key) != 0)
    }

    /// The conventions of before required less of clients.
    fn find_missing(&self, kind: SpanKind) -> Missing {
        let is_http = !self.method.is_empty() || (self.status.is_some() && !self.is_over_http());
        let is_new_client = kind == SpanKind::Client && self.is_stable_http;
        let is_server = kind == SpanKind::Server && is_http;
        let has_url = self.url_parts.is_some();
        let is_missing: [bool; REQUIRED.len()] = [
            is_http && self.method.is_empty(),
            is_new_client && self.url.is_empty(),
            is_new_client && self.server.is_empty(),
            is_new_client && self.server_port.is_none(),
            is_server && self.path.is_empty() && !has_url,
            is_server && !self.has_scheme && !has_url,
            self.has_query && !self.is_database,
            !self.destination().is_empty() && !self.has_messaging_system,
        ];
        Missing(is_missing.into_iter().rev().fold(0, |bits, is_missing| bits << 1 | u8::from(is_missing)))
    }

    /// Whether the span is of a protocol that HTTP may carry: calls of AWS have the status of HTTP and no method.
    const fn is_over_http(&self) -> bool {
        self.has_rpc_system || self.is_database || self.has_messaging_system
    }

    /// The address that a client asks.
    pub(crate) fn asked(&self) -> Option<Address<'_>> {
        if let Some(parts) = &self.url_parts {
            return parts.address(&self.url);
        }
        Address::parse(&self.server, self.server_port.or(self.peer_port))
    }

    /// The address that a server was asked for, by its `Host` header.
    pub(crate) fn own(&self) -> Option<Address<'_>> {
        match self.rare.as_deref() {
            Some(rare) if !rare.host_header.is_empty() => Address::parse(&rare.host_header, Some(80)),
            _ => Address::parse(&self.server, self.server_port),
        }
    }

    /// The port that a server listens on or was asked for.
    pub(crate) const fn server_port(&self) -> Option<u16> {
        self.server_port
    }

    /// The path of the call, without query. `None`: not recorded.
    pub(crate) fn path(&self) -> Option<&str> {
        let path = match &self.url_parts {
            Some(parts) if self.path.is_empty() => parts.path(&self.url),
            _ => &self.path,
        };
        (!path.is_empty()).then_some(path)
    }

    /// Whether a client's span is a call that a server span may answer.
    pub(crate) fn is_call(&self, kind: SpanKind) -> bool {
        let is_rpc = || self.rare.as_ref().is_some_and(|rare| !rare.rpc[0].is_empty());
        let names_a_call = || !self.method.is_empty() || !self.url.is_empty() || is_rpc();
        kind == SpanKind::Client && !self.is_database && names_a_call()
    }
}

fn set<'a>(slot: &mut Cow<'a, str>, value: Value<'a>) {
    if let Value::String(text) = value {
        *slot = text;
    }
}

/// Some senders write numbers as text.
fn number(value: &Value<'_>) -> Option<u16> {
    match value {
        Value::Int(number) => u16::try_from(*number).ok(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}
