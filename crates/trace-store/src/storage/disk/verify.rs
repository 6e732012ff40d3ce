//! Reading a volume to its end, with the engine's panics caught.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::{
    super::ids::{ChunkId, ContentKind},
    volume::{Volume, VolumeError},
};

/// Reads all chunks of a volume.
pub(super) fn read(volume: &Volume, each: impl FnMut(ChunkId, ContentKind, &[u8])) -> Result<(), String> {
    catching_panics(|| volume.for_each(each))
}

/// Verifies all records of a volume without decompressing them: a start does not wait for that.
pub(super) fn check(volume: &Volume, each: impl FnMut(ChunkId)) -> Result<(), String> {
    catching_panics(|| volume.check(each))
}

/// The engine checks some of its input by assertion; a damaged file must not end the process.
fn catching_panics(read: impl FnOnce() -> Result<(), VolumeError>) -> Result<(), String> {
    match catch_unwind(AssertUnwindSafe(read)) {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("the database engine panicked on it".to_owned()),
    }
}
