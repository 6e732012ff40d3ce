//! Whether a file system takes writes.

use std::{io, path::Path};

use rustix::fs::{StatVfsMountFlags, statvfs};

/// Free bytes below which a commit is likely to fail.
const MIN_ROOM: u64 = 1 << 20;

/// Checks that the file system of a folder is writable and has room for a commit.
///
/// # Errors
/// [`io::ErrorKind::ReadOnlyFilesystem`] or [`io::ErrorKind::StorageFull`].
pub(super) fn check(folder: &Path) -> io::Result<()> {
    let status = statvfs(folder)?;
    if status.f_flag.contains(StatVfsMountFlags::RDONLY) {
        return Err(io::Error::new(io::ErrorKind::ReadOnlyFilesystem, "the file system is read-only"));
    }
    let free = status.f_bavail.saturating_mul(status.f_frsize);
    if free < MIN_ROOM {
        let message = format!("the file system has {free} free bytes, of which {MIN_ROOM} are needed");
        return Err(io::Error::new(io::ErrorKind::StorageFull, message));
    }
    Ok(())
}
