//! Answers that may be large, in one way for files and for Jaeger's API. What is small is sent whole, and keeps nothing
//! while it is read. What is larger is written while it is sent, by a thread that waits for who reads it: what it takes
//! does not grow with it, and few are written so at once.

use std::{
    cell::RefCell,
    io::{self, Write},
    sync::Arc,
    time::Duration,
};

use actix_web::{HttpResponse, HttpResponseBuilder, http::StatusCode, web::Bytes};
use futures_util::{Stream, stream};
use tokio::{
    runtime::Handle,
    sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot},
    time::timeout,
};

use super::{
    again_soon,
    read_budget::{BudgetError, ReadBudget},
};

/// What is no larger than this, as it is written and with what it is written from, is sent whole: of Jaeger's searches and
/// traces, nearly all.
const WHOLE: usize = 256 << 10;
/// How many larger ones are written at once. Each holds one trace, and a thread for as long as it is read.
const AT_ONCE: usize = 4;
/// How long a larger one waits for one of these places: a page asks for several at once, each mostly read at once as well.
const WAIT: Duration = Duration::from_secs(3);
/// What is sent at once.
const PART: usize = 64 << 10;
/// Parts that wait to be sent.
const QUEUE: usize = 4;
/// How long one part waits for somebody to read on.
const PATIENCE: Duration = Duration::from_secs(30);

/// The places that larger answers have.
#[derive(Debug, Clone)]
pub(super) struct Places {
    /// What all of them may hold of traces, and the page's answers with them.
    pub(super) reading: ReadBudget,
    free: Arc<Semaphore>,
    wait: Duration,
    patience: Duration,
}

impl Places {
    /// With room for so many bytes of traces.
    pub(super) fn new(bytes: usize) -> Self {
        let reading = ReadBudget::new(bytes);
        Self { reading, free: Arc::new(Semaphore::new(AT_ONCE)), wait: WAIT, patience: PATIENCE }
    }
}

/// An answer of which nothing is sent yet.
#[derive(Debug)]
pub(super) enum Written {
    Whole(Vec<u8>),
    /// It is still being written.
    Parts(mpsc::Receiver<Part>),
}

#[derive(Debug)]
pub(super) enum Part {
    Bytes(Bytes),
    /// There are no more. An answer that lacks it is none.
    End,
}

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Unwritten {
    /// It has no place among the larger ones.
    Busy,
    BudgetError(BudgetError),
    Failed(io::Error),
}

/// An answer that `write` writes, on a thread that may take its time. When it becomes large and all places are taken, it is
/// written once more from its beginning, when there is one.
pub(super) async fn written<W>(places: &Places, write: W) -> Result<Written, Unwritten>
where
    W: Fn(&Out) -> io::Result<()> + Send + Sync + 'static,
{
    let write = Arc::new(write);
    match attempt(places, write.clone(), None).await {
        Err(Unwritten::Busy) => {}
        outcome => return outcome,
    }
    match timeout(places.wait, places.free.clone().acquire_owned()).await {
        Ok(Ok(place)) => attempt(places, write, Some(place)).await,
        _ => Err(Unwritten::Busy),
    }
}

async fn attempt<W>(
    places: &Places,
    write: Arc<W>,
    place: Option<OwnedSemaphorePermit>,
) -> Result<Written, Unwritten>
where
    W: Fn(&Out) -> io::Result<()> + Send + Sync + 'static,
{
    let (begun, outcome) = oneshot::channel();
    let (places, runtime) = (places.clone(), Handle::current());
    tokio::task::spawn_blocking(move || {
        let begun = Way::Whole { begun: Some(begun), place };
        let inner = Inner { part: Vec::new(), way: begun, room: None, places, runtime };
        let out = Out(RefCell::new(inner));
        let outcome = write(&out);
        out.0.into_inner().finish(outcome);
    });
    // The thread says nothing when it is not there any more.
    outcome.await.unwrap_or_else(|_| Err(Unwritten::Failed(io::ErrorKind::BrokenPipe.into())))
}

/// What is written to, from a thread that may wait.
#[derive(Debug)]
pub(super) struct Out(RefCell<Inner>);

#[derive(Debug)]
struct Inner {
    part: Vec<u8>,
    way: Way,
    /// The room of the trace that is held.
    room: Option<OwnedSemaphorePermit>,
    places: Places,
    runtime: Handle,
}

#[derive(Debug)]
enum Way {
    /// Nothing is sent yet.
    Whole {
        begun: Option<oneshot::Sender<Result<Written, Unwritten>>>,
        place: Option<OwnedSemaphorePermit>,
    },
    Parts {
        sender: mpsc::Sender<Part>,
        _place: OwnedSemaphorePermit,
    },
}

impl Out {
    /// Says that so many bytes will be held beside what is written, and those before no more. Many of them make an answer a
    /// larger one.
    ///
    /// # Errors
    /// When it has no place among those, or there is no room for so many.
    pub(super) fn hold(&self, bytes: usize) -> io::Result<()> {
        let mut inner = self.0.borrow_mut();
        inner.room = None;
        if inner.part.len().saturating_add(bytes) > WHOLE {
            inner.take_place()?;
            inner.take_room(bytes)?;
            inner.begin()?;
        }
        Ok(())
    }
}

impl Write for &Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut inner = self.0.borrow_mut();
        if inner.left() == 0 {
            inner.send()?;
        }
        let (first, _) = bytes.split_at(bytes.len().min(inner.left()));
        inner.part.extend_from_slice(first);
        Ok(first.len())
    }

    /// Parts are sent when they are full.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Inner {
    /// How much more may stand in the part.
    const fn left(&self) -> usize {
        let most = if matches!(self.way, Way::Whole { .. }) { WHOLE } else { PART };
        most.saturating_sub(self.part.len())
    }

    /// Takes a place among the larger ones, if it has none yet.
    fn take_place(&mut self) -> io::Result<()> {
        if let Way::Whole { place, .. } = &mut self.way
            && place.is_none()
        {
            *place = self.places.free.clone().try_acquire_owned().ok();
            if place.is_none() {
                return Err(self.refuse(Unwritten::Busy));
            }
        }
        Ok(())
    }

    /// Takes room for so many bytes. With a place: few wait here at once.
    fn take_room(&mut self, bytes: usize) -> io::Result<()> {
        match self.runtime.block_on(self.places.reading.room(bytes)) {
            Ok(room) => self.room = room,
            Err(cause) => return Err(self.refuse(Unwritten::BudgetError(cause))),
        }
        Ok(())
    }

    /// Says why there is no answer, if nothing is sent yet.
    fn refuse(&mut self, why: Unwritten) -> io::Error {
        if let Way::Whole { begun, .. } = &mut self.way
            && let Some(begun) = begun.take()
        {
            // Nobody may be there to hear it.
            let _ = begun.send(Err(why));
        }
        io::ErrorKind::WouldBlock.into()
    }

    /// Begins to send, if that is not done yet.
    fn begin(&mut self) -> io::Result<()> {
        self.take_place()?;
        let Way::Whole { begun, place } = &mut self.way else { return Ok(()) };
        let gone = || io::Error::from(io::ErrorKind::BrokenPipe);
        let (begun, place) = begun.take().zip(place.take()).ok_or_else(gone)?;
        let (sender, parts) = mpsc::channel(QUEUE);
        begun.send(Ok(Written::Parts(parts))).map_err(|_| gone())?;
        self.way = Way::Parts { sender, _place: place };
        Ok(())
    }

    fn send(&mut self) -> io::Result<()> {
        self.begin()?;
        let part = std::mem::replace(&mut self.part, Vec::with_capacity(PART));
        self.put(Part::Bytes(part.into()))
    }

    fn put(&self, part: Part) -> io::Result<()> {
        let Way::Parts { sender, .. } = &self.way else { return Ok(()) };
        match self.runtime.block_on(timeout(self.places.patience, sender.send(part))) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(io::ErrorKind::BrokenPipe.into()),
            Err(_) => Err(io::ErrorKind::TimedOut.into()),
        }
    }

    fn finish(mut self, outcome: io::Result<()>) {
        if let Way::Whole { begun, .. } = self.way {
            if let Some(begun) = begun {
                // Nobody may be there to hear it.
                let _ = begun.send(outcome.map(|()| Written::Whole(self.part)).map_err(Unwritten::Failed));
            }
            return;
        }
        if let Err(error) = outcome.and_then(|()| self.send()).and_then(|()| self.put(Part::End)) {
            tracing::debug!(%error, "an answer was not written to its end");
        }
    }
}

impl Written {
    /// The answer with this body. Where that breaks off, its reader is cut off and not told of an end.
    pub(super) fn answer(self, response: &mut HttpResponseBuilder) -> HttpResponse {
        match self {
            Self::Whole(body) => response.body(body),
            Self::Parts(parts) => response.streaming(body(parts)),
        }
    }
}

fn body(parts: mpsc::Receiver<Part>) -> impl Stream<Item = io::Result<Bytes>> {
    stream::unfold(Some(parts), async |parts| {
        let mut parts = parts?;
        match parts.recv().await {
            Some(Part::Bytes(bytes)) => Some((Ok(bytes), Some(parts))),
            Some(Part::End) => None,
            None => Some((Err(io::ErrorKind::BrokenPipe.into()), None)),
        }
    })
}

impl Unwritten {
    /// Whether what was asked for is not there.
    pub(super) fn is_not_found(&self) -> bool {
        matches!(self, Self::Failed(cause) if cause.kind() == io::ErrorKind::NotFound)
    }

    /// Says it in the words of an API.
    pub(super) fn answer(&self, error: impl FnOnce(StatusCode, &str) -> HttpResponse) -> HttpResponse {
        match self {
            Self::Busy => {
                let busy = "other large answers are being read; try again";
                again_soon(error(StatusCode::SERVICE_UNAVAILABLE, busy))
            }
            Self::BudgetError(cause) => cause.answer(error),
            Self::Failed(cause) => {
                tracing::error!(error = process::error_chain(cause), "cannot write an answer");
                error(StatusCode::INTERNAL_SERVER_ERROR, "the answer cannot be written")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use futures_util::StreamExt;

    use super::*;

    fn places(count: usize) -> Places {
        let reading = ReadBudget::new(4 * WHOLE);
        Places {
            reading,
            free: Arc::new(Semaphore::new(count)),
            wait: Duration::from_millis(50),
            patience: PATIENCE,
        }
    }

    async fn bytes(places: &Places, count: usize) -> Result<Written, Unwritten> {
        written(places, move |mut out| out.write_all(&vec![b'x'; count])).await
    }

    #[actix_web::test]
    async fn what_is_small_is_whole_and_takes_no_place() {
        let places = places(0);
        assert!(matches!(bytes(&places, WHOLE).await, Ok(Written::Whole(body)) if body.len() == WHOLE));
        assert!(matches!(bytes(&places, WHOLE + 1).await, Err(Unwritten::Busy)));
        let held = written(&places, |out| out.hold(WHOLE + 1)).await;
        assert!(matches!(held, Err(Unwritten::Busy)));
        let failed = written(&places, |_| Err(io::ErrorKind::NotFound.into())).await;
        assert!(failed.unwrap_err().is_not_found());
    }

    #[actix_web::test]
    async fn what_is_large_comes_in_parts_when_there_is_a_place() {
        let places = places(1);
        let large = 3 * WHOLE + 5;
        let Ok(Written::Parts(first)) = bytes(&places, large).await else { panic!("not in parts") };
        assert!(matches!(bytes(&places, large).await, Err(Unwritten::Busy)));
        let read = async |parts| {
            let parts: Vec<_> = body(parts).map(Result::unwrap).collect().await;
            assert!(parts.iter().skip(1).all(|part| part.len() <= PART));
            parts.concat().len()
        };
        assert_eq!(read(first).await, large);
        let Ok(Written::Parts(next)) = bytes(&places, large).await else { panic!("no place was given back") };
        assert_eq!(read(next).await, large);
    }

    #[actix_web::test]
    async fn what_no_room_is_large_enough_for_is_refused_and_keeps_none() {
        let places = places(1);
        let held = written(&places, |out| out.hold(5 * WHOLE)).await;
        assert!(matches!(held, Err(Unwritten::BudgetError(BudgetError::TooLarge { .. }))));
        for _ in 0..3 {
            // One trace after another, each in the room of the one before.
            let write = |out: &Out| (1..=4).try_for_each(|times| out.hold(times * WHOLE));
            let Ok(Written::Parts(parts)) = written(&places, write).await else { panic!("not in parts") };
            let parts: Vec<_> = body(parts).collect().await;
            assert!(parts.iter().all(Result::is_ok));
        }
    }

    #[actix_web::test]
    async fn traces_that_grow_by_little_are_held_to_the_room_as_well() {
        let places = places(1);
        let write = |out: &Out| (4..=40).try_for_each(|times| out.hold(times * WHOLE / 4));
        let Ok(Written::Parts(parts)) = written(&places, write).await else { panic!("not in parts") };
        let parts: Vec<_> = body(parts).collect().await;
        assert!(parts.last().is_some_and(Result::is_err));
    }

    #[actix_web::test]
    async fn who_stands_still_is_cut_off_and_gives_back_the_place() {
        let places = Places { patience: Duration::from_millis(50), ..places(1) };
        let begun = Instant::now();
        let Ok(Written::Parts(parts)) = bytes(&places, 10 * WHOLE).await else { panic!("not in parts") };
        let _place = places.free.acquire().await;
        assert!(begun.elapsed() >= places.patience);
        let parts: Vec<_> = body(parts).collect().await;
        assert_eq!(parts.len(), QUEUE + 1);
        assert!(parts.last().is_some_and(Result::is_err));
    }

    #[actix_web::test]
    async fn what_breaks_off_has_no_end() {
        let places = places(1);
        let broken = written(&places, |mut out| {
            out.write_all(&vec![b'x'; WHOLE + 1])?;
            Err(io::ErrorKind::InvalidData.into())
        });
        let Ok(Written::Parts(parts)) = broken.await else { panic!("not in parts") };
        let parts: Vec<_> = body(parts).collect().await;
        assert!(parts.last().is_some_and(Result::is_err));
    }
}
