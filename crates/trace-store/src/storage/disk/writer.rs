//! The writer thread: it commits together all records that queued up during the last commit.

use std::{
    io,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, Receiver, Sender, SyncSender},
    },
    thread::JoinHandle,
};

use thiserror::Error;

use super::{super::ids::ChunkId, volume::Volume, volume_error::VolumeError, volumes::Volumes};

/// Records that wait for the thread. When the queue is full, callers block until it has room.
const QUEUE: usize = 256;
/// A commit begins once it has about this many bytes.
const COMMIT_BYTES: usize = 4 << 20;

/// A chunk could not be written.
#[derive(Debug, Clone, Error)]
pub enum WriteError {
    #[error("the write to disk failed")]
    Volume(#[source] Arc<VolumeError>),
    #[error("the store is closing")]
    Closed,
}

type Written = Result<(ChunkId, Arc<Volume>), WriteError>;

struct Job {
    /// `None` to find out whether the disk takes writes again.
    record: Option<Box<[u8]>>,
    done: Sender<Written>,
}

#[derive(Debug)]
pub(super) struct Writer {
    jobs: Option<SyncSender<Job>>,
    thread: Mutex<Option<JoinHandle<()>>>,
    failing: Arc<AtomicBool>,
}

impl Writer {
    pub(super) fn start(
        volumes: Arc<Volumes>,
        volume: Arc<Volume>,
        next: ChunkId,
        volume_bytes: u64,
    ) -> io::Result<Self> {
        let (jobs, queue) = mpsc::sync_channel(QUEUE);
        let failing = Arc::<AtomicBool>::default();
        let mut state =
            State { volumes, next: next.0, volume, volume_bytes, failing: failing.clone(), failed_bytes: 0 };
        let thread =
            std::thread::Builder::new().name("store-writer".to_owned()).spawn(move || state.run(&queue))?;
        Ok(Self { jobs: Some(jobs), thread: Mutex::new(Some(thread)), failing })
    }

    pub(super) fn append(&self, record: Box<[u8]>) -> Written {
        self.commit(Some(record))
    }

    /// Whether the last commit succeeded. After one that failed, tries another.
    pub(super) fn check(&self) -> Result<(), WriteError> {
        if self.failing.load(Ordering::Relaxed) { self.commit(None).map(drop) } else { Ok(()) }
    }

    fn commit(&self, record: Option<Box<[u8]>>) -> Written {
        let (done, written) = mpsc::channel();
        let job = Job { record, done };
        let jobs = self.jobs.as_ref().ok_or(WriteError::Closed)?;
        jobs.send(job).map_err(|_| WriteError::Closed)?;
        written.recv().map_err(|_| WriteError::Closed)?
    }
}

impl Drop for Writer {
    /// Waits until the queue is written.
    fn drop(&mut self) {
        self.jobs = None;
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            // It panics only when the engine does, and then there is nothing left to wait for.
            let _ = thread.join();
        }
    }
}

struct State {
    volumes: Arc<Volumes>,
    volume: Arc<Volume>,
    next: u64,
    volume_bytes: u64,
    /// Whether the last commit failed.
    failing: Arc<AtomicBool>,
    /// Bytes of the last commit that failed.
    failed_bytes: usize,
}

impl State {
    fn run(&mut self, queue: &Receiver<Job>) {
        while let Ok(first) = queue.recv() {
            let mut bytes = first.len();
            let mut jobs = vec![first];
            while bytes < COMMIT_BYTES {
                let Ok(job) = queue.try_recv() else { break };
                bytes += job.len();
                jobs.push(job);
            }
            self.commit(jobs);
        }
    }

    fn commit(&mut self, jobs: Vec<Job>) {
        let outcome = self.write(&jobs).map_err(|error| WriteError::Volume(Arc::new(error)));
        self.failing.store(outcome.is_err(), Ordering::Relaxed);
        let bytes: usize = jobs.iter().map(Job::len).sum();
        if outcome.is_err() && bytes > 0 {
            self.failed_bytes = bytes;
        }
        for job in jobs {
            let id = ChunkId(self.next);
            self.next += u64::from(job.record.is_some());
            // A caller that stopped waiting misses the outcome; the chunk is stored all the same.
            let _ = job.done.send(outcome.clone().map(|()| (id, self.volume.clone())));
        }
    }

    /// Writes the records of all jobs, or none.
    fn write(&mut self, jobs: &[Job]) -> Result<(), VolumeError> {
        if self.failing.load(Ordering::Relaxed) {
            // Opening the file again reads all of it: not as long as the file system says that it would be for nothing.
            self.volumes.check_room()?;
        }
        self.rotate_when_full()?;
        if jobs.iter().all(|job| job.record.is_none()) {
            return self.volume.try_write(self.failed_bytes);
        }
        let records = (self.next..).zip(jobs.iter().filter_map(|job| job.record.as_deref()));
        self.volume.write(&records.map(|(number, record)| (ChunkId(number), record)))
    }

    fn rotate_when_full(&mut self) -> Result<(), VolumeError> {
        if self.volume.bytes() >= self.volume_bytes {
            let next = self.volumes.create()?;
            std::mem::replace(&mut self.volume, next).close();
            self.next = self.volume.id.first_chunk();
        }
        Ok(())
    }
}

impl Job {
    fn len(&self) -> usize {
        self.record.as_deref().map_or(0, <[u8]>::len)
    }
}
