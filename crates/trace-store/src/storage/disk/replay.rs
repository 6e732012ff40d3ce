//! Replay of the chunks that earlier processes wrote, each once, the oldest first.

use std::sync::Arc;

use super::{
    super::ids::{ChunkId, ContentKind},
    verify::{self, Unread},
    volume::Volume,
    volumes::{DamagedVolume, Volumes},
};

/// Passes all chunks numbered below `before` to `each`. For a damaged volume, the chunks in front of the damage were
/// passed on as well: `forget` takes them back, because the file is set aside.
pub(super) fn replay(
    volumes: &Volumes,
    before: ChunkId,
    mut each: impl FnMut(ChunkId, &Arc<Volume>, ContentKind, &[u8]),
    mut forget: impl FnMut(&Arc<Volume>),
    report: &mut dyn FnMut(&DamagedVolume),
) {
    for volume in volumes.begun_before(before) {
        let outcome = verify::read(&volume, |id, content, body| {
            if id < before {
                each(id, &volume, content, body);
            }
        });
        let Err(reason) = outcome else { continue };
        if !volumes.contains(volume.id) {
            continue; // it was evicted in the meantime
        }
        if matches!(reason, Unread::Damaged(_)) {
            forget(&volume);
        }
        report(&volumes.give_up(volume.id, reason));
    }
}
