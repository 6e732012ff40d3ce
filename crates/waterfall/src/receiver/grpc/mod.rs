//! OTLP over gRPC: the three unary `Export` methods over HTTP/2.
//!
//! A unary call is one length-prefixed message in each direction, and a status in the trailers
//! (<https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md>). This module reads the frame itself instead of
//! using a framework. So the frame has the same limits and budget as a body over HTTP, and every error has the
//! status that the OTLP specification requires.

mod call;
mod connection_preface;
mod idle;

use std::{io, net::TcpListener, sync::Arc, time::Duration};

use hyper::{server::conn::http2, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::graceful::{GracefulShutdown, Watcher},
};
use process::Shutdown;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use self::idle::{Connection, Connections};
use super::{ingest::Receiver, wrong_port};
use crate::announce::Endpoints;

/// Open connections; each exporter has one. A further one takes the place of the one that has been idle for longest.
const MAX_CONNECTIONS: usize = 512;
/// Concurrent calls on one connection; exporters make one at a time.
const MAX_STREAMS: u32 = 32;
/// Flow-control window: large enough for a large batch without a pause.
const WINDOW: u32 = 1 << 20;
/// An idle connection is probed with a ping at this interval.
const PING_INTERVAL: Duration = Duration::from_mins(1);
const PING_TIMEOUT: Duration = Duration::from_secs(20);
/// Pause after a failed accept, for example without free file descriptors, so that other connections can close.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves until the shutdown is requested, then lets running calls finish within `drain`.
pub(crate) async fn serve(
    listeners: Vec<TcpListener>,
    receiver: Arc<Receiver>,
    endpoints: Endpoints,
    shutdown: Shutdown,
    drain: Duration,
) -> io::Result<()> {
    let wrong_port: Arc<str> = wrong_port::http_1_on_grpc_port(&endpoints).into();
    let listeners: Vec<_> =
        listeners.into_iter().map(tokio::net::TcpListener::from_std).collect::<Result<_, _>>()?;
    let graceful = GracefulShutdown::new();
    let slots = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let connections = Connections::default();
    loop {
        let accepted = tokio::select! {
            () = shutdown.requested() => break,
            accepted = accept(&listeners, &slots, &connections) => accepted,
        };
        let (stream, permit) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "cannot accept a gRPC connection");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        // Without it, a small response may wait for the acknowledgement of the previous one (Nagle's algorithm).
        let _ = stream.set_nodelay(true);
        let open = connections.open();
        let server = ConnectionServer { receiver: receiver.clone(), open: open.clone() };
        let connection = connection(stream, server, wrong_port.clone(), graceful.watcher(), shutdown.clone());
        tokio::spawn(async move {
            tokio::select! {
                ended = connection => if let Err(error) = ended {
                    tracing::debug!(error = process::error_chain(error.as_ref()), "gRPC connection ended");
                },
                () = open.must_close() => tracing::debug!("an idle gRPC connection made room for a new one"),
            }
            drop(permit);
        });
    }
    drop(listeners);
    if tokio::time::timeout(drain, graceful.shutdown()).await.is_err() {
        tracing::warn!("running gRPC calls were aborted {} s after the stop signal", drain.as_secs());
    }
    Ok(())
}

/// What the calls of one connection need.
struct ConnectionServer {
    receiver: Arc<Receiver>,
    open: Arc<Connection>,
}

/// Serves one connection.
async fn connection(
    stream: tokio::net::TcpStream,
    server: ConnectionServer,
    wrong_port: Arc<str>,
    watcher: Watcher,
    shutdown: Shutdown,
) -> Result<(), process::BoxError> {
    let stream = tokio::select! {
        () = shutdown.requested() => return Ok(()),
        stream = connection_preface::read(stream, &wrong_port) => TokioIo::new(Box::pin(stream?)),
    };
    let service = service_fn(move |request| {
        let (receiver, running) = (server.receiver.clone(), server.open.begin_call());
        async move {
            let response = call::respond(receiver, request).await;
            drop(running);
            response
        }
    });
    let connection = http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .max_concurrent_streams(MAX_STREAMS)
        .initial_stream_window_size(WINDOW)
        .initial_connection_window_size(4 * WINDOW)
        .keep_alive_interval(PING_INTERVAL)
        .keep_alive_timeout(PING_TIMEOUT)
        .serve_connection(stream, service);
    Ok(watcher.watch(connection).await?)
}

async fn accept(
    listeners: &[tokio::net::TcpListener],
    slots: &Arc<Semaphore>,
    connections: &Connections,
) -> io::Result<(tokio::net::TcpStream, OwnedSemaphorePermit)> {
    let accepts = listeners.iter().map(|listener| Box::pin(listener.accept()));
    // An accept that is dropped has accepted nothing.
    let (accepted, ..) = futures_util::future::select_all(accepts).await;
    let (stream, _) = accepted?;
    if let Ok(permit) = slots.clone().try_acquire_owned() {
        return Ok((stream, permit));
    }
    loop {
        connections.close_least_active();
        // While all are busy, none can be closed: one may be idle soon.
        let permit = tokio::time::timeout(ACCEPT_PAUSE, slots.clone().acquire_owned()).await;
        if let Ok(permit) = permit {
            return Ok((stream, permit.map_err(io::Error::other)?));
        }
    }
}
