//! Traces that are kept longer than others: when a chunk has to go, what it holds of them is written again.

use std::collections::HashMap;

use foldhash::fast::RandomState;
use trace_model::{StatusCode, TraceId, otlp::RequestWriter};

use crate::{
    chunk::{Chunk, ChunkId, Content, Source},
    index::{Index, TraceEntry},
    ingest, logs,
    summary::extent,
};

/// What is kept longer may take this part of the bound.
pub(crate) const SHARE: usize = 4;

/// Which traces are kept longer than others.
#[derive(Debug, Clone, Copy, Default)]
pub struct Keep {
    /// Those with a span that ended as an error.
    pub errors: bool,
    /// Those that took so many nanoseconds or more.
    pub slower_than: Option<u64>,
}

impl Keep {
    fn wants(&self, trace: &TraceEntry) -> bool {
        let failed = || trace.spans.iter().any(|span| span.status == StatusCode::Error);
        let duration = || {
            let (start, end) = extent(trace.spans.iter().map(|span| (span.start, span.end)));
            end.since(start)
        };
        self.errors && failed() || self.slower_than.is_some_and(|least| duration() >= least)
    }
}

/// What a chunk holds.
#[derive(Debug, Default)]
pub(crate) struct Picked {
    /// A request of the records that are to be kept.
    pub(crate) body: Vec<u8>,
    /// The traces that they are of.
    pub(crate) wanted: Vec<TraceId>,
    /// The traces that lose records with the chunk, and so have to go.
    pub(crate) doomed: Vec<TraceId>,
}

/// Parts what is kept from what goes, of the records that the index has in a chunk.
pub(crate) fn pick(index: &Index, id: ChunkId, chunk: &Chunk, keep: Keep) -> Option<(Content, Picked)> {
    let (content, body) = chunk.body(id)?;
    let mut verdicts: HashMap<TraceId, bool, RandomState> = HashMap::default();
    let mut picked = Picked::default();
    let mut out = RequestWriter::default();
    let mut judge = |trace_id, place| {
        let wanted = *verdicts.entry(trace_id).or_insert_with(|| {
            // What was a duplicate when it came lies elsewhere.
            let Some(trace) = index.traces.get(&trace_id).filter(|trace| trace.lies_in(id)) else {
                return false;
            };
            let wanted = keep.wants(trace);
            if wanted { &mut picked.wanted } else { &mut picked.doomed }.push(trace_id);
            wanted
        });
        if let Some((_, origin)) = chunk.origin(place, &body).filter(|_| wanted) {
            out.add(&origin, place.get(&body));
        }
    };
    match content {
        Content::Spans | Content::KeptSpans => {
            ingest::read(&body).ok()?.spans.iter().for_each(|span| judge(span.trace_id, span.place));
        }
        Content::Logs | Content::KeptLogs => {
            logs::read(&body).ok()?.logs.iter().for_each(|log| judge(log.trace_id, log.place));
        }
    }
    picked.body = out.into_bytes();
    Some((content, picked))
}

/// Says in the index where records lie that were written again.
pub(crate) fn settle(index: &mut Index, body: &[u8], content: Content, id: ChunkId, source: Source) {
    match content {
        Content::Spans | Content::KeptSpans => {
            let Ok(batch) = ingest::read(body) else { return };
            index.move_spans(&batch, id, source);
        }
        Content::Logs | Content::KeptLogs => {
            let Ok(batch) = logs::read(body) else { return };
            index.move_logs(&batch, id, source);
        }
    }
}
