//! Response bodies of any size, for exports and Jaeger's API.
//!
//! A body of at most 256 KiB is buffered and sent whole. A larger one is streamed in chunks by a blocking thread
//! that waits for the client, so its size does not affect memory. At most four bodies are streamed at the same time.
//!
//! | module | content |
//! |---|---|
//! | [`limits`] | limits that all streamed bodies share |
//! | [`body`] | buffered or streamed body, and its HTTP response |
//! | [`writer`] | writer that starts with a buffer and changes to streaming |

mod body;
mod limits;
#[cfg(test)]
mod tests;
mod writer;

use std::{io, sync::Arc};

use tokio::{
    runtime::Handle,
    sync::{OwnedSemaphorePermit, oneshot},
    time::timeout,
};

pub(super) use self::{
    body::{BodyError, ResponseBody},
    limits::StreamLimits,
    writer::BodyWriter,
};

/// Runs `write` on a blocking thread. Returns when the body is complete, or when it starts to be streamed.
///
/// When the body turns out to be large and all streams are in use, `write` runs once more as soon as one is free.
pub(super) async fn write_body<W>(limits: &StreamLimits, write: W) -> Result<ResponseBody, BodyError>
where
    W: Fn(&BodyWriter) -> io::Result<()> + Send + Sync + 'static,
{
    let write = Arc::new(write);
    match attempt(limits, write.clone(), None).await {
        Err(BodyError::Busy) => {}
        outcome => return outcome,
    }
    match timeout(limits.stream_wait, limits.streams.clone().acquire_owned()).await {
        Ok(Ok(permit)) => attempt(limits, write, Some(permit)).await,
        _ => Err(BodyError::Busy),
    }
}

async fn attempt<W>(
    limits: &StreamLimits,
    write: Arc<W>,
    permit: Option<OwnedSemaphorePermit>,
) -> Result<ResponseBody, BodyError>
where
    W: Fn(&BodyWriter) -> io::Result<()> + Send + Sync + 'static,
{
    let (result, started) = oneshot::channel();
    let (limits, runtime) = (limits.clone(), Handle::current());
    tokio::task::spawn_blocking(move || {
        let writer = BodyWriter::new(result, permit, limits, runtime);
        let outcome = write(&writer);
        writer.finish(outcome);
    });
    // The channel is closed without a result when the thread panicked.
    started.await.unwrap_or_else(|_| Err(BodyError::Failed(io::ErrorKind::BrokenPipe.into())))
}
