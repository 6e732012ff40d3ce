//! Splitting of large requests into parts.
//!
//! Each part is decoded, stored and indexed before the next. So the memory that one request takes during ingest is
//! bounded, and reading one of its spans later does not decompress all of it.

use trace_model::{
    otlp::{DecodeError, RequestWriter, read_raw_records},
    wire::WireError,
};

use super::outcome::{IngestError, IngestOutcome};

/// Bytes of a part.
const MAX_BYTES: usize = 1 << 20;
/// Records of a part.
const MAX_RECORDS: usize = 4_096;
/// A smaller body cannot have more than [`MAX_RECORDS`] valid records, since each has its ids.
const SMALL: usize = 128 << 10;

/// Passes a request to `ingest`, whole or in parts, and adds up the outcomes.
///
/// # Errors
/// When the request cannot be decoded, no part was ingested. When `ingest` fails, the parts that succeeded are stored,
/// and count as duplicates when the request is sent again.
pub(crate) fn for_each_part(
    body: &[u8],
    malformed: fn(WireError) -> DecodeError,
    mut ingest: impl FnMut(&[u8]) -> Result<IngestOutcome, IngestError>,
) -> Result<IngestOutcome, IngestError> {
    if body.len() <= SMALL {
        return ingest(body);
    }
    let mut records = 0;
    read_raw_records(body, |_, _, _| records += 1).map_err(malformed)?;
    if records <= 1 || body.len() <= MAX_BYTES && records <= MAX_RECORDS {
        return ingest(body);
    }
    let mut total = IngestOutcome::default();
    let mut failure = None;
    let mut part = RequestWriter::default();
    let mut send = |part: &mut RequestWriter<'_>| match ingest(&std::mem::take(part).into_bytes()) {
        Ok(outcome) => total.add(outcome),
        Err(error) => failure = failure.take().or(Some(error)),
    };
    let (mut bytes, mut count) = (0, 0);
    read_raw_records(body, |_, origin, record| {
        if count == MAX_RECORDS || count > 0 && bytes + record.len() > MAX_BYTES {
            send(&mut part);
            (bytes, count) = (0, 0);
        }
        part.add(origin, record);
        bytes += record.len();
        count += 1;
    })
    .map_err(malformed)?;
    send(&mut part);
    failure.map_or(Ok(total), Err)
}
