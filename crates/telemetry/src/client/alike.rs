//! What client spans say alike, one after another.

use std::net::SocketAddr;

use reqwest::StatusCode;

use crate::http::{Method, Version};
use crate::otlp::{Alike, Attributes, Memory};

thread_local! {
    pub(super) static CALLEES: Memory<(Method, Box<str>, u16)> = const { Memory::new() };
    pub(super) static ANSWERS: Memory<Answer> = const { Memory::new() };
}

/// Who is called, and how.
pub(super) struct Callee<'a> {
    pub(super) method: Method,
    /// Empty where the URL has none.
    pub(super) host: &'a str,
    pub(super) port: u16,
}

impl Alike for Callee<'_> {
    type Known = (Method, Box<str>, u16);

    fn is(&self, (method, host, port): &Self::Known) -> bool {
        self.method == *method && self.port == *port && *self.host == **host
    }

    fn known(&self) -> Option<Self::Known> {
        Some((self.method, self.host.into(), self.port))
    }

    fn say(&self, said: &mut Attributes) {
        said.add("http.request.method", self.method.name());
        if !self.host.is_empty() {
            said.add("server.address", self.host.trim_matches(['[', ']']));
        }
        said.add("server.port", i64::from(self.port));
    }
}

/// The head of an answer, and whose it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) version: Version,
    pub(super) peer: Option<SocketAddr>,
}

impl Alike for Answer {
    type Known = Self;

    fn is(&self, known: &Self) -> bool {
        self == known
    }

    fn known(&self) -> Option<Self> {
        Some(*self)
    }

    fn say(&self, said: &mut Attributes) {
        said.add("http.response.status_code", i64::from(self.status.as_u16()));
        said.add("network.protocol.version", self.version.name());
        if let Some(peer) = self.peer {
            said.add_formatted("network.peer.address", format_args!("{}", peer.ip()));
            said.add("network.peer.port", i64::from(peer.port()));
        }
    }
}
