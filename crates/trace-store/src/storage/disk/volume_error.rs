//! Errors of the database engine, and which of them are the file's own.

use std::io;

use rustix::io::Errno;
use thiserror::Error;

/// An error of the database engine. Boxed, because it is large and rare.
#[derive(Debug, Error)]
#[error(transparent)]
pub struct VolumeError(Box<redb::Error>);

impl<E: Into<redb::Error>> From<E> for VolumeError {
    fn from(error: E) -> Self {
        Self(Box::new(error.into()))
    }
}

impl VolumeError {
    /// Whether the handle has ended, because of an earlier error or a close. The file may be sound.
    pub(super) fn is_of_handle(&self) -> bool {
        matches!(*self.0, redb::Error::PreviousIo | redb::Error::DatabaseClosed)
    }

    /// Whether another attempt may read the file: its handle has ended, it is open elsewhere, or the device or network failed.
    pub(super) fn may_pass(&self) -> bool {
        const PASSING: [Errno; 4] = [Errno::IO, Errno::STALE, Errno::NOMEM, Errno::TIMEDOUT];
        match &*self.0 {
            redb::Error::Io(error) => Errno::from_io_error(error).is_some_and(|code| PASSING.contains(&code)),
            redb::Error::DatabaseAlreadyOpen => true,
            _ => self.is_of_handle(),
        }
    }

    /// Whether the system refused the file or a write to it: it is full or read-only, or too many files are open.
    pub(super) fn is_refusal(&self) -> bool {
        matches!(&*self.0, redb::Error::Io(error) if is_refusal(error))
    }
}

/// Whether the system refused a write or a file, as opposed to a file that is damaged.
fn is_refusal(error: &io::Error) -> bool {
    /// The process, or the system, has as many open files as it may have.
    const TOO_MANY_FILES: [Errno; 2] = [Errno::NFILE, Errno::MFILE];
    matches!(
        error.kind(),
        io::ErrorKind::StorageFull
            | io::ErrorKind::QuotaExceeded
            | io::ErrorKind::FileTooLarge
            | io::ErrorKind::ReadOnlyFilesystem
            | io::ErrorKind::PermissionDenied
    ) || Errno::from_io_error(error).is_some_and(|code| TOO_MANY_FILES.contains(&code))
}
