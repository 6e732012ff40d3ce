//! Writer of a response body. It starts with a buffer, and changes to streaming when the body becomes large.

use std::{
    cell::RefCell,
    io::{self, Write},
};

use tokio::{
    runtime::Handle,
    sync::{OwnedSemaphorePermit, mpsc, oneshot},
    time::timeout,
};

use super::{
    body::{BodyError, Chunk, ResponseBody},
    limits::{CHUNK_SIZE, MAX_BUFFERED, QUEUED_CHUNKS, StreamLimits},
};

/// Receives what the response handler waits for.
type ResultSender = oneshot::Sender<Result<ResponseBody, BodyError>>;

/// Writes a body from a blocking thread. Implements [`Write`] by reference, so that a serializer can use it while
/// traces are read for it.
#[derive(Debug)]
pub(in crate::api) struct BodyWriter(RefCell<Inner>);

#[derive(Debug)]
struct Inner {
    chunk: Vec<u8>,
    mode: Mode,
    /// Read budget of the trace that is in memory.
    read_permit: Option<OwnedSemaphorePermit>,
    limits: StreamLimits,
    runtime: Handle,
}

#[derive(Debug)]
enum Mode {
    /// Nothing has been sent.
    Buffering {
        result: Option<ResultSender>,
        permit: Option<OwnedSemaphorePermit>,
    },
    Streaming {
        sender: mpsc::Sender<Chunk>,
        _permit: OwnedSemaphorePermit,
    },
}

impl BodyWriter {
    pub(super) fn new(
        result: ResultSender,
        permit: Option<OwnedSemaphorePermit>,
        limits: StreamLimits,
        runtime: Handle,
    ) -> Self {
        let mode = Mode::Buffering { result: Some(result), permit };
        Self(RefCell::new(Inner { chunk: Vec::new(), mode, read_permit: None, limits, runtime }))
    }

    /// Reserves memory for the next trace that the body is made from, and releases that of the previous one. A large
    /// trace starts streaming.
    ///
    /// # Errors
    /// When no stream is free, or the read budget does not have so many bytes.
    pub(in crate::api) fn reserve(&self, bytes: usize) -> io::Result<()> {
        let mut inner = self.0.borrow_mut();
        inner.read_permit = None;
        if inner.chunk.len().saturating_add(bytes) > MAX_BUFFERED {
            inner.acquire_stream()?;
            inner.acquire_read_budget(bytes)?;
            inner.start_streaming()?;
        }
        Ok(())
    }

    /// Sends the buffered body, or the rest of the streamed one.
    pub(super) fn finish(self, outcome: io::Result<()>) {
        self.0.into_inner().finish(outcome);
    }
}

impl Write for &BodyWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut inner = self.0.borrow_mut();
        if inner.remaining() == 0 {
            inner.send_chunk()?;
        }
        let (first, _) = bytes.split_at(bytes.len().min(inner.remaining()));
        inner.chunk.extend_from_slice(first);
        Ok(first.len())
    }

    /// Does nothing: chunks are sent when they are full.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Inner {
    /// Bytes that the current chunk has room for.
    const fn remaining(&self) -> usize {
        let capacity = if matches!(self.mode, Mode::Buffering { .. }) { MAX_BUFFERED } else { CHUNK_SIZE };
        capacity.saturating_sub(self.chunk.len())
    }

    fn acquire_stream(&mut self) -> io::Result<()> {
        if let Mode::Buffering { permit, .. } = &mut self.mode
            && permit.is_none()
        {
            *permit = self.limits.streams.clone().try_acquire_owned().ok();
            if permit.is_none() {
                return Err(self.refuse(BodyError::Busy));
            }
        }
        Ok(())
    }

    /// Called with a stream permit only, so that few threads wait here.
    fn acquire_read_budget(&mut self, bytes: usize) -> io::Result<()> {
        match self.runtime.block_on(self.limits.read_budget.acquire(bytes)) {
            Ok(permit) => self.read_permit = permit,
            Err(cause) => return Err(self.refuse(BodyError::Budget(cause))),
        }
        Ok(())
    }

    /// Reports why there is no body, unless streaming has started.
    fn refuse(&mut self, cause: BodyError) -> io::Error {
        if let Mode::Buffering { result, .. } = &mut self.mode
            && let Some(result) = result.take()
        {
            // It fails when the client is gone.
            let _ = result.send(Err(cause));
        }
        io::ErrorKind::WouldBlock.into()
    }

    /// Changes from buffering to streaming. Does nothing when streaming has started.
    fn start_streaming(&mut self) -> io::Result<()> {
        self.acquire_stream()?;
        let Mode::Buffering { result, permit } = &mut self.mode else { return Ok(()) };
        let disconnected = || io::Error::from(io::ErrorKind::BrokenPipe);
        let (result, permit) = result.take().zip(permit.take()).ok_or_else(disconnected)?;
        let (sender, chunks) = mpsc::channel(QUEUED_CHUNKS);
        result.send(Ok(ResponseBody::Streamed(chunks))).map_err(|_| disconnected())?;
        self.mode = Mode::Streaming { sender, _permit: permit };
        Ok(())
    }

    fn send_chunk(&mut self) -> io::Result<()> {
        self.start_streaming()?;
        let data = std::mem::replace(&mut self.chunk, Vec::with_capacity(CHUNK_SIZE));
        self.send(Chunk::Data(data.into()))
    }

    fn send(&self, chunk: Chunk) -> io::Result<()> {
        let Mode::Streaming { sender, .. } = &self.mode else { return Ok(()) };
        match self.runtime.block_on(timeout(self.limits.stall_timeout, sender.send(chunk))) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(io::ErrorKind::BrokenPipe.into()),
            Err(_) => Err(io::ErrorKind::TimedOut.into()),
        }
    }

    fn finish(mut self, outcome: io::Result<()>) {
        if let Mode::Buffering { result, .. } = self.mode {
            if let Some(result) = result {
                let body = outcome.map(|()| ResponseBody::Buffered(self.chunk)).map_err(BodyError::Failed);
                // It fails when the client is gone.
                let _ = result.send(body);
            }
            return;
        }
        if let Err(error) = outcome.and_then(|()| self.send_chunk()).and_then(|()| self.send(Chunk::End)) {
            tracing::debug!(%error, "a streamed response was not completed");
        }
    }
}
