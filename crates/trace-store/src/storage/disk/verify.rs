//! Reading a volume to its end, with the engine's panics caught.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::{
    super::ids::{ChunkId, ContentKind},
    volume::Volume,
    volume_error::VolumeError,
};

/// Why a volume was not read to its end.
pub(super) enum Unread {
    /// The file is damaged.
    Damaged(String),
    /// The system refused to open or read it, or failed meanwhile. The file may be sound.
    Refused(String),
}

/// Reads all chunks of a volume.
pub(super) fn read(volume: &Volume, each: impl FnMut(ChunkId, ContentKind, &[u8])) -> Result<(), Unread> {
    catching_panics(|| volume.for_each(each))
}

/// Verifies all records of a volume without decompressing them: a start does not wait for that.
pub(super) fn check(volume: &Volume, each: impl FnMut(ChunkId)) -> Result<(), Unread> {
    catching_panics(|| volume.check(each))
}

/// The engine checks some of its input by assertion; a damaged file must not end the process.
fn catching_panics(read: impl FnOnce() -> Result<(), VolumeError>) -> Result<(), Unread> {
    match catch_unwind(AssertUnwindSafe(read)) {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) if error.is_refusal() || error.may_pass() => Err(Unread::Refused(error.to_string())),
        Ok(Err(error)) => Err(Unread::Damaged(error.to_string())),
        Err(_) => Err(Unread::Damaged("the database engine panicked on it".to_owned())),
    }
}
