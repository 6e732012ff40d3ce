//! Large requests in pieces: each is decoded, kept and indexed before the next, so that what one request takes on its way
//! in does not grow with it, and reading one span of it later does not unpack all.

use std::collections::HashMap;

use trace_model::{
    otlp::{DecodeError, RequestWriter, read_raw_records},
    wire::WireError,
};

use crate::ingest::{IngestError, Ingested};

/// A request of up to so many bytes and records is taken as it is.
const MAX_BYTES: usize = 1 << 20;
const MAX_RECORDS: usize = 4_096;
/// Smaller requests have no more records than that which could be kept: each has its ids.
const SMALL: usize = 128 << 10;

/// Hands on a request, whole or in pieces, and adds up what became of them.
///
/// # Errors
/// The request cannot be read, then no piece was handed on; or `each` failed, then the pieces before it were taken. Those
/// are duplicates when the request comes again.
pub(crate) fn each(
    body: &[u8],
    malformed: fn(WireError) -> DecodeError,
    mut each: impl FnMut(&[u8]) -> Result<Ingested, IngestError>,
) -> Result<Ingested, IngestError> {
    if body.len() <= SMALL {
        return each(body);
    }
    let mut records = 0;
    read_raw_records(body, |_, _, _| records += 1).map_err(malformed)?;
    if records <= 1 || body.len() <= MAX_BYTES && records <= MAX_RECORDS {
        return each(body);
    }
    let mut total = Ingested::default();
    let mut failure = None;
    let mut piece = RequestWriter::default();
    let mut send = |piece: &mut RequestWriter<'_>| match each(&std::mem::take(piece).into_bytes()) {
        Ok(done) => total.add(done),
        Err(error) => failure = failure.take().or(Some(error)),
    };
    let (mut bytes, mut count) = (0, 0);
    read_raw_records(body, |_, origin, record| {
        if count == MAX_RECORDS || count > 0 && bytes + record.len() > MAX_BYTES {
            send(&mut piece);
            (bytes, count) = (0, 0);
        }
        piece.add(origin, record);
        bytes += record.len();
        count += 1;
    })
    .map_err(malformed)?;
    send(&mut piece);
    failure.map_or(Ok(total), Err)
}

impl Ingested {
    fn add(&mut self, other: Self) {
        self.stored += other.stored;
        self.duplicates += other.duplicates;
        self.untraced += other.untraced;
        self.rejected.merge(other.rejected);
        let mut versions: HashMap<_, _> = self.changed.drain(..).collect();
        versions.extend(other.changed);
        self.changed = versions.into_iter().collect();
    }
}
