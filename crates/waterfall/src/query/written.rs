//! A body that is written while it is sent: what a large file takes does not grow with it.

use std::{
    io::{self, Write},
    time::Duration,
};

use actix_web::web::Bytes;
use futures_util::{Stream, stream};
use tokio::{runtime::Handle, sync::mpsc, time::timeout};

/// What is sent at once.
const PART: usize = 64 << 10;
/// Parts that wait to be sent.
const QUEUE: usize = 4;
/// How long one part waits for somebody to read on.
const PATIENCE: Duration = Duration::from_secs(30);

type Part = io::Result<Bytes>;

/// The end of a body that is written to, from a thread that may wait.
struct Parts {
    part: Vec<u8>,
    sender: mpsc::Sender<Part>,
    runtime: Handle,
}

impl Parts {
    fn send(&self, part: Part) -> io::Result<()> {
        let sending = timeout(PATIENCE, self.sender.send(part));
        match self.runtime.block_on(sending) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(io::ErrorKind::BrokenPipe.into()),
            Err(_) => Err(io::ErrorKind::TimedOut.into()),
        }
    }
}

impl Write for Parts {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.part.extend_from_slice(bytes);
        if self.part.len() >= PART {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let part = std::mem::replace(&mut self.part, Vec::with_capacity(PART));
        self.send(Ok(part.into()))
    }
}

/// A body that `write` writes on a thread of its own. Whoever reads it is cut off, and not told of an end, when that fails.
pub(super) fn written(
    write: impl FnOnce(&mut dyn Write) -> io::Result<()> + Send + 'static,
) -> impl Stream<Item = Part> {
    let (sender, parts) = mpsc::channel(QUEUE);
    let runtime = Handle::current();
    tokio::task::spawn_blocking(move || {
        let mut out = Parts { part: Vec::with_capacity(PART), sender, runtime };
        if let Err(error) = write(&mut out).and_then(|()| out.flush()) {
            tracing::debug!(%error, "a file was not written to its end");
            // Nobody may be there to hear it.
            let _ = out.sender.blocking_send(Err(error));
        }
    });
    stream::unfold(parts, async |mut parts| Some((parts.recv().await?, parts)))
}
