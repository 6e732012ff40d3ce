//! The propagation policy: what the headers of an untrusted client mean, and which hosts receive baggage.

use std::net::IpAddr;
use std::sync::OnceLock;

use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, TraceContextExt};

use super::formats::Formats;
use super::headers::{HeaderReader, HeaderWriter};
use crate::env::{Inbound, Propagation};

static POLICY: OnceLock<Policy> = OnceLock::new();

/// The policy of this process. Before [`install`] it is the default.
pub(crate) fn policy() -> &'static Policy {
    POLICY.get_or_init(|| Policy::new(&Propagation::default()))
}

/// Sets the policy of this process, unless it is set.
pub(crate) fn install(propagation: &Propagation) {
    POLICY.get_or_init(|| Policy::new(propagation));
}

/// Sets the propagator of OpenTelemetry's API.
pub(crate) fn install_globally(propagation: &Propagation) {
    opentelemetry::global::set_text_map_propagator(Formats::new(propagation));
}

/// Propagation formats, with the rules for untrusted clients and other hosts.
#[derive(Debug)]
pub(crate) struct Policy {
    formats: Formats,
    inbound: Inbound,
    /// Hosts, or suffixes that begin with a dot.
    own_hosts: Vec<String>,
}

/// The trace context of an incoming request.
#[derive(Debug)]
pub(crate) struct Incoming {
    /// The parent of the server span. Without a span in it, the server span is a root.
    pub(crate) parent: Context,
    /// A link of the server span.
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

    /// Reads the context of an incoming request (`TELEMETRY_INBOUND`). Without one, the parent is `around`.
    pub(crate) fn incoming(&self, headers: &dyn HeaderReader, around: Context) -> Incoming {
        match self.inbound {
            Inbound::Ignore => Incoming { parent: around, link: None },
            Inbound::Continue => Incoming { parent: self.formats.extract(&around, headers), link: None },
            Inbound::Link => {
                let extracted = self.formats.extract(&Context::new(), headers);
                let link = Some(extracted.span().span_context().clone()).filter(SpanContext::is_valid);
                let parent = match &self.formats.baggage {
                    Some(baggage) => baggage.extract(around, headers),
                    None => around,
                };
                Incoming { parent, link }
            }
        }
    }

    /// Writes the context of an outgoing request to `host`.
    pub(crate) fn outgoing(&self, context: &Context, host: Option<&str>, headers: &mut dyn HeaderWriter) {
        let own = host.is_some_and(|host| self.is_own_host(host));
        self.formats.inject(context, headers, own);
    }

    /// Whether `host` may receive baggage: loopback, a name without a dot (a service of the same deployment), or one of
    /// `TELEMETRY_OWN_HOSTS`.
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
