//! The store: an index behind a lock, and the disk. The lock is held only while the index is read or changed.

mod eviction;
mod ingest;
mod queries;

pub use self::queries::KnownTexts;

use std::{
    path::PathBuf,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use crate::{
    index::Index,
    retention::Retention,
    storage::{Disk, OpenError, Packer, WriteError},
};

/// Limits of a store.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes of memory, for the index and, without a disk, the chunks.
    pub memory: usize,
}

/// Where a durable store writes its chunks.
#[derive(Debug, Clone)]
pub struct DiskSettings {
    /// A folder of its own. It is created if it does not exist.
    pub folder: PathBuf,
    /// Bytes that the files may take.
    pub limit: u64,
}

/// Statistics of a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stats {
    pub traces: u64,
    pub spans: u64,
    pub logs: u64,
    /// Log records without a trace, which were not stored, since the start.
    pub untraced_logs: u64,
    pub memory_bytes: usize,
    pub disk_bytes: u64,
    /// Traces that were evicted since the start.
    pub evicted_traces: u64,
    /// Services and operations of spans that were indexed as others, because names had no room, since the start.
    pub other_names: u64,
    /// Damaged files since the start.
    pub damaged_files: u64,
}

/// A bounded store of traces, shared between threads by reference.
#[derive(Debug)]
pub struct Store {
    limits: Limits,
    index: Mutex<Index>,
    disk: Option<Disk>,
    packer: Packer,
    untraced_logs: AtomicU64,
    retention: Option<Retention>,
    /// Held while a volume is evicted.
    evicting: Mutex<()>,
}

impl Store {
    /// Creates a store in memory.
    pub fn in_memory(limits: Limits) -> Self {
        Self::new(limits, None)
    }

    /// Opens a store on disk. It accepts spans at once. Spans of earlier processes are available after
    /// [`Self::replay`].
    ///
    /// # Errors
    /// [`OpenError`] when the folder cannot be used.
    pub fn on_disk(limits: Limits, disk: &DiskSettings) -> Result<Self, OpenError> {
        Ok(Self::new(limits, Some(Disk::open(&disk.folder, disk.limit)?)))
    }

    fn new(limits: Limits, disk: Option<Disk>) -> Self {
        Self {
            limits,
            index: Mutex::new(Index::new(limits.memory)),
            disk,
            packer: Packer::default(),
            untraced_logs: AtomicU64::new(0),
            retention: None,
            evicting: Mutex::default(),
        }
    }

    /// Retains some traces longer than others: on eviction they are written again, in at most a quarter of the limit.
    #[must_use]
    pub const fn with_retention(mut self, retention: Retention) -> Self {
        self.retention = Some(retention);
        self
    }

    /// Whether [`Self::ingest`] waits for the disk.
    pub const fn is_durable(&self) -> bool {
        self.disk.is_some()
    }

    /// Checks that the next [`Self::ingest`] is likely to succeed. It may wait for the disk.
    ///
    /// # Errors
    /// [`WriteError`] while the file system is full or read-only, and as long as writes fail.
    pub fn check_writable(&self) -> Result<(), WriteError> {
        self.disk.as_ref().map_or(Ok(()), Disk::check)
    }

    pub fn stats(&self) -> Stats {
        let index = self.lock();
        Stats {
            traces: index.trace_count(),
            spans: index.spans,
            logs: index.logs,
            untraced_logs: self.untraced_logs.load(Ordering::Relaxed),
            memory_bytes: index.bytes(),
            disk_bytes: self.disk.as_ref().map_or(0, Disk::bytes),
            evicted_traces: index.evicted_traces,
            other_names: index.services.others() + index.operations.others(),
            damaged_files: self.disk.as_ref().map_or(0, Disk::damaged_count),
        }
    }

    /// A panic under the lock leaves the index consistent: each step adds or removes one entry.
    fn lock(&self) -> MutexGuard<'_, Index> {
        self.index.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
