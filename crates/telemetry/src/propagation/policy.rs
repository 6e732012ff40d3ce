//! The edge: what a stranger's headers mean here, and where baggage may go.

use std::net::IpAddr;
use std::sync::OnceLock;

use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, TraceContextExt};

use super::formats::Formats;
use super::headers::{HeaderReader, HeaderWriter};
use crate::env::{Inbound, Propagation};

static POLICY: OnceLock<Policy> = OnceLock::new();

/// What the environment chose. Before the start it is the default.
pub(crate) fn policy() -> &'static Policy {
    POLICY.get_or_init(|| Policy::new(&Propagation::default()))
}

/// Makes the chosen formats the process's, for OpenTelemetry's own API too.
pub(crate) fn install(propagation: &Propagation) {
    POLICY.get_or_init(|| Policy::new(propagation));
    opentelemetry::global::set_text_map_propagator(Formats::new(propagation));
}

/// Formats, and the rules about strangers.
#[derive(Debug)]
pub(crate) struct Policy {
    formats: Formats,
    inbound: Inbound,
    /// Hosts, and suffixes that begin with a dot.
    own_hosts: Vec<String>,
}

/// What a request brought.
#[derive(Debug)]
pub(crate) struct Incoming {
    /// What the server span is a child of; no span in it makes a root.
    pub(crate) parent: Context,
    /// What the server span links to.
    pub(crate) link: Option<SpanContext>,
}

impl Policy {
    pub(crate) fn new(propagation: &Propagation) -> Self {
        Self {
            formats: Formats::new(propagation),
            inbound: propagation.inbound,
            own_hosts: propagation.own_hosts.clone(),
        }
    }

    /// The context of a request that comes in (`TELEMETRY_INBOUND`).
    pub(crate) fn incoming(&self, headers: &dyn HeaderReader) -> Incoming {
        let nothing = Context::new();
        match self.inbound {
            Inbound::Ignore => Incoming { parent: nothing, link: None },
            Inbound::Continue => Incoming { parent: self.formats.extract(&nothing, headers), link: None },
            Inbound::Link => {
                let found = self.formats.extract(&nothing, headers);
                let link = Some(found.span().span_context().clone()).filter(SpanContext::is_valid);
                let parent = match &self.formats.baggage {
                    Some(baggage) => baggage.extract(nothing, headers),
                    None => nothing,
                };
                Incoming { parent, link }
            }
        }
    }

    /// Writes the context of a request that goes out to `host`.
    pub(crate) fn outgoing(&self, context: &Context, host: Option<&str>, headers: &mut dyn HeaderWriter) {
        let own = host.is_some_and(|host| self.is_own_host(host));
        self.formats.inject(context, headers, own);
    }

    /// Loopback, a name without a dot (another service of the same deployment), or one of `TELEMETRY_OWN_HOSTS`.
    pub(crate) fn is_own_host(&self, host: &str) -> bool {
        let host = host.trim_matches(['[', ']']);
        if let Ok(address) = host.parse::<IpAddr>() {
            return address.is_loopback() || self.own_hosts.iter().any(|own| own == host);
        }
        let host = host.to_ascii_lowercase();
        !host.contains('.')
            || self
                .own_hosts
                .iter()
                .map(|own| own.to_ascii_lowercase())
                .any(|own| if own.starts_with('.') { host.ends_with(&own) } else { host == own })
    }
}
