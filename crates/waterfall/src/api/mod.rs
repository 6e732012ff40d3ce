//! The answers about what is stored.
//!
//! | module | what lives there |
//! |---|---|
//! | [`ui`] | what the page asks: the list, a trace in rows, a span |
//! | [`logs`] | the log records of a trace |
//! | [`rows`], [`details`], [`values`] | the page's wire types and how they come from the model |
//! | [`jaeger`] | Jaeger's paths, for what knows Jaeger |
//! | [`services`] | figures by operation, who calls whom, keys and values |
//! | [`complete`] | what completes a query |
//! | [`import`], [`export`] | traces from and to files |
//! | [`listed`], [`written`] | lists of traces; answers that are written while they are sent |
//! | [`reading`] | how much of traces may lie unpacked while answers are made of them |
//! | [`stream`] | new and changed traces as server-sent events |

mod attribute_values;
mod completion;
mod export;
mod import;
mod jaeger;
mod logs;
mod parameters;
mod read_budget;
mod services;
mod span_details;
mod stream;
mod streaming_body;
mod trace_rows;
mod trace_serializer;
mod traces;

use std::sync::{Arc, atomic::AtomicUsize};

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        StatusCode,
        header::{self, ETag, EntityTag},
    },
    web,
};
use process::Shutdown;
use serde::Serialize;
use trace_store::Store;

use crate::{changes::Changes, pages, receiver::Receiver};
use streaming_body::Places;

/// What the handlers stand on.
#[derive(Debug)]
pub(crate) struct State {
    store: Arc<Store>,
    changes: Arc<Changes>,
    /// The way in, for files.
    receiver: Arc<Receiver>,
    shutdown: Shutdown,
    /// How many watch the stream.
    watchers: Arc<AtomicUsize>,
    /// And of them, with a query.
    filtered: Arc<AtomicUsize>,
    /// What is written while it is sent.
    places: Places,
    /// Tells versions of this process from those of the one before it.
    started: u64,
}

impl State {
    pub(crate) fn new(
        store: Arc<Store>,
        changes: Arc<Changes>,
        receiver: Arc<Receiver>,
        shutdown: Shutdown,
        read_room: usize,
    ) -> Self {
        let now = std::time::UNIX_EPOCH.elapsed().unwrap_or_default();
        let started = u64::try_from(now.as_micros()).unwrap_or_default();
        Self {
            store,
            changes,
            receiver,
            shutdown,
            watchers: Arc::default(),
            filtered: Arc::default(),
            places: Places::new(read_room),
            started,
        }
    }

    /// The tag of an answer about one version of a trace.
    fn tag(&self, version: u64) -> EntityTag {
        EntityTag::new_weak(format!("{:x}-{version:x}", self.started))
    }
}

pub(crate) fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/health/live", web::get().to(HttpResponse::NoContent))
        .route("/health/ready", web::get().to(HttpResponse::NoContent))
        .route("/api/stream", web::get().to(stream::stream))
        .configure(traces::routes)
        .configure(services::routes)
        .configure(completion::routes)
        .configure(import::routes)
        .configure(export::routes)
        .configure(jaeger::routes);
}

pub(crate) async fn not_found(request: HttpRequest) -> HttpResponse {
    error(StatusCode::NOT_FOUND, &format!("there is nothing at {}", request.path()))
}

#[derive(Serialize)]
struct ErrorJson<'a> {
    error: &'a str,
}

/// An error as the page reads it.
pub(crate) fn error(status: StatusCode, message: &str) -> HttpResponse {
    HttpResponse::build(status).json(ErrorJson { error: message })
}

/// The same answer, with a word of when to come again: in a second.
pub(crate) fn again_soon(mut response: HttpResponse) -> HttpResponse {
    response.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from_static("1"));
    response
}

/// An answer about one version of a trace, made of so many bytes on a thread that may take its time, unless the client has
/// it already.
async fn of_version(
    state: &State,
    request: &HttpRequest,
    version: u64,
    bytes: usize,
    make: impl FnOnce() -> serde_json::Result<Vec<u8>> + Send + 'static,
) -> HttpResponse {
    let tag = state.tag(version);
    if pages::is_known(request, &tag) {
        return HttpResponse::NotModified().insert_header(ETag(tag)).finish();
    }
    let room = match state.places.reading.room(bytes).await {
        Ok(room) => room,
        Err(cause) => return cause.answer(error),
    };
    let make = move || {
        let _until_it_is_made = room;
        make()
    };
    match web::block(make).await {
        Ok(Ok(body)) => HttpResponse::Ok()
            .content_type("application/json")
            .insert_header(ETag(tag))
            .insert_header((header::CACHE_CONTROL, "no-cache"))
            .body(body),
        Ok(Err(cause)) => {
            tracing::error!(error = process::error_chain(&cause), "cannot write an answer");
            error(StatusCode::INTERNAL_SERVER_ERROR, "the trace cannot be written")
        }
        Err(_) => error(StatusCode::SERVICE_UNAVAILABLE, "no thread is free; try again"),
    }
}
