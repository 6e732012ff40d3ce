//! The two HTTP servers, of the page and of OTLP: threads, connections and timeouts.

use std::{net::TcpListener, time::Duration};

use actix_web::{App, HttpServer, dev::Server, http::KeepAlive, middleware::from_fn, web};
use process::{Hosts, Shutdown};

use crate::{
    access::{self, BearerGate, Origins},
    announce::Endpoints,
    api, error_page, head_requests, pages,
    receiver::{MAX_CONCURRENT_DECODES, Receiver, cors, http},
};

/// How long a client may take to send its request head. A slower one only occupies a connection.
const HEAD_TIMEOUT: Duration = Duration::from_secs(5);
/// Exporters send every few seconds; a connection that is idle for longer is closed.
const KEEP_ALIVE: Duration = Duration::from_secs(75);
/// Worker threads of the page's server, which has little to do.
const PAGE_WORKERS: usize = 2;
/// Worker threads of the receiver. Each can saturate one core.
const MAX_RECEIVE_WORKERS: usize = 8;
/// Connections per worker thread; each has buffers of its own.
const MAX_CONNECTIONS: usize = 1024;

/// Settings of both servers. A macro, because a function would have to repeat all trait bounds of `HttpServer`.
macro_rules! configure {
    ($server:expr, $listeners:expr, $workers:expr, $shutdown:expr, $drain:expr) => {{
        let server = $server
            .workers($workers)
            .max_connections(MAX_CONNECTIONS)
            .keep_alive(KeepAlive::Timeout(KEEP_ALIVE))
            .client_request_timeout(HEAD_TIMEOUT)
            .shutdown_timeout($drain.as_secs())
            .shutdown_signal({
                let shutdown = $shutdown;
                async move { shutdown.requested().await }
            });
        let server = $listeners.into_iter().try_fold(server, |server, listener| server.listen(listener))?;
        Ok(server.run())
    }};
}

/// Server of the page and its API.
pub(crate) fn page(
    listeners: Vec<TcpListener>,
    state: web::Data<api::State>,
    gate: BearerGate,
    hosts: Hosts,
    shutdown: Shutdown,
    drain: Duration,
) -> std::io::Result<Server> {
    let (gate, hosts) = (web::Data::new(gate), web::Data::new(hosts));
    let server = HttpServer::new(move || {
        App::new()
            .app_data(state.clone())
            .app_data(gate.clone())
            .app_data(hosts.clone())
            .wrap(from_fn(access::guard))
            .wrap(from_fn(access::check_host))
            .wrap(from_fn(error_page::for_browsers))
            .wrap(from_fn(head_requests::as_get))
            .wrap(pages::security_headers())
            .configure(access::routes)
            .configure(api::routes)
            .configure(pages::routes)
            .default_service(web::to(api::not_found))
    });
    configure!(server, listeners, PAGE_WORKERS, shutdown, drain)
}

/// Server of OTLP over HTTP.
pub(crate) fn otlp_http(
    listeners: Vec<TcpListener>,
    receiver: web::Data<Receiver>,
    endpoints: Endpoints,
    origins: Origins,
    shutdown: Shutdown,
    drain: Duration,
) -> std::io::Result<Server> {
    let workers = std::thread::available_parallelism().map_or(1, usize::from).min(MAX_RECEIVE_WORKERS);
    let (endpoints, origins) = (web::Data::new(endpoints), web::Data::new(origins));
    let server = HttpServer::new(move || {
        App::new()
            .app_data(receiver.clone())
            .app_data(endpoints.clone())
            .app_data(origins.clone())
            .wrap(from_fn(cors::add_headers))
            .configure(http::routes)
    })
    .worker_max_blocking_threads(MAX_CONCURRENT_DECODES / workers);
    configure!(server, listeners, workers, shutdown, drain)
}
