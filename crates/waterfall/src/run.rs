//! Runs the process: binds its ports, opens the store, serves, and drains.

use std::{
    net::TcpListener,
    sync::Arc,
    time::{Duration, Instant},
};

use actix_web::{App, HttpServer, http::KeepAlive, middleware::from_fn, web};
use process::{ListenError, Shutdown};
use thiserror::Error;
use trace_store::{DiskSettings, Limits, OpenError, Store};

use crate::{
    access::{self, BearerGate},
    announce::Endpoints,
    api,
    changes::Changes,
    config::{self, Config},
    pages,
    receiver::{MAX_CONCURRENT_DECODES, Receiver, grpc, http},
};

/// How long requests in flight may take to finish after the shutdown is requested.
const DRAIN: Duration = Duration::from_secs(5);
/// How long a client may take to send its headers. A slower one only occupies a connection.
const HEAD_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a connection may idle. Exporters send every few seconds.
const KEEP_ALIVE: Duration = Duration::from_secs(75);
/// Worker threads of the HTTP servers. Receiving can saturate a core per thread; the page needs little.
const PAGE_WORKERS: usize = 2;
const MAX_RECEIVE_WORKERS: usize = 8;
/// Connections per worker thread. Each has its own buffers.
const MAX_CONNECTIONS: usize = 1024;

/// Why the process cannot run.
#[derive(Debug, Error)]
pub enum RunError {
    #[error(transparent)]
    Listen(#[from] ListenError),
    #[error(
        "cannot open the trace store; set WATERFALL_DATA to a writable directory that no other process uses"
    )]
    Store(#[from] OpenError),
    #[error("cannot run the server")]
    Io(#[from] std::io::Error),
}

/// Serves until SIGTERM or SIGINT, then finishes the requests in flight. Calls `announce` once every port listens.
///
/// # Errors
/// [`RunError`] when a port cannot be bound, the store cannot be opened, or a server fails.
pub fn run(config: Config, announce: impl FnOnce(&Endpoints)) -> Result<(), RunError> {
    let page = process::bind(config.page, config::ADDR)?;
    let otlp_http = process::bind(config.otlp_http, config::OTLP_HTTP_ADDR)?;
    let otlp_grpc = process::bind(config.otlp_grpc, config::OTLP_GRPC_ADDR)?;
    // The gRPC server runs on this runtime; the two HTTP servers have threads of their own.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .max_blocking_threads(MAX_CONCURRENT_DECODES)
        .enable_all()
        .build()?;
    let system = actix_web::rt::System::with_tokio_rt(|| runtime);
    system.block_on(serve(config, page, otlp_http, otlp_grpc, announce))
}

/// Opens the configured store. [`replay`] reads its files in the background, so that a large directory does not delay the
/// start.
fn open_store(config: &Config) -> Result<Store, RunError> {
    let limits = Limits { memory: config.trace_room() };
    let store = match config.data.clone() {
        Some(folder) => Store::on_disk(limits, &DiskSettings { folder, limit: config.disk_limit as u64 })?,
        None => Store::in_memory(limits),
    };
    Ok(match config.keep {
        Some(keep) => store.with_retention(keep),
        None => store,
    })
}

fn replay(store: &Arc<Store>) -> std::io::Result<()> {
    let store = store.clone();
    let read_files = move || {
        let begun = Instant::now();
        store.replay(|damaged| {
            let aside = damaged.moved_to.as_deref().map(std::path::Path::display);
            tracing::error!(aside = aside.map(tracing::field::display), "damaged file: {}", damaged.reason);
        });
        let stats = store.stats();
        tracing::info!(
            traces = stats.traces,
            spans = stats.spans,
            millis = begun.elapsed().as_millis(),
            "stored traces are loaded"
        );
    };
    std::thread::Builder::new().name("store-replay".to_owned()).spawn(read_files).map(drop)
}

async fn serve(
    config: Config,
    page: TcpListener,
    otlp_http: TcpListener,
    otlp_grpc: TcpListener,
    announce: impl FnOnce(&Endpoints),
) -> Result<(), RunError> {
    let shutdown = Shutdown::on_signals()?;
    let store = Arc::new(open_store(&config)?);
    let changes = Arc::new(Changes::new());
    let read_gate = BearerGate::new("the page and its API", config.read_token.clone());
    let ingest_gate = BearerGate::new("the receivers", config.ingest_token.clone());
    let endpoints = Endpoints {
        page: page.local_addr()?,
        otlp_http: otlp_http.local_addr()?,
        otlp_grpc: otlp_grpc.local_addr()?,
        read_token_required: read_gate.requires_token(),
        ingest_token_required: ingest_gate.requires_token(),
    };
    access::warn_if_open(endpoints.page, &read_gate, "reads every trace", config::READ_TOKEN);
    for receiver in [endpoints.otlp_http, endpoints.otlp_grpc] {
        access::warn_if_open(receiver, &ingest_gate, "may send spans", config::INGEST_TOKEN);
    }
    let receiver = Arc::new(Receiver::new(store.clone(), changes.clone(), &config, ingest_gate));

    let notifier = tokio::spawn({
        let changes = changes.clone();
        async move { changes.tell().await }
    });
    let state =
        api::State::new(store.clone(), changes, receiver.clone(), shutdown.clone(), config.read_room());
    let page = page_server(page, state, read_gate, shutdown.clone())?;
    let http = receive_server(otlp_http, receiver.clone(), shutdown.clone())?;
    let grpc = tokio::spawn(grpc::serve(otlp_grpc, receiver, shutdown, DRAIN));

    if config.data.is_some() {
        replay(&store)?;
    }
    announce(&endpoints);
    let Endpoints { page: at, otlp_http, otlp_grpc, .. } = endpoints;
    tracing::info!(page = %at, %otlp_http, %otlp_grpc, memory_limit = config.memory_limit, "listening");
    let (page, http, grpc) = tokio::join!(page, http, grpc);
    notifier.abort();
    page?;
    http?;
    grpc.map_err(std::io::Error::other)??;
    tracing::info!("stopped");
    Ok(())
}

/// Settings that both HTTP servers share. A macro, because a function over `HttpServer` must repeat all its trait bounds.
macro_rules! tuned {
    ($server:expr, $workers:expr, $shutdown:expr) => {
        $server
            .workers($workers)
            .max_connections(MAX_CONNECTIONS)
            .keep_alive(KeepAlive::Timeout(KEEP_ALIVE))
            .client_request_timeout(HEAD_TIMEOUT)
            .shutdown_timeout(DRAIN.as_secs())
            .shutdown_signal({
                let shutdown = $shutdown;
                async move { shutdown.requested().await }
            })
    };
}

fn page_server(
    listener: TcpListener,
    state: api::State,
    gate: BearerGate,
    shutdown: Shutdown,
) -> std::io::Result<actix_web::dev::Server> {
    let (state, gate) = (web::Data::new(state), web::Data::new(gate));
    let server = HttpServer::new(move || {
        App::new()
            .app_data(state.clone())
            .app_data(gate.clone())
            .wrap(from_fn(access::guard))
            .wrap(pages::security_headers())
            .configure(access::routes)
            .configure(api::routes)
            .configure(pages::routes)
            .default_service(web::to(api::not_found))
    });
    Ok(tuned!(server, PAGE_WORKERS, shutdown).listen(listener)?.run())
}

fn receive_server(
    listener: TcpListener,
    receiver: Arc<Receiver>,
    shutdown: Shutdown,
) -> std::io::Result<actix_web::dev::Server> {
    let workers = std::thread::available_parallelism().map_or(1, usize::from).min(MAX_RECEIVE_WORKERS);
    let receiver = web::Data::from(receiver);
    let server = HttpServer::new(move || App::new().app_data(receiver.clone()).configure(http::routes))
        .worker_max_blocking_threads(MAX_CONCURRENT_DECODES / workers);
    Ok(tuned!(server, workers, shutdown).listen(listener)?.run())
}
