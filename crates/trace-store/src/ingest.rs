//! From the body of an export request to what the index wants of each span. No lock is held here.

use std::{borrow::Cow, ops::Range};

use thiserror::Error;
use trace_model::{
    Attribute, Nanos, Span, SpanId, SpanKind, StatusCode, TraceId, Value,
    otlp::{DecodeError, Rejected, read_raw_records},
};

use crate::{
    chunk::{Block, Place},
    disk::WriteError,
    peer::{Peer, Peers, Said},
    tokens::{self, Hash},
};

/// Bodies above this are refused whatever the receiver allows: places in them are 32 bits wide.
pub(crate) const MAX_BODY: usize = 1 << 30;

/// How many links of one span are indexed for the way back.
const MAX_LINKS: usize = 128;

/// Why a request was not stored.
#[derive(Debug, Error)]
pub enum IngestError {
    #[error("the request cannot be read")]
    Decode(#[from] DecodeError),
    #[error("a request of {0} bytes is too large to store")]
    TooLarge(usize),
    #[error("the request cannot be stored")]
    Write(#[from] WriteError),
}

/// What became of a request.
#[derive(Debug, Default)]
pub struct Ingested {
    /// Spans or log records that are new.
    pub stored: u64,
    /// Those that were there already.
    pub duplicates: u64,
    /// Those that cannot be kept.
    pub rejected: Rejected,
    /// Log records of no trace. They are not kept.
    pub untraced: u64,
    /// The traces that changed, each once, with their new version.
    pub changed: Vec<(TraceId, u64)>,
}

/// One span on its way into the index.
#[derive(Debug)]
pub(crate) struct Pending<'a> {
    pub(crate) trace_id: TraceId,
    pub(crate) id: SpanId,
    pub(crate) parent: Option<SpanId>,
    pub(crate) start: Nanos,
    pub(crate) end: Nanos,
    pub(crate) name: Cow<'a, str>,
    pub(crate) kind: SpanKind,
    pub(crate) status: StatusCode,
    pub(crate) place: Place,
    pub(crate) fingerprint: u32,
    /// Which of [`Batch::services`].
    pub(crate) service: usize,
    /// Which of [`Batch::links`] are its own.
    pub(crate) links: Range<usize>,
    pub(crate) http_status: u16,
    /// Which of [`Batch::peers`].
    pub(crate) peer: Option<usize>,
    /// Which of [`Batch::hashes`] are its attributes'.
    pub(crate) hashes: Range<usize>,
    /// Which of [`Batch::resource_hashes`].
    pub(crate) block: usize,
}

/// A request taken apart.
#[derive(Debug, Default)]
pub(crate) struct Batch<'a> {
    pub(crate) body: &'a [u8],
    pub(crate) hashes: Vec<Hash>,
    /// Of each block, which of the hashes are its resource's.
    pub(crate) resource_hashes: Vec<Range<usize>>,
    pub(crate) spans: Vec<Pending<'a>>,
    pub(crate) links: Vec<(TraceId, SpanId)>,
    pub(crate) blocks: Vec<Block>,
    pub(crate) services: Vec<Cow<'a, str>>,
    pub(crate) peers: Vec<Peer>,
    pub(crate) rejected: Rejected,
}

impl Batch<'_> {
    /// The hashes of a span's attributes, and those of its resource's.
    pub(crate) fn hashes_of(&self, span: &Pending<'_>) -> [&[Hash]; 2] {
        let shared = self.resource_hashes.get(span.block).cloned().unwrap_or_default();
        [span.hashes.clone(), shared].map(|range| self.hashes.get(range).unwrap_or_default())
    }
}

pub(crate) fn read(body: &[u8]) -> Result<Batch<'_>, IngestError> {
    /// Smaller spans are rare; more of them make the list grow.
    const TYPICAL_SPAN: usize = 256;
    let mut batch = Batch { body, ..Batch::default() };
    batch.spans.reserve(body.len() / TYPICAL_SPAN);
    let Batch { spans, links, blocks, services, hashes, resource_hashes, rejected, .. } = &mut batch;
    let (mut current, mut peers) = (None, Peers::default());
    read_raw_records(body, |block, origin, raw| {
        let hashes_start = hashes.len();
        let (mut http_status, mut said) = (None, Said::default());
        let decoded = Span::decode_with(raw, |attribute| {
            if hashes.len() - hashes_start < tokens::MAX_ATTRIBUTES {
                hashes.push(tokens::hash(attribute));
            }
            if is_http_status(attribute) && http_status.is_none() {
                http_status = Some(attribute);
            }
            said.hear(attribute);
        });
        let span = match decoded {
            Ok(span) => span,
            Err(reason) => {
                hashes.truncate(hashes_start);
                rejected.add(reason);
                return;
            }
        };
        let own_hashes = hashes_start..hashes.len();
        let place = Place::of(raw, body);
        if current != Some(block) {
            current = Some(block);
            blocks.push(Block::new(origin, place.start, body));
            let attributes = origin.resource.raw_attributes().take(tokens::MAX_ATTRIBUTES);
            hashes.extend(attributes.map(tokens::hash));
            resource_hashes.push(own_hashes.end..hashes.len());
            let service = origin.resource.service_name();
            if services.last() != Some(&service) {
                services.push(service);
            }
        }
        let links_start = links.len();
        if span.link_count > 0 {
            let valid = span.links().filter_map(|link| Some((link.trace_id?, link.span_id?)));
            links.extend(valid.take(MAX_LINKS));
        }
        // Of a span that may head a trace.
        let http_status =
            http_status.filter(|_| span.parent.is_none() || span.kind == SpanKind::Server).map_or(0, code);
        spans.push(Pending {
            trace_id: span.trace_id,
            id: span.span_id,
            parent: span.parent,
            start: span.start,
            end: span.end,
            kind: span.kind,
            status: span.status.code,
            place,
            fingerprint: tokens::low_half(tokens::hash(raw)),
            service: services.len() - 1,
            links: links_start..links.len(),
            http_status,
            hashes: own_hashes,
            peer: peers.of(span.kind, said),
            block: blocks.len() - 1,
            name: span.name,
        });
    })
    .map_err(DecodeError::Traces)?;
    batch.peers = peers.into_list();
    bring_together(&mut batch.spans);
    Ok(batch)
}

/// Brings the spans of a trace together where those of several are mixed, as a program's are that does several things at once:
/// what is a trace's is then done once. What stands together already stays as it is.
fn bring_together(spans: &mut [Pending<'_>]) {
    let runs = spans.chunk_by(|span, next| span.trace_id == next.trace_id).count();
    if runs * 3 > spans.len() {
        spans.sort_by_cached_key(|span| half(span.trace_id));
    }
}

/// The half of an id that is random in all of them: who has it together stands together.
fn half(id: TraceId) -> u64 {
    id.as_bytes().last_chunk().map_or(0, |half| u64::from_be_bytes(*half))
}

/// Whether this is `http.response.status_code`.
fn is_http_status(attribute: &[u8]) -> bool {
    tokens::key(attribute) == Some(b"http.response.status_code")
}

fn code(attribute: &[u8]) -> u16 {
    match Attribute::decode(attribute).value {
        Value::Int(code) => u16::try_from(code).unwrap_or_default(),
        _ => 0,
    }
}
