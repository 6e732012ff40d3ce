//! Decoding of a trace request into spans for the index.

use std::{borrow::Cow, ops::Range};

use trace_model::{
    Attribute, Nanos, Origin, Span, SpanId, SpanKind, StatusCode, TraceId, Value,
    otlp::{DecodeError, Rejected, read_raw_records},
    peer::{Peer, PeerAttributes},
    value::raw_key,
};

use super::{content::SpanContent, outcome::IngestError};
use crate::{
    attributes::{self, AttributeHash, MAX_ATTRIBUTES, PeerCache},
    storage::{ByteRange, OriginBlock},
};

/// Links of one span that are indexed for lookups in the reverse direction.
const MAX_LINKS: usize = 128;

/// A span for the index.
#[derive(Debug)]
pub(crate) struct PendingSpan<'a> {
    pub(crate) trace_id: TraceId,
    pub(crate) id: SpanId,
    pub(crate) parent: Option<SpanId>,
    pub(crate) start: Nanos,
    pub(crate) end: Nanos,
    pub(crate) name: Cow<'a, str>,
    pub(crate) kind: SpanKind,
    pub(crate) status: StatusCode,
    pub(crate) range: ByteRange,
    /// Hash of its content, as [`SpanContent`] has it.
    pub(crate) fingerprint: u32,
    /// Position in [`SpanBatch::services`].
    pub(crate) service: usize,
    /// Range of [`SpanBatch::links`].
    pub(crate) links: Range<usize>,
    pub(crate) http_status: u16,
    pub(crate) has_events: bool,
    /// Position in [`SpanBatch::peers`].
    pub(crate) peer: Option<usize>,
    /// Range of [`SpanBatch::hashes`].
    pub(crate) hashes: Range<usize>,
    /// Position in [`SpanBatch::blocks`] and [`SpanBatch::resource_hashes`].
    pub(crate) block: usize,
}

/// A decoded trace request.
#[derive(Debug, Default)]
pub(crate) struct SpanBatch<'a> {
    pub(crate) body: &'a [u8],
    /// When the request was received; unset where that is not known.
    pub(crate) arrived: Nanos,
    /// Hashes of the attributes of all spans and resources.
    pub(crate) hashes: Vec<AttributeHash>,
    /// For each block, the range of `hashes` for the attributes of its resource.
    pub(crate) resource_hashes: Vec<Range<usize>>,
    pub(crate) spans: Vec<PendingSpan<'a>>,
    pub(crate) links: Vec<(TraceId, SpanId)>,
    pub(crate) blocks: Vec<OriginBlock>,
    pub(crate) services: Vec<Cow<'a, str>>,
    pub(crate) peers: Vec<Peer>,
    pub(crate) rejected: Rejected,
}

impl SpanBatch<'_> {
    /// The hashes of a span's attributes, and those of its resource.
    pub(crate) fn hashes_of(&self, span: &PendingSpan<'_>) -> [&[AttributeHash]; 2] {
        let shared = self.resource_hashes.get(span.block).cloned().unwrap_or_default();
        [span.hashes.clone(), shared].map(|range| self.hashes.get(range).unwrap_or_default())
    }
}

/// Decodes a request.
pub(crate) fn read(body: &[u8]) -> Result<SpanBatch<'_>, IngestError> {
    /// Smaller spans are rare; for them the list grows.
    const TYPICAL_SPAN: usize = 256;
    let mut batch = SpanBatch { body, ..SpanBatch::default() };
    batch.spans.reserve(body.len() / TYPICAL_SPAN);
    let mut reader = Reader { batch, block: None, peers: PeerCache::default() };
    read_raw_records(body, |block, origin, raw| reader.add_span(block, origin, raw))
        .map_err(DecodeError::Traces)?;
    let Reader { mut batch, peers, .. } = reader;
    batch.peers = peers.into_list();
    group_by_trace(&mut batch.spans);
    Ok(batch)
}

/// A batch that is being read.
struct Reader<'a> {
    batch: SpanBatch<'a>,
    /// The current block, as the request numbers it.
    block: Option<u32>,
    peers: PeerCache<'a>,
}

/// Attributes of a span that are evaluated during ingest, still encoded.
#[derive(Default)]
struct Observed<'a> {
    http_status: Option<&'a [u8]>,
    peer: PeerAttributes<'a>,
}

impl<'a> Reader<'a> {
    #[inline]
    fn add_span(&mut self, block: u32, origin: &Origin<'a>, raw: &'a [u8]) {
        let hashes_start = self.batch.hashes.len();
        let Some((span, observed, fingerprint)) = self.decode_span(raw) else {
            self.batch.hashes.truncate(hashes_start);
            return;
        };
        let hashes = hashes_start..self.batch.hashes.len();
        let range = ByteRange::of(raw, self.batch.body);
        if self.block != Some(block) {
            self.block = Some(block);
            self.begin_block(origin, range);
        }
        let links = self.add_links(&span);
        let Self { batch, peers, .. } = self;
        // Only of spans that may be the root of their trace.
        let http_status = observed
            .http_status
            .filter(|_| span.parent.is_none() || span.kind == SpanKind::Server)
            .map_or(0, status_code);
        batch.spans.push(PendingSpan {
            trace_id: span.trace_id,
            id: span.span_id,
            parent: span.parent,
            start: span.start,
            end: span.end,
            kind: span.kind,
            status: span.status.code,
            range,
            fingerprint,
            service: batch.services.len() - 1,
            links,
            http_status,
            has_events: span.event_count > 0,
            hashes,
            peer: peers.resolve(span.kind, observed.peer),
            block: batch.blocks.len() - 1,
            name: span.name,
        });
    }

    /// Decodes a span, and hashes its attributes and its content. Counts it as rejected when it is invalid.
    #[inline]
    fn decode_span(&mut self, raw: &'a [u8]) -> Option<(Span<'a>, Observed<'a>, u32)> {
        let hashes = &mut self.batch.hashes;
        let max_hashes = hashes.len() + MAX_ATTRIBUTES;
        let mut observed = Observed::default();
        let mut content = SpanContent::default();
        let decoded = Span::decode_with(raw, |attribute, encoding| {
            let hash = attributes::hash(attribute);
            content.add_attribute(attribute, encoding, hash);
            if hashes.len() < max_hashes {
                hashes.push(hash);
            }
            if is_http_status(attribute) && observed.http_status.is_none() {
                observed.http_status = Some(attribute);
            }
            observed.peer.observe(attribute);
        });
        match decoded {
            Ok(span) => {
                let fingerprint = content.fingerprint(&span);
                Some((span, observed, fingerprint))
            }
            Err(reason) => {
                self.batch.rejected.add(reason);
                None
            }
        }
    }

    /// Adds the origin of the spans from `first` on.
    fn begin_block(&mut self, origin: &Origin<'a>, first: ByteRange) {
        let SpanBatch { body, hashes, resource_hashes, blocks, services, .. } = &mut self.batch;
        blocks.push(OriginBlock::new(origin, first.start, body));
        let start = hashes.len();
        let attributes = origin.resource.raw_attributes().take(MAX_ATTRIBUTES);
        hashes.extend(attributes.map(attributes::hash));
        resource_hashes.push(start..hashes.len());
        let service = origin.resource.service_name();
        if services.last() != Some(&service) {
            services.push(service);
        }
    }

    /// Adds the valid links of a span, and returns their range.
    fn add_links(&mut self, span: &Span<'a>) -> Range<usize> {
        let links = &mut self.batch.links;
        let start = links.len();
        if span.link_count > 0 {
            let valid = span.links().filter_map(|link| Some((link.trace_id?, link.span_id?)));
            links.extend(valid.take(MAX_LINKS));
        }
        start..links.len()
    }
}

/// Sorts the spans by trace where those of several traces are interleaved, as a concurrent program sends them: then the
/// work for a trace is done once per run. Spans that are grouped already keep their order.
fn group_by_trace(spans: &mut [PendingSpan<'_>]) {
    let runs = spans.chunk_by(|span, next| span.trace_id == next.trace_id).count();
    if runs * 3 > spans.len() {
        spans.sort_by_cached_key(|span| random_half(span.trace_id));
    }
}

/// The half of a trace id that every id format fills at random. It is enough to group by.
fn random_half(id: TraceId) -> u64 {
    id.as_bytes().last_chunk().map_or(0, |half| u64::from_be_bytes(*half))
}

fn is_http_status(attribute: &[u8]) -> bool {
    raw_key(attribute) == Some(b"http.response.status_code")
}

fn status_code(attribute: &[u8]) -> u16 {
    match Attribute::decode(attribute).value {
        Value::Int(code) => u16::try_from(code).unwrap_or_default(),
        _ => 0,
    }
}
