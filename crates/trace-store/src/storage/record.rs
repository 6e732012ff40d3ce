//! A body in its stored form: its content kind, a checksum, and its bytes compressed with LZ4.
//!
//! Spans are repetitive: compressed they take about a sixth. Compressing costs less than writing the other five sixths
//! to a disk would. The checksum detects corrupted bytes.
//!
//! Layout: the kind (1 byte), a CRC-32 of the kind and of all that follows the checksum (4), the length of the body
//! (4), the compressed bytes.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{byte_range::MAX_BODY, ids::ContentKind};

/// The kind and the checksum.
const HEADER: usize = 1 + 4;
/// The length of the body.
const LEN: usize = 4;

/// Larger bodies are rare, and get a buffer of their own.
const MAX_POOLED: usize = 3 << 19;
/// Buffers in the pool: about as many as threads that pack at once.
const POOL_SIZE: usize = 4;

/// Packs bodies into records, with pooled buffers.
#[derive(Debug, Default)]
pub(crate) struct Packer {
    pool: Mutex<Vec<Vec<u8>>>,
}

impl Packer {
    /// The record of a body.
    pub(crate) fn pack(&self, content: ContentKind, body: &[u8]) -> Box<[u8]> {
        let room = HEADER + LEN + lz4_flex::block::get_maximum_output_size(body.len());
        if room > MAX_POOLED {
            // Only the pages that are written take memory; truncating gives the rest back.
            let mut buffer = vec![0; room];
            let len = write(&mut buffer, content, body).len();
            buffer.truncate(len);
            return buffer.into();
        }
        let mut buffer = self.lock().pop().unwrap_or_default();
        if buffer.len() < room {
            buffer.resize(room, 0);
        }
        let record = write(&mut buffer, content, body).into();
        let mut pool = self.lock();
        if pool.len() < POOL_SIZE {
            pool.push(buffer);
        }
        record
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Vec<u8>>> {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes the record of a body to the front of a buffer that has room for it.
fn write<'b>(buffer: &'b mut [u8], content: ContentKind, body: &[u8]) -> &'b [u8] {
    let compressed = match buffer.split_at_mut_checked(HEADER + LEN) {
        // It fails only for lack of room, and there is enough.
        Some((_, room)) => lz4_flex::block::compress_into(body, room).unwrap_or_default(),
        None => 0,
    };
    let record = buffer.get_mut(..HEADER + LEN + compressed).unwrap_or_default();
    put(record, HEADER, u32::try_from(body.len()).unwrap_or(u32::MAX));
    let checksum = checksum(tag(content), record.get(HEADER..).unwrap_or_default());
    put(record, 1, checksum);
    if let Some(first) = record.first_mut() {
        *first = tag(content);
    }
    record
}

fn put(record: &mut [u8], at: usize, number: u32) {
    if let Some(bytes) = record.get_mut(at..at + size_of::<u32>()) {
        bytes.copy_from_slice(&number.to_le_bytes());
    }
}

/// Whether the checksum is right. Does not decompress.
pub(super) fn is_sound(record: &[u8]) -> bool {
    verified(record).is_some()
}

/// The tag and the bytes after the checksum, if the checksum is right.
fn verified(record: &[u8]) -> Option<(&u8, &[u8])> {
    let (tag, rest) = record.split_first()?;
    let (written, rest) = rest.split_first_chunk()?;
    (checksum(*tag, rest) == u32::from_le_bytes(*written)).then_some((tag, rest))
}

fn checksum(tag: u8, rest: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&[tag]);
    hasher.update(rest);
    hasher.finalize()
}

/// The body of a record. `None` when the record is damaged.
pub(super) fn unpack(record: &[u8]) -> Option<(ContentKind, Vec<u8>)> {
    let (tag, rest) = verified(record)?;
    let (len, compressed) = rest.split_first_chunk::<LEN>()?;
    let len = usize::try_from(u32::from_le_bytes(*len)).ok().filter(|len| *len <= MAX_BODY)?;
    let body = lz4_flex::block::decompress(compressed, len).ok().filter(|body| body.len() == len)?;
    Some((content(*tag)?, body))
}

const fn tag(content: ContentKind) -> u8 {
    match content {
        ContentKind::Spans => b's',
        ContentKind::Logs => b'l',
        ContentKind::RetainedSpans => b'S',
        ContentKind::RetainedLogs => b'L',
    }
}

const fn content(tag: u8) -> Option<ContentKind> {
    match tag {
        b's' => Some(ContentKind::Spans),
        b'l' => Some(ContentKind::Logs),
        b'S' => Some(ContentKind::RetainedSpans),
        b'L' => Some(ContentKind::RetainedLogs),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn unpacking_restores_what_was_packed(body in proptest::collection::vec(any::<u8>(), 0..2_000), logs: bool) {
            let content = if logs { ContentKind::Logs } else { ContentKind::Spans };
            prop_assert_eq!(unpack(&Packer::default().pack(content, &body)), Some((content, body)));
        }

        #[test]
        fn a_flipped_bit_is_detected(byte in any::<prop::sample::Index>(), bit in 0..8_u8) {
            let mut record = Packer::default().pack(ContentKind::Spans, &b"spans repeat themselves ".repeat(20));
            let byte = byte.index(record.len());
            record[byte] ^= 1 << bit;
            prop_assert!(unpack(&record).is_none());
        }

        #[test]
        fn random_bytes_are_rejected(record in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(unpack(&record).is_none());
        }
    }
}
