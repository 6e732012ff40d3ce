//! Store and servers, from bound ports to a drained process.

use std::{
    io::ErrorKind,
    net::{SocketAddr, TcpListener},
    sync::Arc,
    time::{Duration, Instant},
};

use actix_web::web;
use process::{ListenError, Shutdown};
use thiserror::Error;
use trace_store::{DiskSettings, Limits, OpenError, Store};

use crate::{
    access::{self, BearerGate},
    announce::Endpoints,
    api,
    changes::Changes,
    config::{self, Config},
    receiver::{MAX_CONCURRENT_DECODES, Receiver, grpc},
    sender_warnings::SenderWarnings,
    servers,
};

/// How long running requests may take to finish after a stop signal.
const DRAIN: Duration = Duration::from_secs(5);

/// Why the process cannot run.
#[derive(Debug, Error)]
pub enum RunError {
    #[error(transparent)]
    Listen(#[from] ListenError),
    #[error(
        "cannot open the trace store; set WATERFALL_DATA (--data of `cruddur up`) to a writable directory that no other \
         process uses"
    )]
    Store(#[from] OpenError),
    #[error("cannot run the server")]
    Io(#[from] std::io::Error),
}

/// Serves until SIGTERM or SIGINT, then drains. Calls `announce` when all ports are open.
///
/// # Errors
/// [`RunError`] when a port cannot be bound, the store cannot be opened, or a server fails.
pub fn run(config: &Config, announce: impl FnOnce(&Endpoints)) -> Result<(), RunError> {
    let listeners = Listeners::bind(config)?;
    // gRPC runs on this runtime; the two HTTP servers have threads of their own.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .max_blocking_threads(MAX_CONCURRENT_DECODES)
        .enable_all()
        .build()?;
    let system = actix_web::rt::System::with_tokio_rt(|| runtime);
    system.block_on(serve(config, listeners, announce))
}

/// The bound ports.
struct Listeners {
    page: Vec<TcpListener>,
    otlp_http: Vec<TcpListener>,
    otlp_grpc: Vec<TcpListener>,
}

impl Listeners {
    fn bind(config: &Config) -> Result<Self, ListenError> {
        Ok(Self {
            page: process::bind_all(&config.page, config::ADDR)?,
            otlp_http: process::bind_all(&config.otlp_http, config::OTLP_HTTP_ADDR)?,
            otlp_grpc: process::bind_all(&config.otlp_grpc, config::OTLP_GRPC_ADDR)?,
        })
    }

    /// The addresses of the page, of OTLP over HTTP and of OTLP over gRPC.
    fn addresses(&self) -> std::io::Result<[Vec<SocketAddr>; 3]> {
        let of = |listeners: &[TcpListener]| -> std::io::Result<Vec<SocketAddr>> {
            listeners.iter().map(TcpListener::local_addr).collect()
        };
        Ok([of(&self.page)?, of(&self.otlp_http)?, of(&self.otlp_grpc)?])
    }
}

async fn serve(
    config: &Config,
    listeners: Listeners,
    announce: impl FnOnce(&Endpoints),
) -> Result<(), RunError> {
    let shutdown = Shutdown::on_signals()?;
    let store = Arc::new(open_store(config)?);
    let changes = Arc::new(Changes::new());
    let read_gate = BearerGate::new("the page and its API", config.read_token.clone());
    let ingest_gate = BearerGate::new("the OTLP receivers", config.ingest_token.clone());
    let addresses = listeners.addresses()?;
    let endpoints = endpoints(&addresses, &read_gate, &ingest_gate)?;
    warn_if_open(&addresses, &read_gate, &ingest_gate);

    let notifier = tokio::spawn({
        let changes = changes.clone();
        async move { changes.broadcast().await }
    });
    let warnings = config.warns_senders.then(Arc::<SenderWarnings>::default);
    let receiver = Receiver::new(
        store.clone(),
        changes.clone(),
        ingest_gate,
        config.request_budget(),
        config.body_limit,
    );
    let receiver = Arc::new(receiver.with_warnings(warnings.clone()));
    let state = api::State::new(
        store.clone(),
        changes,
        receiver.clone(),
        shutdown.clone(),
        config.read_budget(),
        endpoints,
        config.example_url.clone(),
    )
    .with_honeycomb(config.honeycomb.clone())
    .with_accepted(api::Accepted::new(config.suppressions.clone(), config.data.clone()));
    let state = web::Data::new(state);
    let warner = warnings.map(|warnings| tokio::spawn(api::warn_senders(state.clone(), warnings)));
    let page =
        servers::page(listeners.page, state, read_gate, config.hosts.clone(), shutdown.clone(), DRAIN)?;
    let receiver_data = web::Data::from(receiver.clone());
    let http = servers::otlp_http(
        listeners.otlp_http,
        receiver_data,
        endpoints,
        config.origins.clone(),
        shutdown.clone(),
        DRAIN,
    )?;
    let grpc = tokio::spawn(grpc::serve(listeners.otlp_grpc, receiver, endpoints, shutdown, DRAIN));

    if config.data.is_some() {
        replay(&store)?;
    }
    announce(&endpoints);
    let memory_limit = config.memory_limit;
    let [page_addresses, otlp_http, otlp_grpc] = addresses;
    tracing::info!(page = ?page_addresses, ?otlp_http, ?otlp_grpc, memory_limit, "listening");
    let (page, http, grpc) = tokio::join!(page, http, grpc);
    notifier.abort();
    if let Some(warner) = warner {
        warner.abort();
    }
    page?;
    http?;
    grpc.map_err(std::io::Error::other)??;
    tracing::info!("stopped");
    Ok(())
}

/// The first address of each part, which others are told.
fn endpoints(
    addresses: &[Vec<SocketAddr>; 3],
    read_gate: &BearerGate,
    ingest_gate: &BearerGate,
) -> std::io::Result<Endpoints> {
    let first = |addresses: &Vec<SocketAddr>| addresses.first().copied().ok_or(ErrorKind::AddrNotAvailable);
    let [page, otlp_http, otlp_grpc] = addresses;
    Ok(Endpoints {
        page: first(page)?,
        otlp_http: first(otlp_http)?,
        otlp_grpc: first(otlp_grpc)?,
        read_token_required: read_gate.requires_token(),
        ingest_token_required: ingest_gate.requires_token(),
    })
}

fn warn_if_open(
    [page, otlp_http, otlp_grpc]: &[Vec<SocketAddr>; 3],
    read_gate: &BearerGate,
    ingest_gate: &BearerGate,
) {
    for address in page {
        access::warn_if_open(*address, read_gate, "can read every trace", config::READ_TOKEN);
    }
    for address in otlp_http.iter().chain(otlp_grpc) {
        access::warn_if_open(*address, ingest_gate, "can send spans", config::INGEST_TOKEN);
    }
}

fn open_store(config: &Config) -> Result<Store, RunError> {
    let limits = Limits { memory: config.trace_budget() };
    let store = match config.data.clone() {
        Some(folder) => Store::on_disk(limits, &DiskSettings { folder, limit: config.disk_limit as u64 })?,
        None => Store::in_memory(limits),
    };
    Ok(match config.retention {
        Some(retention) => store.with_retention(retention),
        None => store,
    })
}

/// Reads the stored traces on a thread of its own, so that a large directory does not delay the start.
fn replay(store: &Arc<Store>) -> std::io::Result<()> {
    let store = store.clone();
    let replay = move || {
        let started = Instant::now();
        store.replay(|damaged| {
            let moved_to = damaged.moved_to.as_deref().map(std::path::Path::display);
            tracing::error!(
                moved_to = moved_to.map(tracing::field::display),
                "damaged file: {}",
                damaged.reason
            );
        });
        let stats = store.stats();
        tracing::info!(
            traces = stats.traces,
            spans = stats.spans,
            millis = started.elapsed().as_millis(),
            "stored traces are loaded"
        );
    };
    std::thread::Builder::new().name("store-replay".to_owned()).spawn(replay).map(drop)
}
