//! Reading what earlier processes left: every chunk once, oldest first.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::PathBuf,
    sync::Arc,
};

use super::{
    Volumes,
    volume::{Volume, VolumeError},
};
use crate::chunk::{ChunkId, Content};

/// A volume that could not be read to its end.
#[derive(Debug)]
pub struct Damaged {
    /// Where the file is now, unless it could not even be renamed.
    pub aside: Option<PathBuf>,
    /// What the engine said.
    pub reason: String,
}

/// Hands on the chunks of all volumes that were written before the one numbered `before`. What stands before the damage
/// in a damaged volume was handed on, too: `forget` is told to take it back, since its file is set aside.
pub(super) fn replay(
    volumes: &Volumes,
    before: ChunkId,
    mut each: impl FnMut(ChunkId, &Arc<Volume>, Content, &[u8]),
    mut forget: impl FnMut(&Arc<Volume>),
    report: &mut dyn FnMut(&Damaged),
) {
    let old: Vec<_> =
        volumes.lock().values().filter(|volume| volume.id.first_chunk() < before.0).cloned().collect();
    for volume in old {
        let reading = read(&volume, |id, content, body| {
            if id < before {
                each(id, &volume, content, body);
            }
        });
        let Err(reason) = reading else { continue };
        if !volumes.lock().contains_key(&volume.id) {
            continue; // it had to go in the meantime
        }
        forget(&volume);
        report(&Damaged { aside: volumes.set_aside(volume.id), reason });
    }
}

/// Reads a volume to its end.
fn read(volume: &Volume, each: impl FnMut(ChunkId, Content, &[u8])) -> Result<(), String> {
    guarded(|| volume.for_each(each))
}

/// Reads a volume to its end without unpacking what is in it: a start does not wait for that.
pub(super) fn check(volume: &Volume, each: impl FnMut(ChunkId)) -> Result<(), String> {
    guarded(|| volume.check(each))
}

/// The engine checks some of what it reads by assertion; a damaged file is no reason to end the process.
fn guarded(read: impl FnOnce() -> Result<(), VolumeError>) -> Result<(), String> {
    match catch_unwind(AssertUnwindSafe(read)) {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("the engine gave up on it".to_owned()),
    }
}
