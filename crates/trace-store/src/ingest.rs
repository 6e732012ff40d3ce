//! From the body of an export request to what the index wants of each span. No lock is held here.

use std::{borrow::Cow, hash::BuildHasher, ops::Range};

use foldhash::fast::FixedState;
use thiserror::Error;
use trace_model::{
    Attribute, Nanos, Span, SpanId, SpanKind, StatusCode, TraceId, Value,
    otlp::{DecodeError, Rejected, read_request},
};

use crate::{
    chunk::{Block, Place},
    disk::WriteError,
    peer::{self, Peer},
    tokens::{self, Token},
};

/// Bodies above this are refused whatever the receiver allows: places in them are 32 bits wide.
pub(crate) const MAX_BODY: usize = 1 << 30;

/// How many links of one span are indexed for the way back.
const MAX_LINKS: usize = 128;

/// Why a request was not stored. Nothing of it was.
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
    pub(crate) links: Vec<(TraceId, SpanId)>,
    pub(crate) http_status: u16,
    pub(crate) peer: Option<Peer>,
    /// Which of [`Batch::tokens`] are its attributes'.
    pub(crate) tokens: Range<usize>,
    /// Which of [`Batch::resource_tokens`].
    pub(crate) block: usize,
}

/// A request taken apart.
#[derive(Debug, Default)]
pub(crate) struct Batch<'a> {
    pub(crate) body: &'a [u8],
    pub(crate) tokens: Vec<Token>,
    /// Of each block, which of the tokens are its resource's.
    pub(crate) resource_tokens: Vec<Range<usize>>,
    pub(crate) spans: Vec<Pending<'a>>,
    pub(crate) blocks: Vec<Block>,
    pub(crate) services: Vec<Cow<'a, str>>,
    pub(crate) rejected: Rejected,
}

pub(crate) fn read(body: &[u8]) -> Result<Batch<'_>, IngestError> {
    let hasher = FixedState::default();
    let mut batch = Batch { body, ..Batch::default() };
    let mut current = None;
    let Batch { spans, blocks, services, tokens, resource_tokens, .. } = &mut batch;
    let rejected = read_request(body, |block, origin, span| {
        let place = Place::of(span.raw(), body);
        if current != Some(block) {
            current = Some(block);
            blocks.push(Block::new(origin, place.start, body));
            resource_tokens.push(push_tokens(tokens, origin.resource.raw_attributes()));
            let service = origin.resource.service_name();
            if services.last() != Some(&service) {
                services.push(service);
            }
        }
        let links = span.links().filter_map(|link| Some((link.trace_id?, link.span_id?)));
        spans.push(Pending {
            trace_id: span.trace_id,
            id: span.span_id,
            parent: span.parent,
            start: span.start,
            end: span.end,
            kind: span.kind,
            status: span.status.code,
            place,
            fingerprint: low_half(hasher.hash_one(span.raw())),
            service: services.len() - 1,
            links: if span.link_count == 0 { Vec::new() } else { links.take(MAX_LINKS).collect() },
            http_status: http_status(&span),
            peer: peer::of(&span),
            tokens: push_tokens(tokens, span.raw_attributes()),
            block: blocks.len() - 1,
            name: span.name,
        });
    })?;
    batch.rejected = rejected;
    Ok(batch)
}

fn push_tokens<'a>(tokens: &mut Vec<Token>, key_values: impl Iterator<Item = &'a [u8]>) -> Range<usize> {
    let start = tokens.len();
    tokens.extend(key_values.take(tokens::MAX_ATTRIBUTES).map(tokens::token));
    start..tokens.len()
}

/// `http.response.status_code` of a span that may head a trace; zero for all others.
fn http_status(span: &Span<'_>) -> u16 {
    const KEY: &[u8] = b"http.response.status_code";
    if span.parent.is_some() && span.kind != SpanKind::Server {
        return 0;
    }
    // Looked at as bytes first: the key comes after its tag and its length.
    let mut likely =
        span.raw_attributes().filter(|raw| raw.get(2..2 + KEY.len()) == Some(KEY)).map(Attribute::decode);
    let code = likely.find_map(|attribute| match attribute.value {
        Value::Int(code) => u16::try_from(code).ok(),
        _ => None,
    });
    code.unwrap_or_default()
}

fn low_half(hash: u64) -> u32 {
    u32::try_from(hash & u64::from(u32::MAX)).unwrap_or_default()
}
