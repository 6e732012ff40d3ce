//! Spans that are read back in tests: without a network, an exporter thread, or a global.
//!
//! ```
//! use telemetry::testing::{self, Status};
//!
//! #[tracing::instrument(err)]
//! fn load(id: u64) -> std::io::Result<()> {
//!     tracing::info!("loading");
//!     Err(std::io::Error::other("the disk is full"))
//! }
//!
//! let (subscriber, spans) = testing::subscriber();
//! let _ = tracing::subscriber::with_default(subscriber, || load(7));
//!
//! let span = spans.named("load");
//! assert_eq!(span.attributes["id"], 7);
//! assert_eq!(span.status, Status::Error("the disk is full".to_owned()));
//! assert_eq!(span.events[0].name, "loading");
//! ```
//!
//! A test of asynchronous code sets the subscriber for a future (`tracing::instrument::WithSubscriber`), or for its
//! thread (`tracing::subscriber::set_default`), as here for actix:
//!
//! ```
//! use actix_web::{App, test, web};
//! use telemetry::{server::Tracing, testing};
//!
//! # actix_web::rt::System::new().block_on(async {
//! let (subscriber, spans) = testing::subscriber();
//! let _guard = tracing::subscriber::set_default(subscriber);
//! let app = App::new().wrap(Tracing::new()).route("/posts/{id}", web::get().to(async || "a post"));
//! let app = test::init_service(app).await;
//! test::call_and_read_body(&app, test::TestRequest::get().uri("/posts/7").to_request()).await;
//! assert_eq!(spans.named("GET /posts/{id}").kind, "server");
//! # });
//! ```

mod finished_span;

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tracing::Subscriber;
use tracing_subscriber::Layer;
use tracing_subscriber::registry::LookupSpan;

pub use self::finished_span::{FinishedEvent, FinishedLink, FinishedSpan, Status, Value};
use crate::export::queue::{Bounds, Queue};
use crate::filter::{Filter, TraceFilter};
use crate::log_lines::{LogFormat, LogLines};
use crate::otlp::Limits;
use crate::sampler::{Root, Sampler};
use crate::span::{Mode, Recorder, SpanLayer, SpanStarter, SpanSubscriber};

/// Spans that may finish between two reads. Further ones are dropped.
const CAPACITY: usize = 100_000;

/// A subscriber whose finished spans are read from the second value. It records every span from INFO, whatever the
/// environment says, and prints nothing.
pub fn subscriber() -> (impl Subscriber + Send + Sync, FinishedSpans) {
    let (recorder, spans) = recorder();
    (SpanSubscriber::new(recorder), spans)
}

/// [`subscriber`] as a layer, for a registry with other layers.
pub fn layer<S>() -> (impl Layer<S> + Send + Sync + use<S>, FinishedSpans)
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    let (recorder, spans) = recorder();
    let layer = SpanLayer::new(recorder);
    let filter = layer.filter();
    (layer.with_filter(filter), spans)
}

fn recorder() -> (Recorder, FinishedSpans) {
    let queue = Arc::new(Queue::new(Bounds { spans: CAPACITY, bytes: usize::MAX, batch: CAPACITY }));
    let starter = SpanStarter {
        sampler: Sampler::Always(Root::On),
        limits: Limits::default(),
        mode: Mode::Record(Arc::clone(&queue)),
        hooks: None,
    };
    let filter = Filter { traced: TraceFilter::new(true, "").0, printed: None };
    let recorder = Recorder::new(starter, filter, LogLines::new(LogFormat::Off, None), None);
    (recorder, FinishedSpans(Arc::new(Finished { queue, read: Mutex::default() })))
}

/// The spans that have finished so far. Clones share them.
#[derive(Clone, Debug)]
pub struct FinishedSpans(Arc<Finished>);

#[derive(Debug)]
struct Finished {
    queue: Arc<Queue>,
    read: Mutex<Vec<FinishedSpan>>,
}

impl FinishedSpans {
    /// All of them, in the order in which they finished.
    pub fn all(&self) -> Vec<FinishedSpan> {
        let mut read = self.0.read.lock();
        while self.0.queue.len() > 0
            && let Some(batch) = self.0.queue.take(Duration::ZERO)
        {
            read.extend(finished_span::decode(&batch));
            self.0.queue.settle(batch);
        }
        read.clone()
    }

    /// The only span with this name.
    ///
    /// # Panics
    ///
    /// When there is none, or more than one. The message lists the names of all spans.
    #[track_caller]
    pub fn named(&self, name: &str) -> FinishedSpan {
        let (mut found, others): (Vec<_>, Vec<_>) =
            self.all().into_iter().partition(|span| span.name == name);
        let others: Vec<&str> = others.iter().map(|span| &*span.name).collect();
        assert_eq!(found.len(), 1, "spans with the name {name:?}; the others are {others:?}");
        found.remove(0)
    }

    /// Forgets the spans that have finished so far.
    pub fn clear(&self) {
        self.all();
        self.0.read.lock().clear();
    }
}
